import type { Channel, ChannelListener } from '@twofold/channel'
import { messageType, recordOverhead } from '@twofold/codec'
import { nodeCrypto } from '@twofold/crypto-node'
import type { AuthenticationService, Transport } from '@twofold/interface/io'
import { memoryTransport } from '@twofold/transport-memory'
import { tcpTransport } from '@twofold/transport-tcp'
import { afterEach, describe, expect, test } from 'vitest'
import { agree, cuttable, delay, seeded, slowCrypto } from '../src/hostile.ts'
import { knows, person, type Side, side, twoSides } from '../src/index.ts'
import { bytes, codeOfRejection, connected, next, type Pair, send } from '../src/pair.ts'

let open: { close(): Promise<void> }[] = []

afterEach(async () => {
  for (const each of open) await each.close()
  open = []
})

async function opened(...given: Parameters<typeof connected>): Promise<Pair> {
  const pair = await connected(...given)
  open.push(pair)
  return pair
}

/** Writes chunks of random lengths, with pauses, and gives what was written. */
async function talk(from: Channel, chunks: number, random: () => number): Promise<Uint8Array> {
  const writer = from.writable.getWriter()
  const written: Uint8Array[] = []
  for (let i = 0; i < chunks; i++) {
    const chunk = new Uint8Array(9 + Math.floor(random() * (random() < 0.1 ? 150_000 : 500))).fill(i)
    written.push(chunk)
    const writing = writer.write(chunk)
    writing.catch(() => undefined)
    if (random() < 0.4) await writing
    if (random() < 0.2) await delay(random() * 3)
  }
  writer.releaseLock()
  return Buffer.concat(written)
}

async function hear(to: Channel, wanted: Promise<Uint8Array>): Promise<Uint8Array> {
  const reader = to.readable.getReader()
  const heard: Uint8Array[] = []
  let length = 0
  let all = Number.POSITIVE_INFINITY
  void wanted.then((data) => {
    all = data.length
  })
  for (;;) {
    const { value, done } = await Promise.race([reader.read(), wanted.then(() => delay(20_000)).then(() => gaveUp)])
    if (done) throw new Error(`${length} bytes of ${all} arrived`)
    heard.push(value)
    length += value.length
    if (length >= (await Promise.race([wanted.then((data) => data.length), delay(0).then(() => all)]))) break
  }
  reader.releaseLock()
  return Buffer.concat(heard)
}

const gaveUp = { done: true, value: undefined } as const

describe('an asynchronous suite', () => {
  test.each([1, 2, 3, 4])('keeps records in order through updates of both sides (seed %i)', async (seed) => {
    const random = seeded(seed)
    const crypto = slowCrypto(nodeCrypto, random)
    const firsts: number[] = []
    const transport = memoryTransport({
      ordered: true,
      reliable: true,
      link: () => (frame) => {
        if (frame[1] === messageType.record && frame.subarray(3, 7).every((byte) => byte === 0))
          firsts.push(frame.length)
        return [frame]
      },
    })
    const { a, b } = await opened({ crypto, update: { everyRecords: 40 } }, transport)
    const said = [talk(a, 80, random), talk(b, 80, random)] as const
    const updates = (async () => {
      for (let i = 0; i < 6; i++) await (random() < 0.5 ? a : b).update()
    })()
    const heard = await Promise.all([hear(b, said[0]), hear(a, said[1])])
    expect(Buffer.compare(heard[0], await said[0])).toBe(0)
    expect(Buffer.compare(heard[1], await said[1])).toBe(0)
    await updates
    await agree(a, b)
    expect(a.epoch).toBeGreaterThanOrEqual(7n)
    // Under every epoch an EpochKeyUpdate of 8 bytes, or an empty epoch_ack, goes before any data.
    expect(firsts.length).toBeGreaterThanOrEqual(14)
    expect(new Set(firsts)).toEqual(new Set([recordOverhead, recordOverhead + 8]))
  }, 60_000)

  test('exports one secret for each epoch, also in the middle of updates', async () => {
    const { a } = await opened({ crypto: slowCrypto(nodeCrypto, seeded(9), 6) })
    const secrets = new Set<string>()
    const updates = 6
    let isOver = false
    async function exportAgain(): Promise<void> {
      while (!isOver) secrets.add(Buffer.from(await a.export('storm', bytes(''), 32)).toString('hex'))
    }
    const exporting = Promise.all([exportAgain(), exportAgain()])
    for (let i = 0; i < updates; i++) await a.update()
    isOver = true
    await exporting
    expect(secrets.size).toBeGreaterThan(1)
    expect(secrets.size).toBeLessThanOrEqual(updates + 1)
  }, 30_000)
})

