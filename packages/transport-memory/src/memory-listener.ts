import type { Connection, Listener } from '@twofold/interface/io'
import { closed } from './pipe.ts'

export interface MemoryListener {
  readonly listener: Listener
  isOpen(): boolean
  /** Hands a connection over; false when too many wait. */
  offer(connection: Connection): boolean
}

type Turn = IteratorResult<Connection, undefined>

const maxWaiting = 128

export function memoryListener(signal: AbortSignal | undefined): MemoryListener {
  const connections: Connection[] = []
  const turns: ((turn: Turn) => void)[] = []
  let open = true

  function next(): Promise<Turn> {
    const connection = connections.shift()
    if (connection !== undefined) return Promise.resolve({ done: false, value: connection })
    if (!open) return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve) => turns.push(resolve))
  }

  async function close(): Promise<void> {
    open = false
    signal?.removeEventListener('abort', close)
    for (const turn of turns.splice(0)) turn({ done: true, value: undefined })
    const unheard = closed('the listener was closed before it accepted the connection')
    await Promise.all(connections.splice(0).map((connection) => connection.close(unheard)))
  }

  function offer(connection: Connection): boolean {
    const turn = turns.shift()
    if (turn === undefined && connections.length >= maxWaiting) return false
    if (turn === undefined) connections.push(connection)
    else turn({ done: false, value: connection })
    return true
  }

  signal?.addEventListener('abort', close)
  const listener: Listener = {
    address: 'memory',
    close,
    [Symbol.asyncIterator]: () => ({ next }),
    [Symbol.asyncDispose]: close,
  }
  return { listener, isOpen: () => open, offer }
}
