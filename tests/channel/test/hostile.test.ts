import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { encodeFrame, messageType } from '@twofold/codec'
import type { AuthenticationService, Store } from '@twofold/interface/io'
import { memoryStore } from '@twofold/store-memory'
import { memoryTransport } from '@twofold/transport-memory'
import { tcpTransport } from '@twofold/transport-tcp'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { agree, delay, seeded, until } from '../src/hostile.ts'
import { knows, person, side, twoSides } from '../src/index.ts'
import { bytes, codeOfRejection, connected, next, type Pair, readAll, send } from '../src/pair.ts'

let open: Pair[] = []

afterEach(async () => {
  vi.useRealTimers()
  for (const pair of open) await pair.close()
  open = []
})

async function opened(...given: Parameters<typeof connected>): Promise<Pair> {
  const pair = await connected(...given)
  open.push(pair)
  return pair
}

describe('a listener', () => {
  test('gives back the half-open places of peers that say nothing and go', async () => {
    const { transport, alice, listener } = await opened({ halfOpenPerAddress: 4 })
    for (let i = 0; i < 20; i++) await (await transport.connect()).close()
    await delay(50)
    await Promise.all([alice.endpoint.connect({ transport }), next(listener)])
  })

  test('gives back the places of peers that send nonsense, in every type of frame', async () => {
    const { transport, alice, listener, failures, a, b } = await opened({ halfOpenPerAddress: 16 })
    const types = [0, ...Object.values(messageType), 77]
    for (const type of types) {
      const connection = await transport.connect()
      await connection.writable.getWriter().write(encodeFrame(type, bytes('garbage, and more of it than a header')))
    }
    await until(() => failures.length === types.length)
    for (const code of failures) expect(code).toMatch(/^(DECODE|PEER)_/)
    await Promise.all([alice.endpoint.connect({ transport }), next(listener)])
    expect(await send(a, b, bytes('lives'))).toEqual(bytes('lives'))
  })

  test('says that a peer which sends nothing timed out', async () => {
    const { bob } = await twoSides({ handshakeTimeoutMs: 50 })
    const transport = memoryTransport()
    const failures: string[] = []
    await bob.endpoint.listen({ transport, onFailure: ({ code }) => failures.push(code) })
    await transport.connect()
    await until(() => failures.length > 0)
    expect(failures).toEqual(['PEER_TIMEOUT'])
    await bob.endpoint.close()
  })

  test('tells a refusal by its alert over TCP too, where a reset would overtake it', async () => {
    const { alice, bob } = await twoSides()
    const there = await bob.endpoint.listen({ transport: tcpTransport({ host: '127.0.0.1', port: 0 }) })
    const transport = tcpTransport({ host: '127.0.0.1', port: Number(there.address.split(':').at(-1)) })
    const [a, b] = await Promise.all([alice.endpoint.connect({ transport }), next(there)])
    await b.forget()
    await a.closed
    for (let i = 0; i < 10; i++) {
      const code = await codeOfRejection(alice.endpoint.connect({ transport, session: a.session }))
      expect(code).toBe('PEER_UNKNOWN_SESSION')
    }
    await alice.endpoint.close()
    await bob.endpoint.close()
  })

  test('that is closed while handshakes and silent peers are there lets go of all of them', async () => {
    const { alice, bob } = await twoSides()
    const transport = memoryTransport()
    await bob.endpoint.listen({ transport })
    const silent = await transport.connect()
    const handshakes = [1, 2, 3].map(() => codeOfRejection(alice.endpoint.connect({ transport })))
    await delay(5)
    await bob.endpoint.close()
    expect(await silent.readable.getReader().read()).toMatchObject({ done: true })
    await Promise.all(handshakes)
    await alice.endpoint.close()
  })

  test('keeps its memory over 2,000 failed handshakes', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const { alice } = await twoSides()
    const bob = side(await person('bob'), { validate: async () => ({ kind: 'reject', reason: 'no' }) })
    const transport = memoryTransport()
    await bob.endpoint.listen({ transport })
    async function fail(times: number): Promise<number> {
      for (let i = 0; i < times; i++) {
        expect(await codeOfRejection(alice.endpoint.connect({ transport }))).toBe('PEER_REJECTED')
      }
      await delay(50)
      collect()
      return process.memoryUsage().heapUsed
    }
    const before = await fail(300)
    const after = await fail(1700)
    expect(after - before).toBeLessThan(4_000_000)
    await alice.endpoint.close()
    await bob.endpoint.close()
  }, 60_000)

  test('remembers a ClientHello as long as it would be accepted, clocks apart included', async () => {
    const seen: Uint8Array[] = []
    const transport = memoryTransport({
      ordered: true,
      reliable: true,
      link: (writer) => (frame) => {
        if (writer === 'dialed' && frame[1] === messageType.client_hello) seen.push(frame.slice())
        return [frame]
      },
    })
    const { bob, alice, a, b, listener } = await opened({}, transport)
    await a.close()
    await b.closed
    await listener.close()
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 600_000 + 60_000 })
    const after = side(bob.identity, knows(alice.identity), { store: bob.store })
    await after.endpoint.listen({ transport })
    const connection = await transport.connect()
    await connection.writable.getWriter().write(seen[0] ?? bytes(''))
    const answer = connection.readable.getReader().read()
    const welcome = await Promise.race([answer.then(({ value }) => value?.[1]), delay(100)])
    expect(welcome).not.toBe(messageType.server_hello)
    await after.endpoint.close()
  })
})

