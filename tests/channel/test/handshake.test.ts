import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqliteStore } from '@twofold/store-sqlite'
import { memoryTransport } from '@twofold/transport-memory'
import { tcpTransport } from '@twofold/transport-tcp'
import { afterEach, describe, expect, test } from 'vitest'
import { knows, person, side, twoSides } from '../src/index.ts'
import { bytes, codeOfRejection, connected, next, type Pair, readAll, send } from '../src/pair.ts'

const none = new Uint8Array(0)
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

describe('a channel', () => {
  test('shakes hands, carries data, renews keys and exports the same secret', async () => {
    const { a, b } = await opened()
    expect([a.peer.identity, b.peer.identity]).toEqual(['bob', 'alice'])
    expect([a.resumed, b.resumed, a.role, b.role]).toEqual([false, false, 'initiator', 'responder'])
    expect(await send(a, b, bytes('hello'))).toEqual(bytes('hello'))
    expect(await send(b, a, bytes('back'))).toEqual(bytes('back'))
    expect(await a.update()).toBe(2n)
    expect(await b.update()).toBe(3n)
    expect(await send(a, b, bytes('again'))).toEqual(bytes('again'))
    expect(await a.export('demo', none, 32)).toEqual(await b.export('demo', none, 32))
    expect(await a.export('demo', none, 32)).not.toEqual(await a.export('other', none, 32))
    expect(a.epoch).toBe(b.epoch)
  })

  test('confirms crossing updates of both sides, each in an epoch of its own', async () => {
    const { a, b } = await opened()
    const epochs: bigint[] = []
    b.on('epoch', ({ epoch }) => epochs.push(epoch))
    const both = await Promise.all([a.update(), b.update()])
    expect([...both].sort()).toEqual([2n, 3n])
    expect(epochs).toEqual([2n, 3n])
    expect(await send(b, a, bytes('after'))).toEqual(bytes('after'))
  })

  test('resumes from either side, in either role', async () => {
    const { a, b, alice, bob, transport, listener } = await opened()
    const first = await a.export('x', none, 16)
    await a.close()
    await b.closed
    const [a2, b2] = await Promise.all([alice.endpoint.connect({ transport, session: a.session }), next(listener)])
    expect([a2.resumed, b2.resumed, a2.session]).toEqual([true, true, a.session])
    expect([a2.epoch, b2.epoch]).toEqual([3n, 3n])
    expect(await a2.export('x', none, 16)).not.toEqual(first)
    expect(await send(a2, b2, bytes('again'))).toEqual(bytes('again'))
    await b2.close()
    await a2.closed
    await listener.close()
    const there = await alice.endpoint.listen({ transport })
    const [b3, a3] = await Promise.all([bob.endpoint.connect({ transport, session: a.session }), next(there)])
    expect([a3.role, b3.role]).toEqual(['initiator', 'responder'])
    expect(await send(b3, a3, bytes('third'))).toEqual(bytes('third'))
    expect(await a3.export('x', none, 16)).toEqual(await b3.export('x', none, 16))
  })

  test('survives a restart of both processes over TCP, with sqlite stores', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'twofold-'))
    const [alicePerson, bobPerson] = [await person('alice'), await person('bob')]
    const key = randomBytes(32)
    const sides = () => ({
      alice: side(alicePerson, knows(bobPerson), { store: sqliteStore({ path: join(folder, 'a.db'), key }) }),
      bob: side(bobPerson, knows(alicePerson), { store: sqliteStore({ path: join(folder, 'b.db'), key }) }),
    })
    const before = sides()
    const listening = tcpTransport({ host: '127.0.0.1', port: 0 })
    const there = await before.bob.endpoint.listen({ transport: listening })
    const dial = (address: string) => tcpTransport({ host: '127.0.0.1', port: Number(address.split(':').at(-1)) })
    const [a, b] = await Promise.all([before.alice.endpoint.connect({ transport: dial(there.address) }), next(there)])
    const data = randomBytes(300_000)
    const [received] = await Promise.all([readAll(b), writeAll(a, data)])
    expect(Buffer.compare(received, data)).toBe(0)
    await before.alice.endpoint.close()
    await before.bob.endpoint.close()
    await before.alice.store.close()
    await before.bob.store.close()

    const after = sides()
    expect(await after.alice.endpoint.sessions()).toMatchObject([{ peer: 'bob', role: 'initiator', epoch: 1n }])
    const again = await after.bob.endpoint.listen({ transport: listening })
    const [a2, b2] = await Promise.all([
      after.alice.endpoint.connect({ transport: dial(again.address), session: a.session }),
      next(again),
    ])
    expect(await send(b2, a2, bytes('back'))).toEqual(bytes('back'))
    await after.alice.endpoint.close()
    await after.bob.endpoint.close()
    await after.alice.store.close()
    await after.bob.store.close()
    rmSync(folder, { recursive: true })
  })

  test('closes each direction by itself, and tells a cut from an end', async () => {
    const { a, b } = await opened()
    const writer = a.writable.getWriter()
    await writer.write(bytes('question'))
    await writer.close()
    expect(await readAll(b)).toEqual(Buffer.from('question'))
    const answer = b.writable.getWriter()
    await answer.write(bytes('answer'))
    await answer.close()
    expect(await readAll(a)).toEqual(Buffer.from('answer'))
    expect((await a.closed).code).toBeUndefined()
    expect((await b.closed).code).toBeUndefined()
  })
})

