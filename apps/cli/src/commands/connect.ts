import type { Channel, ConnectOptions, Endpoint, SessionSummary } from '@twofold/channel'
import { codeOf, TwofoldError } from '@twofold/interface'
import { type Address, addressOf } from '../address.ts'
import { CliError, usageError } from '../cli-error.ts'
import { exitCode } from '../exit-codes.ts'
import type { Io } from '../io.ts'
import { type EndpointFlags, openEndpoint } from '../open-endpoint.ts'
import { explain } from '../refusals.ts'
import type { Reporter } from '../reporter.ts'
import { serveChannel } from '../serve-channel.ts'

export interface ConnectFlags extends EndpointFlags {
  readonly path?: string
  readonly peer?: string
  /** true: the newest session. */
  readonly resume?: string | true
  readonly new?: boolean
}

export interface ConnectTarget {
  readonly host: string | undefined
  readonly port: number | undefined
}

/** So long is the address tried and the handshake waited for, in ms. */
const connectTimeoutMs = 20_000

/** Meets the peer, by a stored session or a first handshake, and serves the channel. */
export async function connect(target: ConnectTarget, flags: ConnectFlags, io: Io, reporter: Reporter): Promise<void> {
  if (flags.new === true && flags.resume !== undefined) {
    throw usageError('--new is given beside --resume', 'give one or the other')
  }
  const address = addressOf({ ...target, path: flags.path })
  const opened = await openEndpoint(flags, io, reporter)
  try {
    const channel = await meet(opened.endpoint, address, flags, io, reporter).catch(async (error: unknown) => {
      throw await explain(error, opened.refusals)
    })
    await serveChannel(channel, io, reporter)
  } finally {
    await opened[Symbol.asyncDispose]()
  }
}

/** Without --resume or --new a stored session with --peer is tried first, since that is the cheaper way. */
async function meet(
  endpoint: Endpoint,
  address: Address,
  flags: ConnectFlags,
  io: Io,
  reporter: Reporter,
): Promise<Channel> {
  const whom = flags.peer === undefined ? {} : { expected: flags.peer }
  const session = await sessionFor(endpoint, flags)
  if (session === undefined) return await dial(endpoint, address, whom, io)
  try {
    return await dial(endpoint, address, { ...whom, session }, io)
  } catch (error) {
    if (flags.resume !== undefined || codeOf(error) !== 'PEER_UNKNOWN_SESSION') throw error
    reporter.say('session-unknown', 'the peer does not hold our session any more: a new one is made', { session })
    return await dial(endpoint, address, whom, io)
  }
}

async function dial(
  endpoint: Endpoint,
  { transport, text }: Address,
  options: Pick<ConnectOptions, 'expected' | 'session'>,
  { signal }: Io,
): Promise<Channel> {
  const tooLong = new AbortController()
  const message = `${text} did not answer in ${connectTimeoutMs / 1000} s`
  const timer = setTimeout(() => tooLong.abort(new TwofoldError('TRANSPORT_TIMEOUT', message)), connectTimeoutMs)
  try {
    return await endpoint.connect({ transport, ...options, signal: AbortSignal.any([signal, tooLong.signal]) })
  } catch (error) {
    if (!signal.aborted) throw error
    throw new CliError(exitCode.interrupted, 'INTERRUPTED', 'interrupted before the peer answered', 'start it again')
  } finally {
    clearTimeout(timer)
  }
}

async function sessionFor(endpoint: Endpoint, { peer, resume, new: isNew }: ConnectFlags): Promise<string | undefined> {
  if (isNew === true || (resume === undefined && peer === undefined)) return undefined
  const usable = (await endpoint.sessions()).filter((summary) => peer === undefined || summary.peer === peer)
  if (typeof resume === 'string') return bySession(usable, resume)
  const newest = usable.filter(isResumable).at(-1)
  if (resume === undefined) return newest?.session
  if (newest === undefined) throw usageError('there is no stored session to go on with', 'connect without --resume')
  const peers = new Set(usable.map((summary) => summary.peer))
  if (peers.size === 1) return newest.session
  throw usageError('there are sessions with several peers', `say which by --peer: ${[...peers].join(', ')}`)
}

/** The whole id, or its beginning as the program prints it. */
function bySession(usable: readonly SessionSummary[], wanted: string): string {
  const found = usable.filter(({ session }) => session.startsWith(wanted.toLowerCase()))
  if (found.length === 1 && found[0] !== undefined) return found[0].session
  const known = usable.map(({ session, peer }) => `${session.slice(0, 16)} (${peer})`).join(', ')
  throw usageError(
    found.length === 0 ? `no stored session begins with ${JSON.stringify(wanted)}` : 'several sessions begin like that',
    known === '' ? 'there are none: connect without --resume' : `there are: ${known}`,
  )
}

/** A hello of ours that was not confirmed can only be gone on with by the other side. */
function isResumable({ unconfirmed }: SessionSummary): boolean {
  return !unconfirmed
}