interface Net {
  readonly dial: Transport
  readonly listen: Transport
  cut(): Promise<void>
}

const nets: [string, () => Promise<Net>][] = [
  [
    'memory',
    async () => {
      const { transport, cut } = cuttable(memoryTransport())
      return { dial: transport, listen: transport, cut }
    },
  ],
  [
    'TCP',
    async () => {
      const probe = await tcpTransport({ host: '127.0.0.1', port: 0 }).listen()
      const port = Number(probe.address.split(':').at(-1))
      await probe.close()
      const dial = cuttable(tcpTransport({ host: '127.0.0.1', port }))
      return { dial: dial.transport, listen: tcpTransport({ host: '127.0.0.1', port }), cut: dial.cut }
    },
  ],
]

describe.each(nets)('over %s', (_, net) => {
  test('50 cuts at any moment, with data and updates in between, and either side resumes', async () => {
    const random = seeded(11)
    const { dial, listen, cut } = await net()
    const { alice, bob } = await twoSides()
    open.push(alice.endpoint, bob.endpoint)
    const first = await bob.endpoint.listen({ transport: listen })
    let pair = await Promise.all([alice.endpoint.connect({ transport: dial }), next(first)])
    await first.close()
    const { session } = pair[0]
    for (let i = 0; i < 50; i++) {
      const busy = [...pair, ...pair].map((channel) =>
        random() < 0.4 ? codeOfRejection(channel.update()) : codeOfRejection(talk(channel, 5, random)),
      )
      await delay(random() * 15)
      if (random() < 0.7) await cut()
      else await pair[random() < 0.5 ? 0 : 1].close()
      // Now and then the other side has not noticed yet.
      if (random() < 0.7) await Promise.all(pair.map((channel) => channel.closed))
      pair = await again(random() < 0.5 ? [alice, bob] : [bob, alice], session)
      await Promise.all(busy)
      expect(await send(pair[0], pair[1], bytes(`there ${i}`))).toEqual(bytes(`there ${i}`))
      expect(await send(pair[1], pair[0], bytes(`back ${i}`))).toEqual(bytes(`back ${i}`))
      await agree(pair[0], pair[1])
    }

    async function again([asks, answers]: [Side, Side], id: string): Promise<[Channel, Channel]> {
      const there = await answers.endpoint.listen({ transport: listen })
      const both = await Promise.all([asks.endpoint.connect({ transport: dial, session: id }), next(there)])
      await there.close()
      return both
    }
  }, 60_000)
})

/** Bob's authentication service takes its time over a resumption. */
async function slowlyAsked(): Promise<{ alice: Side; bob: Side }> {
  const [alice, bob] = [await person('alice'), await person('bob')]
  const service = knows(alice)
  const slow: AuthenticationService = {
    async validate(question, signal) {
      if (question.reason === 'resumption') await delay(100)
      return service.validate(question, signal)
    },
  }
  return { alice: side(alice, knows(bob)), bob: side(bob, slow) }
}

/** Each side listens, and can reach the other. */
async function twoWays(pair: Pair): Promise<{ readonly back: Transport; readonly there: ChannelListener }> {
  const back = memoryTransport()
  const there = await pair.alice.endpoint.listen({ transport: back })
  return { back, there }
}

