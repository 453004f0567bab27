import type { Readable, Writable } from 'node:stream'
import type { Channel, ChannelEnd } from '@twofold/channel'
import type { Io } from './io.ts'

export interface Bridged {
  readonly sentBytes: number
  readonly receivedBytes: number
  /** Both directions ended, each by its sender: nothing is missing. */
  readonly complete: boolean
  /** Something of ours was still waiting to be sent when the channel ended. */
  readonly cut: boolean
  /** Whether we ended it because the user interrupted, or our stdout was closed. */
  readonly stopped: 'interrupt' | 'stdout' | undefined
  readonly end: ChannelEnd
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
    const [wasSent, wasReceived] = await Promise.all([sent, received])
    await channel.close()
    const end = await channel.closed
    return { ...count, complete: wasSent === 'all' && wasReceived, cut: wasSent === 'cut', stopped, end }
  } finally {
    signal.removeEventListener('abort', onInterrupt)
    stdout.off('error', onBrokenOutput)
  }
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

/** Resolves when the peer has ended its direction (true), or the channel broke or our stdout did (false). */
async function receive(channel: Channel, stdout: Writable, count: (bytes: number) => void): Promise<boolean> {
  try {
    for await (const chunk of channel.readable) {
      count(chunk.length)
      if (!stdout.write(chunk)) await room(stdout)
    }
    return true
  } catch {
    return false
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
