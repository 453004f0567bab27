import { encodeFrame, messageType } from '@twofold/codec'
import type { Store } from '@twofold/interface/io'
import { memoryStore } from '@twofold/store-memory'
import { memoryTransport } from '@twofold/transport-memory'
import { afterEach, describe, expect, test } from 'vitest'
import { knows, person, side, twoSides } from '../src/index.ts'
import { bytes, codeOfRejection, connected, next, type Pair, readAll, send } from '../src/pair.ts'

let open: Pair[] = []

afterEach(async () => {
  for (const pair of open) await pair.close()
  open = []
})

async function opened(...given: Parameters<typeof connected>): Promise<Pair> {
  const pair = await connected(...given)
  open.push(pair)
  return pair
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !condition(); i++) await new Promise((resolve) => setTimeout(resolve, 10))
  expect(condition()).toBe(true)
}

describe('the update policy', () => {
  test('by records: both sides renew their keys without being asked', async () => {
    const { a, b } = await opened({ update: { everyRecords: 20 } })
    for (let i = 0; i < 60; i++) await send(a, b, bytes(`record ${i}`))
    await until(() => a.epoch >= 3n && b.epoch >= 3n)
    expect(await send(b, a, bytes('still'))).toEqual(bytes('still'))
  })

  test('by bytes', async () => {
    const { a, b } = await opened({ update: { everyBytes: 100_000 } })
    for (let i = 0; i < 5; i++) await send(a, b, new Uint8Array(50_000))
    await until(() => a.epoch >= 2n)
  })

  test('by time', async () => {
    const { a, b } = await opened({ update: { everyMs: 50 } })
    await until(() => a.epoch >= 5n)
    expect(await send(b, a, bytes('still'))).toEqual(bytes('still'))
  })
})

describe('a channel over links that lose', () => {
  test.each([
    ['drop every third frame', (n: number, frame: Uint8Array) => (n % 3 === 2 ? [] : [frame])],
    ['repeat every frame', (_: number, frame: Uint8Array) => [frame, frame]],
  ])('%s: the handshake and an update get through', async (_, deliveries) => {
    const transport = memoryTransport({
      ordered: false,
      reliable: false,
      link: () => (frame, n) => deliveries(n, frame),
    })
    const { a, b } = await opened({}, transport)
    expect(await a.update()).toBeGreaterThanOrEqual(2n)
    expect(await b.update()).toBeGreaterThanOrEqual(3n)
    expect(await a.export('x', bytes('c'), 32)).toEqual(await b.export('x', bytes('c'), 32))
  })
})

describe('limits', () => {
  test('half-open handshakes are counted per address', async () => {
    const { bob } = await twoSides({ halfOpenPerAddress: 2 })
    const transport = memoryTransport()
    const failures: string[] = []
    const listener = await bob.endpoint.listen({ transport, onFailure: ({ code }) => failures.push(code) })
    const silent = [await transport.connect(), await transport.connect(), await transport.connect()]
    await until(() => failures.length === 1)
    expect(failures).toEqual(['PEER_TOO_MANY_HALF_OPEN'])
    for (const connection of silent) await connection.close()
    await listener.close()
    await bob.endpoint.close()
  })

  test('a peer that never answers times out, and an abort ends at once with its reason', async () => {
    const { alice } = await twoSides({ handshakeTimeoutMs: 100 })
    const transport = memoryTransport()
    const listener = await transport.listen()
    expect(await codeOfRejection(alice.endpoint.connect({ transport }))).toBe('PEER_TIMEOUT')
    const reason = new Error('changed my mind')
    const aborted = alice.endpoint.connect({ transport, signal: AbortSignal.abort(reason) })
    await expect(aborted).rejects.toBe(reason)
    await listener.close()
    await alice.endpoint.close()
  })

  test('a transport whose frames are too small is refused at connect', async () => {
    const { alice } = await twoSides()
    const transport = memoryTransport({ maxFrame: 4096 })
    const listener = await transport.listen()
    expect(await codeOfRejection(alice.endpoint.connect({ transport }))).toBe('TRANSPORT_FRAME_TOO_LARGE')
    await listener.close()
    await alice.endpoint.close()
  })

  test('a reader that does not read holds the writer back', async () => {
    const { a, b } = await opened()
    const writer = a.writable.getWriter()
    let written = 0
    const writing = (async () => {
      for (let i = 0; i < 400; i++) {
        await writer.write(new Uint8Array(65_536))
        written += 1
      }
      await writer.close()
    })()
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(written).toBeLessThan(200)
    const [received] = await Promise.all([readAll(b), writing])
    expect(received.length).toBe(400 * 65_536)
  })

  test('misspelt options and reserved labels are usage errors', async () => {
    const { a } = await opened()
    await expect(twoSides({ suite: 1 } as never)).rejects.toMatchObject({ code: 'USAGE_UNKNOWN_OPTION' })
    await expect(twoSides({ crypto: undefined } as never)).rejects.toMatchObject({ code: 'USAGE_INVALID_ARGUMENT' })
    await expect(twoSides({ suites: [] })).rejects.toMatchObject({ code: 'USAGE_INVALID_ARGUMENT' })
    await expect(twoSides({ suites: [2] })).rejects.toMatchObject({ code: expect.stringMatching(/^USAGE_/) })
    expect(await codeOfRejection(a.export('MLS-TLS c ap traffic', new Uint8Array(0), 32))).toBe('USAGE_RESERVED_LABEL')
    await a.close()
    expect(await codeOfRejection(a.export('x', new Uint8Array(0), 32))).toBe('USAGE_CLOSED')
    expect(await codeOfRejection(a.update())).toBe('USAGE_CLOSED')
  })
})

