import type { Channel, ConnectOptions, Endpoint, SessionSummary } from '@twofold/channel'
import { codeOf, type SuiteInfo, TwofoldError } from '@twofold/interface'
import { type Address, addressOf } from '../address.ts'
import { suiteNumber } from '../backend.ts'
import { CliError, usageError } from '../cli-error.ts'
import { exitCode } from '../exit-codes.ts'
import type { Io } from '../io.ts'
import { oneSession } from '../one-session.ts'
import { type EndpointFlags, type OpenEndpoint, openEndpoint } from '../open-endpoint.ts'
import { explain } from '../refusals.ts'
import type { Reporter } from '../reporter.ts'
import { serveChannel } from '../serve-channel.ts'
import { shortened } from '../text.ts'

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
  const opened = await openEndpoint(flags, 'connect', io)
  try {
    const channel = await meet(opened, address, flags, io, reporter).catch(async (error: unknown) => {
      throw await explain(error, opened.refusals)
    })
    await serveChannel(channel, io, reporter)
  } finally {
    await opened[Symbol.asyncDispose]()
  }
}

/** Without --resume or --new a stored session with --peer is tried first, since that is the cheaper way. */
async function meet(
  { endpoint, suites }: OpenEndpoint,
  address: Address,
  flags: ConnectFlags,
  io: Io,
  reporter: Reporter,
): Promise<Channel> {
  const whom = flags.peer === undefined ? {} : { expected: flags.peer }
  const session = await sessionFor(endpoint, suites, flags)
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
    throw new CliError(exitCode.interrupted, 'INTERRUPTED', 'interrupted before the peer answered', '')
  } finally {
    clearTimeout(timer)
  }
}

async function sessionFor(
  endpoint: Endpoint,
  suites: readonly SuiteInfo[],
  { peer, resume, new: isNew }: ConnectFlags,
): Promise<string | undefined> {
  if (isNew === true || (resume === undefined && peer === undefined)) return undefined
  const stored = (await endpoint.sessions()).filter((summary) => peer === undefined || summary.peer === peer)
  const isAccepted = ({ suite }: SessionSummary): boolean => suites.some(({ id }) => id === suite.id)
  // Whoever names only the peer gets a new session rather than a suite that is not accepted.
  if (resume === undefined) return stored.filter((one) => isAccepted(one) && isResumable(one)).at(-1)?.session
  const chosen = typeof resume === 'string' ? oneSession(stored, resume) : newest(stored)
  if (!isAccepted(chosen)) throw otherSuite(chosen)
  return chosen.session
}

function newest(stored: readonly SessionSummary[]): SessionSummary {
  const found = stored.filter(isResumable).at(-1)
  if (found === undefined) throw usageError('there is no stored session to go on with', 'connect without --resume')
  const peers = new Set(stored.map((summary) => summary.peer))
  if (peers.size === 1) return found
  throw usageError('there are sessions with several peers', `say which by --peer: ${[...peers].join(', ')}`)
}

/** A session goes on only under a suite that is accepted now, whatever it was begun with. */
function otherSuite({ session, suite }: SessionSummary): CliError {
  const [id, number] = [shortened(session), suiteNumber(suite.id)]
  return usageError(
    `the stored session ${id} has suite ${number} (${suite.name}), which is not accepted`,
    `accept it by \`--suite ${number}\`, or connect with --new and forget it: \`twofold forget ${id}\``,
  )
}

/** A hello of ours that was not confirmed can only be gone on with by the other side. */
function isResumable({ unconfirmed }: SessionSummary): boolean {
  return !unconfirmed
}
