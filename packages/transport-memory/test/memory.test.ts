import type { Connection } from '@twofold/interface/io'
import { lossyLink, type MemoryLink, type MemoryOptions, memoryTransport } from '@twofold/transport-memory'
import { describe, expect, test } from 'vitest'

interface Link {
  readonly dialed: Connection
  readonly accepted: Connection
}

async function connected(options?: MemoryOptions): Promise<Link> {
  const transport = memoryTransport(options)
  const listener = await transport.listen()
  const dialed = await transport.connect()
  const { value } = await listener[Symbol.asyncIterator]().next()
  return { dialed, accepted: value as Connection }
}

/** What arrives of the frames [0], [1], ... [count - 1]. */
async function arrivals({ dialed, accepted }: Link, count: number): Promise<number[]> {
  const writer = dialed.writable.getWriter()
  for (let n = 0; n < count; n++) await writer.write(new Uint8Array([n]))
  await dialed.close()
  const numbers: number[] = []
  for await (const frame of accepted.readable) numbers.push(frame[0] ?? -1)
  return numbers
}

const ten = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]

describe('options', () => {
  test.each([
    [{ maxFrames: 1 }, 'USAGE_UNKNOWN_OPTION'],
    [{ maxFrame: 0 }, 'USAGE_INVALID_ARGUMENT'],
    [{ maxFrame: 1.5 }, 'USAGE_INVALID_ARGUMENT'],
  ])('%j is refused', (options, code) => {
    expect(() => memoryTransport(options as MemoryOptions)).toThrow(expect.objectContaining({ code }))
  })

  test('a link makes the connection unordered and unreliable unless told otherwise', async () => {
    const link: MemoryLink = () => (frame) => [frame]
    expect((await connected()).dialed.properties).toMatchObject({ ordered: true, reliable: true })
    expect((await connected({ link })).dialed.properties).toMatchObject({ ordered: false, reliable: false })
    expect((await connected({ link, ordered: true })).dialed.properties).toMatchObject({
      ordered: true,
      reliable: false,
    })
  })
})

describe('a link', () => {
  test('drops, repeats and reorders as it is told', async () => {
    expect(await arrivals(await connected({ link: () => (frame, n) => (n % 2 ? [] : [frame]) }), 10)).toEqual([
      0, 2, 4, 6, 8,
    ])
    expect(await arrivals(await connected({ link: () => (frame, n) => (n ? [frame] : [frame, frame]) }), 3)).toEqual([
      0, 0, 1, 2,
    ])
    const swap: MemoryLink = () => {
      let held: Uint8Array | undefined
      return (frame, n) => {
        const late = held
        held = n % 2 ? undefined : frame
        return n % 2 && late ? [frame, late] : []
      }
    }
    expect(await arrivals(await connected({ link: swap }), 4)).toEqual([1, 0, 3, 2])
  })

  test('is made for each direction', async () => {
    const made: string[] = []
    const link: MemoryLink = (writer) => {
      made.push(writer)
      return (frame) => [frame]
    }
    await connected({ link })
    expect(made).toEqual(['dialed', 'accepted'])
  })

  test('that repeats a frame gives two that do not share bytes', async () => {
    const { dialed, accepted } = await connected({ link: () => (frame) => [frame, frame] })
    await dialed.writable.getWriter().write(new Uint8Array([7]))
    const reader = accepted.readable.getReader()
    const first = await reader.read()
    first.value?.fill(0)
    expect((await reader.read()).value).toEqual(new Uint8Array([7]))
  })
})

describe('lossyLink', () => {
  test('with the same seed does the same', async () => {
    const options = { drop: 0.2, duplicate: 0.2, reorder: 0.2 }
    const runs = await Promise.all(
      [1, 1, 2].map(async (seed) => arrivals(await connected({ link: lossyLink({ seed, ...options }) }), 200)),
    )
    expect(runs[0]).toEqual(runs[1])
    expect(runs[0]).not.toEqual(runs[2])
  })

  test('drops, repeats and reorders about as often as asked', async () => {
    const count = 250
    const dropped = await arrivals(await connected({ link: lossyLink({ seed: 1, drop: 0.3 }) }), count)
    expect(count - dropped.length).toBeGreaterThan(count * 0.2)
    expect(count - dropped.length).toBeLessThan(count * 0.4)
    const repeated = await arrivals(await connected({ link: lossyLink({ seed: 1, duplicate: 0.3 }) }), count)
    expect(new Set(repeated).size).toBe(count)
    expect(repeated.length).toBeGreaterThan(count * 1.2)
    const reordered = await arrivals(await connected({ link: lossyLink({ seed: 1, reorder: 0.3 }) }), count)
    const late = reordered.filter((n, index) => n < (reordered[index - 1] ?? 0))
    expect(late.length).toBeGreaterThan(count * 0.15)
  })

  test('with nothing asked for does nothing', async () => {
    expect(await arrivals(await connected({ link: lossyLink({ seed: 1 }) }), 10)).toEqual(ten)
  })

  test('refuses shares that are none', () => {
    expect(() => lossyLink({ seed: 1, drop: 1.1 })).toThrow(expect.objectContaining({ code: 'USAGE_INVALID_ARGUMENT' }))
  })
})

describe('the listener', () => {
  test('there is one at a time', async () => {
    const transport = memoryTransport()
    const first = await transport.listen()
    await expect(transport.listen()).rejects.toMatchObject({ code: 'TRANSPORT_FAILED' })
    await first.close()
    await transport.listen()
  })

  test('refuses connections that pile up', async () => {
    const transport = memoryTransport()
    await transport.listen()
    for (let n = 0; n < 128; n++) await transport.connect()
    await expect(transport.connect()).rejects.toMatchObject({ code: 'TRANSPORT_REFUSED' })
  })
})

test('nobody reading, a flood of tiny frames is held back', async () => {
  const { dialed } = await connected()
  const writer = dialed.writable.getWriter()
  let through = 0
  const writes = Array.from({ length: 20_000 }, () => writer.write(new Uint8Array(1)).then(() => through++))
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(through).toBeGreaterThan(100)
  expect(through).toBeLessThan(10_000)
  await dialed.close(new Error('over'))
  await Promise.allSettled(writes)
})
