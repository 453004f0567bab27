import type { Socket } from 'node:net'
import { TwofoldError } from '@twofold/interface'
import type { Connection, ConnectionProperties } from '@twofold/interface/io'
import { type FrameParser, frameParser, headerBytes } from './frame-parser.ts'
import { connectionError } from './tcp-error.ts'

/** Bytes of frames that wait for a slow reader, and bytes that wait for a slow network, before the other end is held back. */
const readBytes = 64 * 1024
const writeBytes = 256 * 1024
/** What a queued frame costs beside its bytes, so that a flood of tiny frames meets back-pressure as well. */
const frameOverhead = 64
/** Up to here a frame and its length are copied together: cheaper than a vectored write. */
const smallFrame = 1024
/** After our end was sent, so long is the peer's awaited: closing with unread bytes would reset what the peer has not read yet. */
const lingerMs = 1_000

/** Frames over a connected socket that allows half-open and that nobody reads or writes otherwise. */
export function tcpConnection(socket: Socket, properties: ConnectionProperties): Connection {
  const gone = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  const input = reading(socket, properties.maxFrame)
  const output = writing(socket, properties.maxFrame, breakOff)
  let closing: Promise<void> | undefined

  function breakOff(error: unknown): void {
    input.fail(error)
    output.fail(error)
    reset(socket)
  }

  // What the peer sent before it ended stays readable, even when a later write of ours fails.
  socket.on('error', (cause) => {
    const error = connectionError(cause)
    if (!input.isEnded()) input.fail(error)
    output.fail(error)
  })
  socket.on('close', () => {
    const error = new TwofoldError('TRANSPORT_CLOSED', 'the connection is closed')
    if (!input.isEnded()) input.fail(error)
    output.fail(error)
  })

  async function close(error?: unknown): Promise<void> {
    if (error !== undefined) breakOff(error)
    else closing ??= closeGracefully()
    await closing
    await gone
  }

  async function closeGracefully(): Promise<void> {
    await output.drained()
    if (socket.destroyed) return
    input.end()
    await output.end()
    if (socket.destroyed) return
    const timer = setTimeout(() => socket.destroy(), lingerMs)
    await gone
    clearTimeout(timer)
  }

  return { readable: input.readable, writable: output.writable, properties, close }
}

interface Reading {
  readonly readable: ReadableStream<Uint8Array>
  isEnded(): boolean
  /** Closes the stream and lets what still comes fall. */
  end(): void
  fail(error: unknown): void
}

function reading(socket: Socket, maxFrame: number): Reading {
  const parser = frameParser(maxFrame)
  const state = { ended: false, over: false }
  let source!: ReadableStreamDefaultController<Uint8Array>

  const readable = new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        source = controller
      },
      pull: pump,
      cancel: discard,
    },
    { highWaterMark: readBytes, size: (frame) => frame.byteLength + frameOverhead },
  )

  socket.on('data', (chunk: Uint8Array) => {
    if (state.over) return
    parser.push(chunk)
    pump()
  })
  socket.on('end', () => {
    state.ended = true
    pump()
  })

  function pump(): void {
    if (state.over) return
    try {
      if (moveFrames(parser, source)) afterLastFrame()
      else socket.pause()
    } catch (error) {
      // A length that is not allowed: nothing after it can be trusted to be a frame.
      fail(error)
      socket.destroy(connectionError(error))
    }
  }

  function afterLastFrame(): void {
    if (!state.ended) socket.resume()
    else if (parser.isPartial()) fail(new TwofoldError('TRANSPORT_CLOSED', 'the peer ended in the middle of a frame'))
    else end()
  }

  function discard(): void {
    state.over = true
    socket.resume()
  }

  function end(): void {
    if (!state.over) source.close()
    discard()
  }

  function fail(error: unknown): void {
    source.error(error)
    discard()
  }

  return { readable, isEnded: () => state.ended, end, fail }
}

/** Moves whole frames on while the reader has room; true when there is none left. */
function moveFrames(parser: FrameParser, source: ReadableStreamDefaultController<Uint8Array>): boolean {
  while ((source.desiredSize ?? 0) > 0) {
    const frame = parser.next()
    if (frame === undefined) return true
    source.enqueue(frame)
  }
  return false
}