async function writeAll(channel: Pair['a'], data: Uint8Array): Promise<void> {
  const writer = channel.writable.getWriter()
  await writer.write(data)
  await writer.close()
}

describe('a peer is refused', () => {
  test('with another key: both sides say so, and the listener goes on', async () => {
    const { bob, transport, failures, a } = await opened()
    const impostor = side(await person('alice'), knows(bob.identity))
    expect(await codeOfRejection(impostor.endpoint.connect({ transport }))).toBe('PEER_REJECTED')
    expect(failures).toEqual(['AUTH_REJECTED'])
    expect(await a.update()).toBe(2n)
    await impostor.endpoint.close()
  })

  test('when it is not whom the application dialed', async () => {
    const { alice, transport, failures } = await opened()
    expect(await codeOfRejection(alice.endpoint.connect({ transport, expected: 'carol' }))).toBe('AUTH_REJECTED')
    expect(failures).toEqual(['PEER_REJECTED'])
  })

  test('when it is ourselves', async () => {
    const alice = side(await person('alice'), { validate: async () => ({ kind: 'accept', identity: 'alice' }) })
    const transport = memoryTransport()
    const failures: string[] = []
    await alice.endpoint.listen({ transport, onFailure: ({ code }) => failures.push(code) })
    expect(await codeOfRejection(alice.endpoint.connect({ transport }))).toBe('PEER_ALERT')
    expect(failures).toEqual(['PEER_IS_SELF'])
    await alice.endpoint.close()
  })

  test('when nobody can be asked: unavailable is never an acceptance', async () => {
    const { alice } = await twoSides()
    const bob = side(await person('bob'), { validate: () => Promise.reject(new Error('down')) })
    const transport = memoryTransport()
    const failures: string[] = []
    await bob.endpoint.listen({ transport, onFailure: ({ code }) => failures.push(code) })
    expect(await codeOfRejection(alice.endpoint.connect({ transport }))).toBe('PEER_ALERT')
    expect(failures).toEqual(['AUTH_UNAVAILABLE'])
    await alice.endpoint.close()
    await bob.endpoint.close()
  })

  test('when it asks for a session that was forgotten', async () => {
    const { a, b, alice, bob, transport, failures } = await opened()
    await b.forget()
    await a.closed
    expect(await bob.endpoint.sessions()).toEqual([])
    expect(await codeOfRejection(alice.endpoint.connect({ transport, session: a.session }))).toBe(
      'PEER_UNKNOWN_SESSION',
    )
    expect(failures).toEqual(['PEER_UNKNOWN_SESSION'])
  })
})