describe('who resumes', () => {
  test('in the same moment as the other, on two links: one of them carries on', async () => {
    const random = seeded(5)
    const pair = await opened({ crypto: slowCrypto(nodeCrypto, random) })
    const { back, there } = await twoWays(pair)
    const { alice, bob, transport, listener, a, b } = pair
    const atAlice = collected(there)
    const atBob = collected(listener)
    await a.close()
    await b.closed
    for (let i = 0; i < 12; i++) {
      const dialed = await Promise.all([
        alice.endpoint.connect({ transport, session: a.session }).catch(() => undefined),
        delay(random() * 12).then(() =>
          bob.endpoint.connect({ transport: back, session: a.session }).catch(() => undefined),
        ),
      ])
      const dialedBy = (side: 0 | 1): Channel[] => (dialed[side] === undefined ? [] : [dialed[side]])
      const [a2, b2] = await living(
        () => [...atAlice, ...dialedBy(0)],
        () => [...atBob, ...dialedBy(1)],
      )
      expect(await send(a2, b2, bytes(`${i}`))).toEqual(bytes(`${i}`))
      await agree(a2, b2)
      await a2.close()
      await b2.closed
    }
  }, 60_000)

  test('while the request of the other is with the authentication service waits for the answer', async () => {
    const pair = await opened({}, memoryTransport(), await slowlyAsked())
    const { back } = await twoWays(pair)
    const { alice, bob, transport, a, b } = pair
    await a.close()
    await b.closed
    const dialing = codeOfRejection(alice.endpoint.connect({ transport, session: a.session }))
    await delay(30)
    const code = await codeOfRejection(bob.endpoint.connect({ transport: back, session: a.session }))
    expect(code).not.toMatch(/^USAGE_/)
    await dialing
  })

  test('while the old link is alive, or just dying, replaces it', async () => {
    const random = seeded(3)
    const { alice, bob, transport, listener, a, b } = await opened()
    let ends = [a, b]
    for (let i = 0; i < 20; i++) {
      const [from, to] = ends as [Channel, Channel]
      const closing = random() < 0.5 ? (random() < 0.5 ? from : to).close() : undefined
      if (random() < 0.5) await delay(random() * 4)
      const dialing = alice.endpoint.connect({ transport, session: a.session })
      ends = await Promise.all([dialing, next(listener)])
      await closing
      await Promise.all([from.closed, to.closed])
      expect(await send(ends[0] as Channel, ends[1] as Channel, bytes(`${i}`))).toEqual(bytes(`${i}`))
      await agree(ends[0] as Channel, ends[1] as Channel)
    }
    expect(await bob.endpoint.sessions()).toHaveLength(1)
  }, 30_000)

  test('a session with somebody else than expected is told so before anything is sent', async () => {
    const { alice, transport, a, b } = await opened()
    const code = codeOfRejection(alice.endpoint.connect({ transport, session: a.session, expected: 'carol' }))
    expect(await code).toBe('AUTH_REJECTED')
    expect(await send(a, b, bytes('lives'))).toEqual(bytes('lives'))
  })

  test('and forgets meanwhile ends typed, with nothing left behind', async () => {
    for (let ms = 0; ms < 12; ms++) {
      const { alice, bob, transport, a, b, close } = await connected()
      await a.close()
      await b.closed
      const dialing = codeOfRejection(alice.endpoint.connect({ transport, session: a.session }).then((c) => c.close()))
      await delay(ms / 2)
      await alice.endpoint.forget(a.session)
      expect(await dialing).toMatch(/^(TRANSPORT|USAGE|PEER)_|nothing was thrown/)
      expect(await alice.endpoint.sessions()).toEqual([])
      await bob.endpoint.forget(a.session)
      await close()
      expect((await alice.store.list()).filter((id) => id.startsWith('session/'))).toEqual([])
    }
  }, 30_000)
})

function collected(listener: ChannelListener): Channel[] {
  const channels: Channel[] = []
  void (async () => {
    for await (const channel of listener) channels.push(channel)
  })()
  return channels
}

/** The one channel of each side that is open, once both sides have settled on it. */
async function living(ofAlice: () => Channel[], ofBob: () => Channel[]): Promise<readonly [Channel, Channel]> {
  let seen: number[] = []
  for (let i = 0; i < 300; i++) {
    const [[one, ...more], [other, ...others]] = [await alive(ofAlice()), await alive(ofBob())]
    seen = [more.length, others.length]
    const isOne = one !== undefined && other !== undefined && more.length + others.length === 0
    if (isOne && one.epoch === other.epoch) return [one, other]
    await delay(10)
  }
  throw new Error(`no common channel: ${seen}`)
}

async function alive(channels: Channel[]): Promise<Channel[]> {
  const open = channels.map(async (channel) => {
    const code = await codeOfRejection(channel.export('alive', new Uint8Array(0), 16))
    return code === 'USAGE_CLOSED' ? [] : [channel]
  })
  return (await Promise.all(open)).flat()
}
