import { checkOptions, TwofoldError } from '@twofold/interface'
import type { Connection, ConnectionProperties, IoOptions, Listener, Transport } from '@twofold/interface/io'
import { connectionPair } from './memory-connection.ts'
import { type MemoryListener, memoryListener } from './memory-listener.ts'
import type { Deliver } from './pipe.ts'

/**
 * How frames travel. It is called once for each direction of each connection, and gives a function that is called with every
 * frame and its number (from 0) and returns what arrives now, in that order: `[frame]` as it is, `[]` to drop it, `[frame, frame]`
 * to repeat it, an earlier frame that it held back to reorder.
 */
export type MemoryLink = (writer: 'dialed' | 'accepted') => Deliver

export interface MemoryOptions {
  /** The longest frame in bytes; 128 KiB unless told otherwise. */
  readonly maxFrame?: number
  /** What the connections say of themselves; true, or false when a `link` is given. */
  readonly ordered?: boolean
  readonly reliable?: boolean
  /** Without it, every frame arrives once and in order. */
  readonly link?: MemoryLink
}

const known = ['maxFrame', 'ordered', 'reliable', 'link']
const defaultMaxFrame = 128 * 1024
const perfect: MemoryLink = () => (frame) => [frame]

/**
 * A transport within one process: its `connect` reaches the listener that its own `listen` made. One listener at a time;
 * `connect` rejects with `TRANSPORT_REFUSED` when there is none. Frames are copied on their way.
 *
 * ```ts
 * const transport = memoryTransport()
 * const listener = await transport.listen()
 * const connection = await transport.connect()
 * ```
 */
export function memoryTransport(options: MemoryOptions = {}): Transport {
  checkOptions(options, known, 'memoryTransport')
  const properties = propertiesOf(options)
  const link = options.link ?? perfect
  let listener: MemoryListener | undefined

  return {
    name: 'memory',
    async connect({ signal }: IoOptions = {}): Promise<Connection> {
      signal?.throwIfAborted()
      if (listener?.isOpen() !== true) throw refused('nobody listens: call listen() on the same memoryTransport first')
      const pair = connectionPair({ properties, fromDialed: link('dialed'), fromAccepted: link('accepted') })
      if (!listener.offer(pair.accepted)) throw refused('too many connections wait to be accepted')
      return pair.dialed
    },
    async listen({ signal }: IoOptions = {}): Promise<Listener> {
      signal?.throwIfAborted()
      if (listener?.isOpen() === true) throw new TwofoldError('TRANSPORT_FAILED', 'somebody listens here already')
      listener = memoryListener(signal)
      return listener.listener
    },
  }
}

function propertiesOf({ maxFrame = defaultMaxFrame, ordered, reliable, link }: MemoryOptions): ConnectionProperties {
  if (!Number.isSafeInteger(maxFrame) || maxFrame < 1) {
    throw new TwofoldError('USAGE_INVALID_ARGUMENT', 'maxFrame is a whole number of bytes, at least 1')
  }
  const isPerfect = link === undefined
  return { ordered: ordered ?? isPerfect, reliable: reliable ?? isPerfect, maxFrame, remote: 'memory' }
}

function refused(message: string): TwofoldError {
  return new TwofoldError('TRANSPORT_REFUSED', message)
}
