import type { Channel } from '@twofold/channel'
import { memoryTransport } from '@twofold/transport-memory'
import { describe, expect, test } from 'vitest'
import { twoSides } from '../src/index.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

async function next(channels: AsyncIterable<Channel>): Promise<Channel> {
  for await (const channel of channels) return channel
  throw new Error('the listener ended')
}

async function pair() {
  const { alice, bob } = await twoSides()
  const transport = memoryTransport()
  const listener = await bob.endpoint.listen({ transport, onFailure: ({ error }) => console.log(error) })
  const [a, b] = await Promise.all([alice.endpoint.connect({ transport, expected: 'bob' }), next(listener)])
  return { alice, bob, transport, listener, a, b }
}

async function send(from: Channel, to: Channel, data: Uint8Array): Promise<Uint8Array> {
  const writer = from.writable.getWriter()
  const reader = to.readable.getReader()
  const [, { value }] = await Promise.all([writer.write(data), reader.read()])
  writer.releaseLock()
  reader.releaseLock()
  return value ?? new Uint8Array(0)
}

describe('a channel', () => {
  test('shakes hands, carries data, renews keys and exports the same secret', async () => {
    const { a, b, alice, bob } = await pair()
    expect(a.peer.identity).toBe('bob')
    expect(b.peer.identity).toBe('alice')
    expect([a.resumed, b.resumed]).toEqual([false, false])
    expect(await send(a, b, bytes('hello'))).toEqual(bytes('hello'))
    expect(await send(b, a, bytes('back'))).toEqual(bytes('back'))
    expect(await a.update()).toBe(2n)
    expect(await b.update()).toBe(3n)
    const both = await Promise.all([a.update(), b.update()])
    expect(Math.max(...both.map(Number))).toBeGreaterThanOrEqual(4)
    expect(await send(a, b, bytes('again'))).toEqual(bytes('again'))
    const context = new Uint8Array(0)
    expect(await a.export('demo', context, 32)).toEqual(await b.export('demo', context, 32))
    expect(a.epoch).toBe(b.epoch)
    await a.close()
    await b.closed
    await alice.endpoint.close()
    await bob.endpoint.close()
  })

  test('resumes from either side', async () => {
    const { a, b, alice, bob, transport, listener } = await pair()
    await a.close()
    await b.closed
    const [a2, b2] = await Promise.all([alice.endpoint.connect({ transport, session: a.session }), next(listener)])
    expect([a2.resumed, b2.resumed]).toEqual([true, true])
    expect(a2.epoch).toBe(b2.epoch)
    expect(await send(a2, b2, bytes('again'))).toEqual(bytes('again'))
    await b2.close()
    await a2.closed
    await listener.close()
    const there = await alice.endpoint.listen({ transport })
    const [b3, a3] = await Promise.all([bob.endpoint.connect({ transport, session: a.session }), next(there)])
    expect(await send(b3, a3, bytes('third'))).toEqual(bytes('third'))
    expect(await a3.export('x', new Uint8Array(0), 16)).toEqual(await b3.export('x', new Uint8Array(0), 16))
    await alice.endpoint.close()
    await bob.endpoint.close()
  })
})
