import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { frameTap, type SeenFrame } from './frame-tap.ts'

/** `there` is from who connected to who listens. */
export type Direction = 'there' | 'back'

export interface WireFrame extends SeenFrame {
  /** Which connection, from 1. */
  readonly link: number
  readonly direction: Direction
}

/** Sits on the path between two parties: it forwards, reads along and keeps everything. */
export interface Eavesdropper {
  /** Who connects comes here. */
  readonly port: number
  /** Where what comes is forwarded to. */
  forwardTo(port: number): void
  /** The frames so far, in the order in which they were seen. */
  frames(): readonly WireFrame[]
  /** All bytes that crossed, lengths included. */
  totalBytes(): number
  /** Whether these bytes crossed anywhere in clear. */
  saw(needle: Uint8Array): boolean
  /** Frames are seen and kept back, until `release`. */
  hold(): void
  release(): void
  close(): Promise<void>
}

export async function eavesdropper(): Promise<Eavesdropper> {
  const frames: WireFrame[] = []
  const captured: Buffer[][] = []
  const sockets = new Set<Socket>()
  const held: (() => void)[] = []
  const state = { target: 0, links: 0, holding: false }

  function pass(forward: () => void): void {
    if (state.holding) held.push(forward)
    else forward()
  }

  function pipe(from: Socket, to: Socket, link: number, direction: Direction): void {
    const kept: Buffer[] = []
    captured.push(kept)
    const tap = frameTap((frame) => frames.push({ ...frame, link, direction }))
    from.on('data', (chunk: Buffer) => {
      kept.push(chunk)
      tap(chunk)
      pass(() => void to.write(chunk))
    })
    from.on('end', () => pass(() => void to.end()))
    from.on('error', () => to.destroy())
    from.on('close', () => sockets.delete(from))
    sockets.add(from)
  }

  function onConnection(near: Socket): void {
    state.links += 1
    const far = connect({ host: '127.0.0.1', port: state.target, allowHalfOpen: true, noDelay: true })
    pipe(near, far, state.links, 'there')
    pipe(far, near, state.links, 'back')
  }

  const server = createServer({ allowHalfOpen: true, noDelay: true }, onConnection)
  return {
    port: await listenAnywhere(server),
    forwardTo: (port) => {
      state.target = port
    },
    frames: () => [...frames],
    totalBytes: () => captured.flat().reduce((sum, { length }) => sum + length, 0),
    saw: (needle) => captured.some((kept) => Buffer.concat(kept).includes(needle)),
    hold: () => {
      state.holding = true
    },
    release: () => {
      state.holding = false
      for (const forward of held.splice(0)) forward()
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

async function listenAnywhere(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** How many frames of each type, and their bytes, each way. */
export interface Tally {
  readonly type: string
  readonly direction: Direction
  readonly frames: number
  readonly bytes: number
}

export function tally(frames: readonly WireFrame[]): readonly Tally[] {
  const sums = new Map<string, Tally>()
  for (const { type, direction, bytes } of frames) {
    const key = `${type} ${direction}`
    const before = sums.get(key) ?? { type, direction, frames: 0, bytes: 0 }
    sums.set(key, { ...before, frames: before.frames + 1, bytes: before.bytes + bytes })
  }
  return [...sums.values()]
}
