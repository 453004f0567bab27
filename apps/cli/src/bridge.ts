import type { Readable, Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Channel, ChannelEnd } from '@twofold/channel'
import { TwofoldError } from '@twofold/interface'
import type { Io } from './io.ts'

export interface Bridged {
  readonly sentBytes: number
  /** What was written to stdout. */
  readonly receivedBytes: number
  /** Both directions ended, each by its sender. */
  readonly complete: boolean
  /** Whether we ended it because the user interrupted, or because a stream of ours failed. */
  readonly stopped: 'interrupt' | 'stdin' | 'stdout' | undefined
  /** Why something is missing in one direction; undefined when nothing is, or when an orderly end of the peer came first. */
  readonly error: unknown
}

/** So long must a peer be silent until a listener, with stdin at its end, says so. */
const silenceMs = 1_000
/** So long is the end of a broken channel waited for. */
const endPatienceMs = 2_000

/**
 * Moves stdin into the channel and the channel to stdout, as netcat does. The end of stdin closes our direction only; it is over when
 * both directions have ended, or the channel has. A stream of ours that fails breaks the channel off, without a close: else the
 * peer would take what is lost for delivered.
 */
export async function bridge(channel: Channel, { stdin, stdout, signal }: Io): Promise<Bridged> {
  const count = { sentBytes: 0, receivedBytes: 0 }
  const reader = channel.readable.getReader()
  const writer = channel.writable.getWriter()
  const given = Promise.withResolvers<void>()
  const state: State = { stopped: undefined, error: undefined, isWriting: false }

  function onInterrupt(): void {
    state.stopped ??= 'interrupt'
    void channel.close().catch(ignore)
  }

  function fail(stream: 'stdin' | 'stdout', error: unknown): void {
    if (state.stopped !== undefined) return
    Object.assign(state, { stopped: stream, error })
    const ended = [reader.cancel(error), writer.abort(error), channel.closed].map((one) => one.catch(ignore))
    void Promise.race([Promise.all(ended), patience()]).then(() => given.resolve())
  }

  /** Write after write, so that what is counted has left. */
  async function write(chunk: Uint8Array): Promise<void> {
    state.isWriting = true
    const error = await written(stdout, chunk)
    state.isWriting = false
    if (error !== undefined) fail('stdout', error)
    else count.receivedBytes += chunk.length
  }

  /** Until nothing comes and nothing is on its way out. */
  async function silence(): Promise<void> {
    for (let before = -1; state.isWriting || before !== count.receivedBytes; ) {
      before = count.receivedBytes
      await sleep(silenceMs, undefined, { ref: false })
    }
  }

  async function move(): Promise<Moved> {
    const received = receive(reader, write)
    // A listener closes last while the peer sends: its close then says that everything has been written.
    const mayClose = channel.role === 'responder' ? Promise.race([received, silence()]) : Promise.resolve()
    const sent = send(stdin, { writer, closed: channel.closed, mayClose }, (bytes) => {
      count.sentBytes += bytes
    })
    const [wasSent, broken] = await Promise.all([sent, received])
    if (state.stopped === 'stdin' || state.stopped === 'stdout') await given.promise
    else await channel.close()
    return { wasSent, broken }
  }

  const onStdin = (error: unknown): void => fail('stdin', error)
  const onStdout = (error: unknown): void => fail('stdout', error)
  if (signal.aborted) onInterrupt()
  signal.addEventListener('abort', onInterrupt)
  stdin.on('error', onStdin)
  stdout.on('error', onStdout)
  try {
    const failed = given.promise.then(() => undefined)
    const moved = await Promise.race([move(), failed])
    if (moved === undefined) return { ...count, complete: false, stopped: state.stopped, error: state.error }
    const { wasSent, broken } = moved
    const complete = wasSent === 'all' && broken === undefined
    const error = complete ? undefined : (broken ?? whatEnded(wasSent, await channel.closed))
    return { ...count, complete, stopped: state.stopped, error }
  } finally {
    signal.removeEventListener('abort', onInterrupt)
    stdin.off('error', onStdin)
    stdout.off('error', onStdout)
  }
}

interface State {
  stopped: Bridged['stopped']
  error: unknown
  isWriting: boolean
}

interface Moved {
  readonly wasSent: Sent
  /** What broke the peer's direction. */
  readonly broken: unknown
}

function patience(): Promise<void> {
  return sleep(endPatienceMs, undefined, { ref: false })
}

/** Undefined when it was. */
function written(stdout: Writable, chunk: Uint8Array): Promise<unknown> {
  return new Promise((resolve) => {
    stdout.write(chunk, (error) => resolve(error ?? undefined))
  })
}

/** What the peer sent is whole, but not what we sent. */
function whatEnded(sent: Sent, { code, error }: ChannelEnd): unknown {
  if (code !== undefined) return error
  return sent === 'cut' ? new TwofoldError('TRANSPORT_CLOSED', 'the peer ended before it had everything') : undefined
}

interface Outgoing {
  readonly writer: WritableStreamDefaultWriter<Uint8Array>
  readonly closed: Channel['closed']
  /** Resolves when our direction may be closed, once stdin has ended. */
  readonly mayClose: Promise<unknown>
}

/** Resolves when stdin has ended and all of it was written, or when the channel has ended. */
async function send(
  stdin: Readable,
  { writer, closed, mayClose }: Outgoing,
  count: (bytes: number) => void,
): Promise<Sent> {
  const { promise: left, resolve } = Promise.withResolvers<void>()
  const state = { over: false, waiting: 0 }
  const onEnd = (): void => resolve()

  function onData(chunk: Uint8Array): void {
    state.waiting += 1
    writer.write(new Uint8Array(chunk)).then(() => {
      state.waiting -= 1
      count(chunk.length)
    }, ignore)
    if ((writer.desiredSize ?? 0) <= 0) waitForRoom()
  }

  function waitForRoom(): void {
    stdin.pause()
    writer.ready.then(() => {
      if (!state.over) stdin.resume()
    }, ignore)
  }

  if (stdin.readableEnded) onEnd()
  stdin.on('data', onData).on('end', onEnd)
  stdin.resume()
  try {
    const first = await Promise.race([left.then(() => mayClose).then(() => 'left'), closed])
    if (first === 'left' && (await succeeds(writer.close()))) return 'all'
    return state.waiting === 0 ? 'so-far' : 'cut'
  } finally {
    state.over = true
    stdin.off('data', onData).off('end', onEnd)
    stdin.pause()
  }
}

/** All of stdin; all that had come of it when the peer ended; or less. */
type Sent = 'all' | 'so-far' | 'cut'

function succeeds(promise: Promise<unknown>): Promise<boolean> {
  return promise.then(
    () => true,
    () => false,
  )
}

function ignore(): void {}

/** Resolves when the peer has ended its direction (undefined), or with what broke before: nobody may cut it short unnoticed. */
async function receive(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  write: (chunk: Uint8Array) => Promise<void>,
): Promise<unknown> {
  try {
    for (;;) {
      const { value, done } = await reader.read()
      if (done) return undefined
      await write(value)
    }
  } catch (error) {
    return error ?? new TwofoldError('TRANSPORT_CLOSED', 'the channel broke')
  }
}
