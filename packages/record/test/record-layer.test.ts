import { contentType, type Epoch, maxRecordPlaintext, recordOverhead, toEpoch } from '@twofold/codec'
import { codeOf, type ErrorCode } from '@twofold/interface'
import { describe, expect, test } from 'vitest'
import { maxFailedOpenings, type RecordLayer, recordLayer, recordLimit, urgentFrom } from '../src/index.ts'
import { inOrder, slidingWindow, windowSize } from '../src/replay.ts'
import { recordSuite, text } from './suite.ts'

const { application } = contentType

function secret(epoch: Epoch): Uint8Array {
  return new Uint8Array(32).fill(Number(epoch))
}

interface Ends {
  readonly writer: RecordLayer
  readonly reader: RecordLayer
}

async function ends(ordered: boolean, asynchronous = false): Promise<Ends> {
  const suite = recordSuite({ asynchronous })
  const both = { writer: recordLayer({ suite, ordered }), reader: recordLayer({ suite, ordered }) }
  await enter(both, 1)
  return both
}

async function enter({ writer, reader }: Ends, epoch: number, at = 0): Promise<void> {
  await writer.install(toEpoch(epoch), 'write', secret(toEpoch(epoch)), at)
  await reader.install(toEpoch(epoch), 'read', secret(toEpoch(epoch)), at)
}

async function seals(writer: RecordLayer, count: number): Promise<Uint8Array[]> {
  const frames: Uint8Array[] = []
  for (let i = 0; i < count; i++) frames.push(await writer.seal(application, text(`${i}`)))
  return frames
}

async function opens(reader: RecordLayer, frame: Uint8Array, at = 0): Promise<string | ErrorCode | undefined> {
  try {
    const opened = await reader.open(frame, at)
    return opened === undefined ? undefined : new TextDecoder().decode(opened.plaintext)
  } catch (error) {
    return codeOf(error)
  }
}

describe.each([
  { name: 'synchronous suite', asynchronous: false },
  { name: 'asynchronous suite', asynchronous: true },
])('$name', ({ asynchronous }) => {
  test.each([true, false])('content, type, epoch and padding survive (ordered: %s)', async (ordered) => {
    const { writer, reader } = await ends(ordered, asynchronous)
    for (const [index, type] of Object.values(contentType).entries()) {
      const frame = await writer.seal(type, text('abc'), index)
      expect(frame).toHaveLength(3 + index + recordOverhead)
      const opened = await reader.open(frame, 0)
      expect(opened).toEqual({ epoch: 1n, type, plaintext: text('abc'), first: index === 0 })
    }
    const largest = new Uint8Array(maxRecordPlaintext).fill(9)
    expect((await reader.open(await writer.seal(application, largest), 0))?.plaintext).toEqual(largest)
  })

  test('on an ordered link a gap, a repetition and a changed record are errors', async () => {
    const { writer, reader } = await ends(true, asynchronous)
    const [zero, one, two] = await seals(writer, 3)
    expect(await opens(reader, one!)).toBe('PEER_BAD_RECORD')
    expect(await opens(reader, zero!)).toBe('0')
    expect(await opens(reader, zero!)).toBe('PEER_BAD_RECORD')
    one![9]! ^= 1
    expect(await opens(reader, one!)).toBe('CRYPTO_FAILED')
    one![9]! ^= 1
    expect(await opens(reader, one!)).toBe('1')
    expect(await opens(reader, two!)).toBe('2')
  })

  test('on an unordered link whatever does not open is silent, and each record opens once', async () => {
    const { writer, reader } = await ends(false, asynchronous)
    const frames = await seals(writer, 5)
    for (const frame of frames) {
      for (let at = 0; at < frame.length; at++) {
        const changed = frame.slice()
        changed[at]! ^= 0x10
        expect(await opens(reader, changed), `byte ${at}`).toBeUndefined()
      }
    }
    for (const i of [3, 0, 4, 1, 2]) expect(await opens(reader, frames[i]!)).toBe(`${i}`)
    for (const frame of frames) expect(await opens(reader, frame)).toBeUndefined()
  })
})