describe('an authentication service', () => {
  const odd: [string, AuthenticationService['validate'], string][] = [
    [
      'throws at once',
      () => {
        throw new Error('synchronously')
      },
      'AUTH_UNAVAILABLE',
    ],
    ['accepts nobody', async () => ({ kind: 'accept', identity: '' }), 'AUTH_UNAVAILABLE'],
    ['answers nothing', async () => undefined as never, 'AUTH_UNAVAILABLE'],
    ['answers something else', async () => ({ kind: 'perhaps' }) as never, 'AUTH_UNAVAILABLE'],
  ]
  test.each(odd)('that %s is not an acceptance', async (_, validate, code) => {
    const { alice } = await twoSides()
    const bob = side(await person('bob'), { validate })
    const transport = memoryTransport()
    const failures: string[] = []
    await bob.endpoint.listen({ transport, onFailure: (failure) => failures.push(failure.code) })
    expect(await codeOfRejection(alice.endpoint.connect({ transport }))).toBe('PEER_ALERT')
    await until(() => failures.length > 0)
    expect(failures).toEqual([code])
    await alice.endpoint.close()
    await bob.endpoint.close()
  })

  test('that answers when the link is gone changes nothing, and is told to stop', async () => {
    const { alice } = await twoSides()
    let answer: (() => void) | undefined
    let told = false
    const bob = side(await person('bob'), {
      validate: (_, signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            told = true
          })
          answer = () => resolve({ kind: 'accept', identity: 'alice' })
        }),
    })
    const transport = memoryTransport()
    await bob.endpoint.listen({ transport })
    const abort = new AbortController()
    const connecting = codeOfRejection(alice.endpoint.connect({ transport, signal: abort.signal }))
    await until(() => answer !== undefined)
    abort.abort()
    await connecting
    await delay(500)
    expect(told).toBe(true)
    answer?.()
    await delay(20)
    expect(await bob.store.list()).toEqual([])
    await alice.endpoint.close()
    await bob.endpoint.close()
  })
})

