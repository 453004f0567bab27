import type { Readable, Writable } from 'node:stream'
import type { Channel, ChannelEnd } from '@twofold/channel'
import { TwofoldError } from '@twofold/interface'
import type { Io } from './io.ts'

export interface Bridged {
  readonly sentBytes: number
  readonly receivedBytes: number
  /** Both directions ended, each by its sender. */
  readonly complete: boolean
  /** Whether we ended it because the user interrupted, or our stdout was closed. */
  readonly stopped: 'interrupt' | 'stdout' | undefined
  /** Why something is missing in one direction; undefined when nothing is, or when an orderly end of the peer came first. */
  readonly error: unknown
}

/**
 * Moves stdin into the channel and the channel to stdout, as netcat does. The end of stdin closes our direction only; it is over when
 * both directions have ended, or the channel has.
 */
export async function bridge(channel: Channel, { stdin, stdout, signal }: Io): Promise<Bridged> {
  const count = { sentBytes: 0, receivedBytes: 0 }
  let stopped: Bridged['stopped']

  function stop(why: 'interrupt' | 'stdout'): void {
    stopped ??= why
    void channel.close().catch(() => {})
  }

  const onInterrupt = (): void => stop('interrupt')
  const onBrokenOutput = (): void => stop('stdout')
  if (signal.aborted) onInterrupt()
  signal.addEventListener('abort', onInterrupt)
  stdout.on('error', onBrokenOutput)
  try {
    const sent = send(stdin, channel, (bytes) => {
      count.sentBytes += bytes
    })
    const received = receive(channel, stdout, (bytes) => {
      count.receivedBytes += bytes
    })
    const [wasSent, broken] = await Promise.all([sent, received])
    await channel.close()
    const complete = wasSent === 'all' && broken === undefined
    const error = complete ? undefined : (broken ?? whatEnded(wasSent, await channel.closed))
    return { ...count, complete, stopped, error }
  } finally {
    signal.removeEventListener('abort', onInterrupt)
    stdout.off('error', onBrokenOutput)
  }
}

/** What the peer sent is whole, but not what we sent. */
function whatEnded(sent: Sent, { code, error }: ChannelEnd): unknown {
  if (code !== undefined) return error
  return sent === 'cut' ? new TwofoldError('TRANSPORT_CLOSED', 'the peer ended before it had everything') : undefined
}

/** Resolves when stdin has ended and all of it was written, or when the channel has ended. Rejects when stdin fails. */
async function send(stdin: Readable, channel: Channel, count: (bytes: number) => void): Promise<Sent> {
  const writer = channel.writable.getWriter()
  const { promise: left, resolve, reject } = Promise.withResolvers<'left'>()
  const state = { over: false, waiting: 0 }
  const onEnd = (): void => resolve('left')

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
  stdin.on('data', onData).on('end', onEnd).on('error', reject)
  stdin.resume()
  try {
    const first = await Promise.race([left, channel.closed])
    if (first === 'left' && (await succeeds(writer.close()))) return 'all'
    return state.waiting === 0 ? 'so-far' : 'cut'
  } finally {
    state.over = true
    stdin.off('data', onData).off('end', onEnd).off('error', reject)
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
async function receive(channel: Channel, stdout: Writable, count: (bytes: number) => void): Promise<unknown> {
  try {
    for await (const chunk of channel.readable) {
      count(chunk.length)
      if (!stdout.write(chunk)) await room(stdout)
    }
    return undefined
  } catch (error) {
    return error ?? new TwofoldError('TRANSPORT_CLOSED', 'the channel broke')
  }
}

function room(stdout: Writable): Promise<void> {
  return new Promise((resolve, reject) => {
    function settle(error?: Error): void {
      stdout.off('drain', settle)
      stdout.off('error', settle)
      stdout.off('close', settle)
      if (error === undefined) resolve()
      else reject(error)
    }
    stdout.once('drain', settle)
    stdout.once('error', settle)
    stdout.once('close', settle)
  })
}