describe('replay', () => {
  test('a window of 1024 below the highest', () => {
    const guard = slidingWindow()
    guard.record(5_000)
    expect(guard.fits(5_000)).toBe(false)
    expect(guard.fits(5_000 - windowSize + 1)).toBe(true)
    expect(guard.fits(5_000 - windowSize)).toBe(false)
    expect(guard.fits(0xffff_ffff)).toBe(true)
  })

  test('every number fits once, in any order, and what is remembered stays small', () => {
    const guard = slidingWindow()
    for (let i = 0; i < 20_000; i++) {
      const number = i ^ 7
      expect(guard.fits(number)).toBe(true)
      guard.record(number)
      expect(guard.fits(number)).toBe(false)
    }
    for (let i = 0; i < 20_000; i++) expect(guard.fits(i)).toBe(false)
  })

  test('in order, only the next one fits', () => {
    const guard = inOrder()
    expect([guard.fits(0), guard.fits(1)]).toEqual([true, false])
    guard.record(0)
    expect([guard.fits(0), guard.fits(1), guard.fits(2)]).toEqual([false, true, false])
  })

  test('a forged number moves no window', async () => {
    const { writer, reader } = await ends(false)
    const [zero] = await seals(writer, 1)
    const forged = zero!.slice()
    forged.set([0xff, 0xff, 0xff, 0xff], 3)
    expect(await opens(reader, forged)).toBeUndefined()
    expect(await opens(reader, zero!)).toBe('0')
  })
})

describe('epochs alive', () => {
  test('the two newest, and no third', async () => {
    const all = await ends(false)
    const [first] = await seals(all.writer, 1)
    await enter(all, 2)
    const [second] = await seals(all.writer, 1)
    await enter(all, 3)
    const [third] = await seals(all.writer, 1)
    expect(await opens(all.reader, first!)).toBeUndefined()
    expect(await opens(all.reader, second!)).toBe('0')
    expect(await opens(all.reader, third!)).toBe('0')
  })

  test('on an ordered link the previous one ends at the first record of the newer', async () => {
    const all = await ends(true)
    const [first, late] = await seals(all.writer, 2)
    await enter(all, 2)
    const [second] = await seals(all.writer, 1)
    expect(await opens(all.reader, first!, 1_000_000)).toBe('0')
    expect(await opens(all.reader, second!, 1_000_000)).toBe('0')
    expect(await opens(all.reader, late!, 1_000_000)).toBe('PEER_BAD_RECORD')
  })

  test('on an unordered link it ends 2 s after that record', async () => {
    const all = await ends(false)
    const frames = await seals(all.writer, 3)
    await enter(all, 2)
    const [second] = await seals(all.writer, 1)
    expect(await opens(all.reader, second!, 10_000)).toBe('0')
    expect(await opens(all.reader, frames[0]!, 11_999)).toBe('0')
    expect(all.reader.tick(11_999)).toBe(12_000)
    expect(all.reader.tick(12_000)).toBeUndefined()
    expect(await opens(all.reader, frames[1]!, 12_000)).toBeUndefined()
  })

  test('on an unordered link it ends 30 s after the newer one was entered, without any record', async () => {
    const all = await ends(false)
    const frames = await seals(all.writer, 2)
    await enter(all, 2)
    await all.reader.install(toEpoch(2), 'write', secret(toEpoch(9)), 5_000)
    expect(all.reader.tick(34_999)).toBe(35_000)
    expect(await opens(all.reader, frames[0]!, 34_999)).toBe('0')
    all.reader.tick(35_000)
    expect(await opens(all.reader, frames[1]!, 35_000)).toBeUndefined()
  })

  test('an epoch that is only pending ends nothing, however long it takes', async () => {
    const all = await ends(false)
    const frames = await seals(all.writer, 2)
    await all.reader.install(toEpoch(2), 'read', secret(toEpoch(2)), 0)
    expect(all.reader.tick(3_600_000)).toBeUndefined()
    expect(await opens(all.reader, frames[0]!, 3_600_000)).toBe('0')
  })

  test('a secret for an epoch that is there replaces it, with a fresh window', async () => {
    const all = await ends(true)
    await all.reader.install(toEpoch(2), 'read', secret(toEpoch(77)), 0)
    await enter(all, 2)
    const [frame] = await seals(all.writer, 1)
    expect(await opens(all.reader, frame!)).toBe('0')
  })

  test('epochs are told apart by their lowest byte, and the first record of each says so', async () => {
    const suite = recordSuite()
    const all = { writer: recordLayer({ suite, ordered: true }), reader: recordLayer({ suite, ordered: true }) }
    for (const epoch of [255, 256, 257]) {
      await enter(all, epoch)
      for (const first of [true, false]) {
        const opened = await all.reader.open(await all.writer.seal(application, text('x')), 0)
        expect(opened).toMatchObject({ epoch: BigInt(epoch), first })
      }
    }
  })
})