describe('an abort', () => {
  test('ends connect wherever it is, with its reason, also where the transport does not listen to it', async () => {
    const { alice, transport, b, a } = await opened()
    const deaf = { ...transport, connect: () => transport.connect() }
    const never = { ...transport, connect: () => new Promise<never>(() => undefined) }
    for (let ms = 0; ms < 30; ms++) {
      const reason = new Error(`after ${ms} ms`)
      const abort = new AbortController()
      const used = ms % 3 === 0 ? deaf : ms % 3 === 1 ? never : transport
      setTimeout(() => abort.abort(reason), ms / 3)
      const result = await alice.endpoint.connect({ transport: used, signal: abort.signal }).catch((error) => error)
      if (result instanceof Error) expect(result).toBe(reason)
      else await result.close()
    }
    expect(await send(a, b, bytes('lives'))).toEqual(bytes('lives'))
  })

  test('ends connect while the store does not answer', async () => {
    const { alice, a, b, transport, bob } = await opened()
    await a.close()
    await b.closed
    const stuck: Store = { ...alice.store, load: () => new Promise(() => undefined) }
    const again = side(alice.identity, knows(bob.identity), { store: stuck })
    const reason = new Error('enough')
    const abort = new AbortController()
    setTimeout(() => abort.abort(reason), 20)
    const connecting = again.endpoint.connect({ transport, session: a.session, signal: abort.signal })
    await expect(connecting).rejects.toBe(reason)
  })

  test('of an update leaves the channel as it is', async () => {
    const { a, b } = await opened()
    const reason = new Error('no patience')
    await expect(a.update({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(await a.update()).toBe(2n)
    expect(await send(b, a, bytes('lives'))).toEqual(bytes('lives'))
  })
})

describe('the end of a channel', () => {
  test('close gets through although the peer does not read', async () => {
    const { a } = await opened()
    const writer = a.writable.getWriter()
    for (let i = 0; i < 100; i++) void writer.write(new Uint8Array(65_536)).catch(() => undefined)
    writer.releaseLock()
    await a.close()
    expect((await a.closed).code).toBeUndefined()
  }, 15_000)

  test('close sends what was written before', async () => {
    const { a, b } = await opened()
    const writer = a.writable.getWriter()
    for (let i = 0; i < 40; i++) void writer.write(new Uint8Array(65_536).fill(i))
    writer.releaseLock()
    const [received] = await Promise.all([readAll(b), a.close()])
    expect(received.length).toBe(40 * 65_536)
    expect((await b.closed).code).toBeUndefined()
  })

  test('both sides close their writable in the same moment: neither sees a cut', async () => {
    for (let i = 0; i < 30; i++) {
      const { a, b, close } = await connected()
      await Promise.all([
        a.writable.close(),
        i % 2 === 0 ? b.writable.close() : delay(0).then(() => b.writable.close()),
      ])
      expect([(await a.closed).code, (await b.closed).code]).toEqual([undefined, undefined])
      await close()
    }
  })

  test('a waiting pipe ends with the channel, and what is no Uint8Array is refused', async () => {
    const { a, b } = await opened()
    const piping = codeOfRejection(new ReadableStream().pipeTo(a.writable))
    await b.close()
    expect(await piping).toBe('USAGE_CLOSED')
    const writer = b.writable.getWriter()
    await codeOfRejection(writer.closed)
    const pair = await opened()
    expect(await codeOfRejection(pair.a.writable.getWriter().write(new ArrayBuffer(5) as never))).toBe(
      'USAGE_INVALID_ARGUMENT',
    )
  })

  test('forget on a channel that is over forgets the session where it is now', async () => {
    const { a, b, alice, transport, listener } = await opened()
    await a.close()
    await b.closed
    const [a2] = await Promise.all([alice.endpoint.connect({ transport, session: a.session }), next(listener)])
    await a.forget()
    await a2.closed
    expect(await alice.endpoint.sessions()).toEqual([])
  })

  test('an endpoint that is closed lets the process end', async () => {
    const script = fileURLToPath(new URL('exits.ts', import.meta.url))
    const started = Date.now()
    const output = await new Promise<string>((resolve, reject) => {
      const args = ['--conditions', '@twofold/source', '--unhandled-rejections=strict', script]
      execFile(process.execPath, args, { timeout: 20_000 }, (error, out) =>
        error === null ? resolve(out) : reject(error),
      )
    })
    expect(output).toContain('closed after')
    expect(Date.now() - started).toBeLessThan(15_000)
    expect(Number(/exited (\d+) ms later/.exec(output)?.[1])).toBeLessThan(300)
  }, 30_000)
})

describe('a second process with the same store', () => {
  test('takes the session over; the first ends typed, and can come back', async () => {
    const { a, b, alice, bob, transport, listener } = await opened()
    await send(a, b, bytes('x'))
    const second = side(alice.identity, knows(bob.identity), { store: alice.store })
    // As another process would have: the stored session has moved on.
    const id = `session/${a.session}`
    const stored = await alice.store.load(id)
    await alice.store.commit([{ id, revision: (stored?.revision ?? 0) + 1, bytes: stored?.bytes ?? bytes('') }])
    expect(await codeOfRejection(a.update())).toBe('STORE_CONFLICT')
    expect((await a.closed).code).toBe('STORE_CONFLICT')
    await b.closed
    const [a2, b2] = await Promise.all([second.endpoint.connect({ transport, session: a.session }), next(listener)])
    expect(await send(b2, a2, bytes('goes on'))).toEqual(bytes('goes on'))
    await a2.close()
    await b2.closed
    const [a3, b3] = await Promise.all([alice.endpoint.connect({ transport, session: a.session }), next(listener)])
    expect(await send(a3, b3, bytes('back'))).toEqual(bytes('back'))
    await second.endpoint.close()
  })
})

describe('a link that loses and to which anybody can write', () => {
  test('lives on whatever comes in clear', async () => {
    const random = seeded(7)
    const forged = [
      Uint8Array.of(9),
      Uint8Array.of(9, 9, 9),
      new Uint8Array(120_000).fill(1),
      ...Object.values(messageType).map((type) => encodeFrame(type, bytes('forged, long enough to be a record'))),
      encodeFrame(messageType.alert, Uint8Array.of(0, 2)),
      encodeFrame(200, bytes('x')),
    ]
    let forging = false
    const transport = memoryTransport({
      ordered: false,
      reliable: false,
      link: () => (frame) => (forging ? [frame, forged[Math.floor(random() * forged.length)] ?? frame] : [frame]),
    })
    const { a, b } = await opened({}, transport)
    await send(a, b, bytes('x'))
    await send(b, a, bytes('y'))
    forging = true
    for (let i = 0; i < 100; i++) {
      expect(await send(a, b, bytes(`${i}`))).toEqual(bytes(`${i}`))
      expect(await send(b, a, bytes(`${i}`))).toEqual(bytes(`${i}`))
    }
    expect(await a.update()).toBeGreaterThanOrEqual(2n)
  })
})

describe('a store that is slow', () => {
  test('and a link that ends meanwhile leave a session that goes on', async () => {
    let slow = false
    const inner = memoryStore()
    const store: Store = {
      ...inner,
      commit: async (writes) => (slow ? delay(5) : Promise.resolve()).then(() => inner.commit(writes)),
    }
    const [alice, bob] = [await person('alice'), await person('bob')]
    const sides = { alice: side(alice, knows(bob), { store }), bob: side(bob, knows(alice)) }
    const { a, b, transport, listener } = await opened({}, memoryTransport(), sides)
    await send(a, b, bytes('x'))
    slow = true
    let [from, to] = [a, b]
    for (let i = 0; i < 15; i++) {
      const updating = codeOfRejection(from.update())
      await delay(i)
      await to.close()
      await updating
      await from.closed
      ;[from, to] = await Promise.all([sides.alice.endpoint.connect({ transport, session: a.session }), next(listener)])
    }
    await agree(from, to)
  })
})
