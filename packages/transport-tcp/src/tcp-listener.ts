import type { Server, Socket } from 'node:net'
import type { Connection, Listener } from '@twofold/interface/io'

type Turn = IteratorResult<Connection, undefined>

export interface ListenerOptions {
  readonly server: Server
  readonly address: string
  readonly signal: AbortSignal | undefined
  connection(socket: Socket): Connection
}

/** Sockets that wait to be accepted; a flood beyond it is turned away, since it would fill the memory. */
export const maxWaiting = 128

/** Hands out what a listening server accepts. */
export function tcpListener({ server, address, signal, connection }: ListenerOptions): Listener {
  const sockets: Socket[] = []
  const turns: ((turn: Turn) => void)[] = []
  let closing: Promise<void> | undefined

  server.on('connection', (socket) => {
    socket.on('error', () => {})
    if (closing !== undefined || sockets.length >= maxWaiting) return void socket.destroy()
    sockets.push(socket)
    handOut()
  })
  // A failed accept (EMFILE) loses that one connection, not the listener.
  server.on('error', () => {})

  function handOut(): void {
    while (turns.length > 0 && sockets.length > 0) {
      const socket = sockets.shift() as Socket
      if (!socket.destroyed) turns.shift()?.({ done: false, value: connection(socket) })
    }
  }

  function next(): Promise<Turn> {
    if (closing !== undefined) return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve) => {
      turns.push(resolve)
      handOut()
    })
  }

  function close(): Promise<void> {
    closing ??= stop()
    return closing
  }

  async function stop(): Promise<void> {
    signal?.removeEventListener('abort', close)
    server.close()
    for (const socket of sockets.splice(0)) socket.destroy()
    for (const turn of turns.splice(0)) turn({ done: true, value: undefined })
    // One turn of the event loop, after which the system has let go of the address.
    await new Promise((resolve) => setImmediate(resolve))
  }

  signal?.addEventListener('abort', close)
  return { address, close, [Symbol.asyncIterator]: () => ({ next }), [Symbol.asyncDispose]: close }
}
