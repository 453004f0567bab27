import { TwofoldError } from '@twofold/interface'

/** What a link does with the frames of one direction: gives back what arrives now, in order; nothing, several, or earlier ones. */
export type Deliver = (frame: Uint8Array, n: number) => readonly Uint8Array[]

export interface PipeOptions {
  readonly maxFrame: number
  readonly deliver: Deliver
  /** The writer was aborted: ends the whole connection. */
  aborted(reason: unknown): void
}

/** One direction of a connection, with a bounded number of bytes between its ends. */
export interface Pipe {
  readonly readable: ReadableStream<Uint8Array>
  readonly writable: WritableStream<Uint8Array>
  /** Resolves when everything that was written is at the reader's end, or never will be. */
  drained(): Promise<void>
  /** Closes the reader's end behind what is queued; further writes fail with `TRANSPORT_CLOSED`. */
  end(): void
  fail(errors: { readonly writer: unknown; readonly reader: unknown }): void
}

interface State {
  written: number
  /** Writes that are not through yet. */
  pending: number
  over: boolean
  /** Nobody reads: frames fall. */
  discards: boolean
  failure: { readonly error: unknown } | undefined
}

const bufferBytes = 256 * 1024
/** What a queued frame costs beside its bytes, so that a flood of tiny frames meets back-pressure as well. */
const frameOverhead = 64

export function pipe(options: PipeOptions): Pipe {
  const state: State = { written: 0, pending: 0, over: false, discards: false, failure: undefined }
  const room = gate()
  const empty = gate()
  let source!: ReadableStreamDefaultController<Uint8Array>
  let sink!: WritableStreamDefaultController

  const readable = new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        source = controller
      },
      pull: room.open,
      cancel: () => {
        state.discards = true
        room.open()
      },
    },
    { highWaterMark: bufferBytes, size: (frame) => frame.byteLength + frameOverhead },
  )

  const writable = new WritableStream<Uint8Array>(
    {
      start: (controller) => {
        sink = controller
      },
      write: async (frame) => {
        const refused = frameError(frame, options.maxFrame)
        if (refused !== undefined) {
          options.aborted(refused)
          throw refused
        }
        const n = state.written++
        for (const delivery of options.deliver(frame, n)) put(delivery)
        while (isFull()) await room.passed()
        if (state.failure !== undefined) throw state.failure.error
        settle()
      },
      close: finish,
      abort: options.aborted,
    },
    // The stream calls `size` once for each write, at once: that counts what was written and is not through yet.
    { highWaterMark: frameOverhead, size: count },
  )

  function count(frame: Uint8Array): number {
    state.pending += 1
    return (frame?.byteLength ?? 0) + frameOverhead
  }

  function put(frame: Uint8Array): void {
    if (!state.over && !state.discards) source.enqueue(frame.slice())
  }

  function isFull(): boolean {
    return !state.over && !state.discards && (source.desiredSize ?? 0) <= 0
  }

  function settle(): void {
    state.pending -= 1
    if (state.pending <= 0) empty.open()
  }

  function finish(): void {
    if (state.over) return
    state.over = true
    if (!state.discards) source.close()
    room.open()
    empty.open()
  }

  return {
    readable,
    writable,
    async drained(): Promise<void> {
      while (!state.over && state.pending > 0) await empty.passed()
      await microtasks()
    },
    end(): void {
      finish()
      sink.error(closed('the connection is closed'))
    },
    fail({ writer, reader }): void {
      state.over = true
      state.failure ??= { error: writer }
      source.error(reader)
      sink.error(writer)
      room.open()
      empty.open()
    },
  }
}

export function closed(message: string): TwofoldError {
  return new TwofoldError('TRANSPORT_CLOSED', message)
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

interface Gate {
  open(): void
  passed(): Promise<void>
}

/** Lets everybody through who waits at the moment when it opens. */
function gate(): Gate {
  let waiting: (() => void)[] = []
  return {
    open(): void {
      const through = waiting
      waiting = []
      for (const resolve of through) resolve()
    },
    passed: () => new Promise((resolve) => waiting.push(resolve)),
  }
}

/** A few turns, in which the stream takes up a close that stands behind the last write. */
async function microtasks(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await undefined
}