describe('a session of a suite that is not accepted any more', () => {
  test('is not gone on with by either side, unless the suite is named', async () => {
    const { alice, bob, transport, a, b, listener } = await opened({ suites: [1] })
    await a.close()
    await b.closed
    await listener.close()
    const again = {
      alice: side(alice.identity, knows(bob.identity), { store: alice.store }),
      bob: side(bob.identity, knows(alice.identity), { store: bob.store }),
    }
    const failures: string[] = []
    const there = await again.bob.endpoint.listen({ transport, onFailure: ({ code }) => failures.push(code) })
    expect(await codeOfRejection(again.alice.endpoint.connect({ transport, session: a.session }))).toBe(
      'USAGE_SUITE_UNSUPPORTED',
    )
    expect(await codeOfRejection(alice.endpoint.connect({ transport, session: a.session }))).toBe('PEER_SUITE_REFUSED')
    expect(failures).toEqual(['PEER_SUITE_REFUSED'])
    await there.close()
    const named = await bob.endpoint.listen({ transport })
    const [a2] = await Promise.all([alice.endpoint.connect({ transport, session: a.session }), next(named)])
    expect(a2.suite.id).toBe(1)
    await again.bob.endpoint.forget(a.session)
    expect(await again.bob.endpoint.sessions()).toEqual([])
    await again.alice.endpoint.close()
    await again.bob.endpoint.close()
  })
})

describe('the store', () => {
  /** A store whose writes fail on demand. */
  function failing(): { store: Store; fail: (on: boolean) => void } {
    const inner = memoryStore()
    let fails = false
    const store: Store = {
      ...inner,
      commit: (writes) => (fails ? Promise.reject(new Error('the disk is full')) : inner.commit(writes)),
    }
    return {
      store,
      fail: (on) => {
        fails = on
      },
    }
  }

  test('fails: nothing is sent, the call rejects, and the session lives on', async () => {
    const { store, fail } = failing()
    const [alicePerson, bobPerson] = [await person('alice'), await person('bob')]
    const frames: number[] = []
    const transport = memoryTransport({
      ordered: true,
      reliable: true,
      link: (writer) => (frame) => {
        if (writer === 'dialed') frames.push(frame.length)
        return [frame]
      },
    })
    const sides = { alice: side(alicePerson, knows(bobPerson), { store }), bob: side(bobPerson, knows(alicePerson)) }
    const { a, b } = await opened({}, transport, sides)
    await send(b, a, bytes('x'))
    const before = frames.length
    fail(true)
    await expect(a.update()).rejects.toThrow('the disk is full')
    expect(frames.length).toBe(before)
    fail(false)
    expect(await a.update()).toBe(2n)
    expect(await send(a, b, bytes('lives'))).toEqual(bytes('lives'))
  })

  test('a ClientHello that was used before begins nothing, also after a restart', async () => {
    const seen: Uint8Array[] = []
    const transport = memoryTransport({
      ordered: true,
      reliable: true,
      link: (writer) => (frame) => {
        if (writer === 'dialed' && frame[1] === messageType.client_hello) seen.push(frame.slice())
        return [frame]
      },
    })
    const { bob, a, b, listener, alice } = await opened({}, transport)
    await a.close()
    await b.closed
    await listener.close()
    const after = side(bob.identity, knows(alice.identity), { store: bob.store })
    const failures: string[] = []
    const again = await after.endpoint.listen({ transport, onFailure: ({ code }) => failures.push(code) })
    const connection = await transport.connect()
    await connection.writable.getWriter().write(seen[0] ?? bytes(''))
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect((await after.endpoint.sessions()).map(({ session }) => session)).toEqual([a.session])
    await connection.close()
    const [a2] = await Promise.all([alice.endpoint.connect({ transport, session: a.session }), next(again)])
    expect(await a2.update()).toBeGreaterThan(3n)
    await after.endpoint.close()
  })

  test('clear garbage on new links never touches the session', async () => {
    const { a, b, transport, failures } = await opened()
    const frames = [
      Uint8Array.of(1),
      Uint8Array.of(2, 1, 0),
      encodeFrame(messageType.resumption_request, new Uint8Array(50)),
      encodeFrame(messageType.alert, Uint8Array.of(0, 2)),
      encodeFrame(200, new Uint8Array(10)),
      encodeFrame(messageType.record, new Uint8Array(40)),
    ]
    for (const frame of frames) {
      const connection = await transport.connect()
      await connection.writable.getWriter().write(frame)
    }
    await until(() => failures.length === frames.length)
    for (const code of failures) expect(code).toMatch(/^(DECODE|PEER)_/)
    expect(await a.update()).toBe(2n)
    expect(await send(a, b, bytes('lives'))).toEqual(bytes('lives'))
  })
})
