import type { Channel, ChannelListener, ListenOptions } from '@twofold/channel'
import { addressOf } from '../address.ts'
import { CliError, toCliError } from '../cli-error.ts'
import { exitCode } from '../exit-codes.ts'
import type { Io } from '../io.ts'
import { type EndpointFlags, openEndpoint } from '../open-endpoint.ts'
import { explain, type RefusalContext } from '../refusals.ts'
import { type Reporter, withHint } from '../reporter.ts'
import { serveChannel } from '../serve-channel.ts'

export interface ListenFlags extends EndpointFlags {
  readonly host?: string
  readonly port?: number
  readonly path?: string
  readonly keep?: boolean
}

/** Waits for one peer and serves it; with `keep` for one after the other until interrupted. */
export async function listen(flags: ListenFlags, io: Io, reporter: Reporter): Promise<void> {
  const { host, port, path, keep = false } = flags
  const { transport } = addressOf({ host, port, path })
  const opened = await openEndpoint(flags, 'listen', io)
  try {
    const failures = failureDesk(opened.refusals, keep, reporter)
    const listener = await opened.endpoint
      .listen({ transport, onFailure: failures.onFailure })
      .catch((error: unknown) => {
        throw toCliError(error, { hint: 'choose an address of this machine that nobody else listens at' })
      })
    reporter.say('listening', `listening at ${listener.address}`, { address: listener.address })
    io.signal.addEventListener('abort', () => void listener.close())
    if (io.signal.aborted) await listener.close()
    if (keep) await serveAll(listener, io, reporter)
    else await serveOne(listener, failures.refused, io, reporter)
  } finally {
    await opened[Symbol.asyncDispose]()
  }
}

interface FailureDesk {
  readonly onFailure: NonNullable<ListenOptions['onFailure']>
  /** Rejects when an identity was refused on either side: who waits for one peer does not wait for another one. */
  readonly refused: Promise<never>
}

function failureDesk(context: RefusalContext, keep: boolean, reporter: Reporter): FailureDesk {
  const { promise: refused, reject } = Promise.withResolvers<never>()
  refused.catch(() => {})
  async function take(error: unknown, remote: string): Promise<void> {
    const explained = await explain(error, context)
    if (!keep && explained.exit === exitCode.refused) return reject(explained)
    const { code, message, hint } = explained
    const text = withHint(`an attempt from ${remote} failed: ${message}`, hint)
    reporter.warn('refused', text, { code, remote, message, hint })
  }
  return { refused, onFailure: ({ error, remote }) => void take(error, remote) }
}

async function serveOne(listener: ChannelListener, refused: Promise<never>, io: Io, reporter: Reporter): Promise<void> {
  const turn = await Promise.race([listener[Symbol.asyncIterator]().next(), refused])
  if (turn.done === true) {
    throw new CliError(exitCode.interrupted, 'INTERRUPTED', 'interrupted before a peer came', '')
  }
  await listener.close()
  await serveChannel(turn.value, io, reporter)
}

async function serveAll(listener: ChannelListener, io: Io, reporter: Reporter): Promise<void> {
  for await (const channel of listener) await serveAndGoOn(channel, io, reporter)
}

/** What ends one channel does not end the listener. */
async function serveAndGoOn(channel: Channel, io: Io, reporter: Reporter): Promise<void> {
  try {
    await serveChannel(channel, io, reporter)
  } catch (error) {
    const failure = toCliError(error, { side: 'listen' })
    if (failure.exit === exitCode.interrupted) return
    if (failure.exit === exitCode.local) throw failure
    reporter.fail(failure)
  }
}