describe('limits', () => {
  test('of the AEADs', () => {
    expect(recordLimit(1)).toBe(23_726_566)
    expect(recordLimit(2)).toBe(23_726_566)
    expect(recordLimit(3)).toBe(0xffff_ffff)
    expect(urgentFrom(recordLimit(1))).toBeLessThan(recordLimit(1))
    expect(maxFailedOpenings).toBe(2 ** 36)
  })

  test('what is too long or has no keys is refused, and takes no sequence number', async () => {
    const { writer, reader } = await ends(true)
    const fails = async (work: () => unknown): Promise<string | undefined> => {
      try {
        await work()
      } catch (error) {
        return codeOf(error)
      }
      return 'nothing'
    }
    expect(await fails(() => writer.seal(application, new Uint8Array(maxRecordPlaintext + 1)))).toBe(
      'USAGE_INVALID_ARGUMENT',
    )
    expect(await fails(() => writer.seal(application, new Uint8Array(maxRecordPlaintext), 1))).toBe(
      'USAGE_INVALID_ARGUMENT',
    )
    expect(await fails(() => reader.seal(application, text('x')))).toBe('USAGE_NOT_NOW')
    expect(await opens(reader, await writer.seal(application, text('x')))).toBe('x')
    expect(await opens(reader, new Uint8Array(recordOverhead - 1))).toBe('PEER_BAD_RECORD')
    expect(await opens(reader, new Uint8Array(maxRecordPlaintext + recordOverhead + 1))).toBe('PEER_BAD_RECORD')
  })

  test('bytes and records of the newest epoch are counted in both directions', async () => {
    const all = await ends(true)
    await seals(all.writer, 3)
    expect(all.writer.usage()).toEqual({ bytes: 3, records: 3, urgent: false })
    await enter(all, 2)
    expect(all.writer.usage()).toEqual({ bytes: 0, records: 0, urgent: false })
  })

  test('after wiping nothing is sealed or opened', async () => {
    const { writer, reader } = await ends(true)
    const [frame] = await seals(writer, 1)
    reader.wipe()
    writer.wipe()
    expect([reader.canRead, writer.writeEpoch]).toEqual([false, undefined])
    expect(await opens(reader, frame!)).toBe('PEER_BAD_RECORD')
  })

  test('a record without a content type is refused and is not taken for the first of its epoch', async () => {
    const { reader } = await ends(false)
    const { frame, good } = await withoutType()
    expect(await opens(reader, frame)).toBeUndefined()
    expect(await reader.open(good, 0)).toMatchObject({ first: true })
  })
})

/** Sealed with the keys of epoch 1 by a peer that does not keep to the rules: a record of zeros only, and a good one. */
async function withoutType(): Promise<{ frame: Uint8Array; good: Uint8Array }> {
  const suite = recordSuite()
  const writer = recordLayer({ suite, ordered: false })
  await writer.install(toEpoch(1), 'write', secret(toEpoch(1)), 0)
  const frame = await writer.seal(0 as typeof application, new Uint8Array(0))
  return { frame, good: await writer.seal(application, text('x')) }
}