interface Writing {
  readonly writable: WritableStream<Uint8Array>
  /** Resolves when the socket has taken everything that was written, or never will. */
  drained(): Promise<void>
  /** Ends our direction; resolves when the system has taken all of it, or the connection is gone. */
  end(): Promise<void>
  fail(error: unknown): void
}

function writing(socket: Socket, maxFrame: number, breakOff: (error: unknown) => void): Writing {
  const state = { pending: 0, over: false }
  let sink!: WritableStreamDefaultController
  let held: { resolve(): void; reject(error: unknown): void } | undefined
  let wakeDrained: () => void = () => {}

  const writable = new WritableStream<Uint8Array>(
    {
      start: (controller) => {
        sink = controller
      },
      write,
      close: () => endSocket(socket),
      abort: breakOff,
    },
    // The stream calls `size` once for each write, at once: that counts what was written and is not with the socket yet.
    { highWaterMark: readBytes, size: count },
  )
  socket.on('drain', () => held?.resolve())

  function count(frame: Uint8Array): number {
    state.pending += 1
    return (frame?.byteLength ?? 0) + frameOverhead
  }

  function write(frame: Uint8Array): Promise<void> | undefined {
    const refused = frameError(frame, maxFrame)
    if (refused !== undefined) {
      breakOff(refused)
      throw refused
    }
    send(socket, frame)
    settle()
    if (socket.writableLength <= writeBytes) return undefined
    return new Promise((resolve, reject) => {
      held = { resolve, reject }
    })
  }

  function settle(): void {
    state.pending -= 1
    if (state.pending === 0) wakeDrained()
  }

  function fail(error: unknown): void {
    state.over = true
    sink.error(error)
    held?.reject(error)
    wakeDrained()
  }

  return {
    writable,
    async drained(): Promise<void> {
      if (state.pending === 0 || state.over) return
      await new Promise<void>((resolve) => {
        const before = wakeDrained
        wakeDrained = () => {
          before()
          resolve()
        }
      })
    },
    async end(): Promise<void> {
      await endSocket(socket).catch(() => {})
      fail(new TwofoldError('TRANSPORT_CLOSED', 'the connection is closed'))
    },
    fail,
  }
}

function send(socket: Socket, frame: Uint8Array): void {
  const { byteLength } = frame
  const head = Buffer.allocUnsafe(byteLength <= smallFrame ? headerBytes + byteLength : headerBytes)
  head.writeUIntBE(byteLength, 0, headerBytes)
  if (byteLength <= smallFrame) {
    head.set(frame, headerBytes)
    socket.write(head)
    return
  }
  socket.cork()
  socket.write(head)
  socket.write(frame)
  socket.uncork()
}

/** Resolves when the system has taken everything; rejects when the connection broke before. */
function endSocket(socket: Socket): Promise<void> {
  if (socket.writableFinished) return Promise.resolve()
  const broke = new TwofoldError('TRANSPORT_CLOSED', 'the connection broke before everything was sent')
  if (socket.destroyed) return Promise.reject(broke)
  return new Promise((resolve, reject) => {
    socket.once('finish', () => resolve())
    socket.once('close', () => reject(broke))
    socket.end()
  })
}

/** At once, and so that a TCP peer sees a reset and not an orderly end, unless ours was on its way already. */
function reset(socket: Socket): void {
  if (socket.remoteFamily === undefined || socket.writableEnded) socket.destroy()
  else socket.resetAndDestroy()
}

function frameError(frame: unknown, maxFrame: number): TwofoldError | undefined {
  if (!(frame instanceof Uint8Array) || frame.byteLength === 0) {
    return new TwofoldError('USAGE_INVALID_ARGUMENT', 'a frame is a Uint8Array of at least one byte')
  }
  if (frame.byteLength <= maxFrame) return undefined
  return new TwofoldError(
    'TRANSPORT_FRAME_TOO_LARGE',
    `a frame of ${frame.byteLength} bytes does not go through; the longest is ${maxFrame}`,
  )
}
