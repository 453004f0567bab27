import type { Channel, ChannelListener, EndpointOptions } from '@twofold/channel'
import type { ErrorCode } from '@twofold/interface'
import type { Transport } from '@twofold/interface/io'
import { memoryTransport } from '@twofold/transport-memory'
import { type Side, twoSides } from './index.ts'

export interface Pair {
  readonly alice: Side
  readonly bob: Side
  readonly transport: Transport
  readonly listener: ChannelListener
  /** Alice's end, who dialed, and Bob's. */
  readonly a: Channel
  readonly b: Channel
  /** What failed at Bob's listener. */
  readonly failures: ErrorCode[]
  close(): Promise<void>
}

/** Alice has dialed Bob. */
export async function connected(
  options: Partial<EndpointOptions> = {},
  transport: Transport = memoryTransport(),
  sides: { alice: Side; bob: Side } | undefined = undefined,
): Promise<Pair> {
  const { alice, bob } = sides ?? (await twoSides(options))
  const failures: ErrorCode[] = []
  const listener = await bob.endpoint.listen({ transport, onFailure: ({ code }) => failures.push(code) })
  const [a, b] = await Promise.all([alice.endpoint.connect({ transport, expected: 'bob' }), next(listener)])
  async function close(): Promise<void> {
    await alice.endpoint.close()
    await bob.endpoint.close()
  }
  return { alice, bob, transport, listener, a, b, failures, close }
}

export async function next(channels: AsyncIterable<Channel>): Promise<Channel> {
  for await (const channel of channels) return channel
  throw new Error('the listener ended')
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** Writes at one end and gives what the other end reads next. */
export async function send(from: Channel, to: Channel, data: Uint8Array): Promise<Uint8Array> {
  const writer = from.writable.getWriter()
  const reader = to.readable.getReader()
  const [, { value }] = await Promise.all([writer.write(data), reader.read()])
  writer.releaseLock()
  reader.releaseLock()
  return value ?? new Uint8Array(0)
}

export async function readAll(channel: Channel): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of channel.readable as unknown as AsyncIterable<Uint8Array>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

export async function codeOfRejection(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    return (error as { code?: string }).code ?? String(error)
  }
  return 'nothing was thrown'
}
