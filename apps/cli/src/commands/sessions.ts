import type { SessionSummary } from '@twofold/channel'
import { suiteNumber } from '../backend.ts'
import { usageError } from '../cli-error.ts'
import type { FileOptions } from '../files.ts'
import type { Io } from '../io.ts'
import { oneSession } from '../one-session.ts'
import { openSessions } from '../open-endpoint.ts'
import type { Reporter } from '../reporter.ts'
import { counted, shortened } from '../text.ts'

/** Prints the stored sessions on stdout: a line each, or with --json one array. */
export async function sessions(flags: FileOptions, io: Io, reporter: Reporter): Promise<void> {
  const opened = await openSessions(flags, io)
  try {
    const stored = await opened.endpoint.sessions()
    if (reporter.json) return void io.stdout.write(`${JSON.stringify(stored.map(asJson))}\n`)
    if (stored.length === 0) reporter.say('sessions', 'there are no stored sessions')
    for (const one of stored) io.stdout.write(`${asLine(one)}\n`)
  } finally {
    await opened[Symbol.asyncDispose]()
  }
}

export interface ForgetFlags extends FileOptions {
  readonly all?: boolean
}

/** Erases one session here, by its id or the beginning of it, or all of them. */
export async function forget(
  wanted: string | undefined,
  flags: ForgetFlags,
  io: Io,
  reporter: Reporter,
): Promise<void> {
  if ((wanted === undefined) !== (flags.all === true) || wanted === '') {
    throw usageError('forget takes one session, or --all', '`twofold sessions` lists them')
  }
  const opened = await openSessions(flags, io)
  try {
    const stored = await opened.endpoint.sessions()
    const chosen = wanted === undefined ? stored : [oneSession(stored, wanted)]
    for (const { session } of chosen) await opened.endpoint.forget(session)
    const ids = chosen.map(({ session }) => session)
    reporter.say('forgotten', `forgot ${counted(ids.length, 'session')}`, { sessions: ids })
  } finally {
    await opened[Symbol.asyncDispose]()
  }
}

function asLine({ session, peer, suite, epoch, role, unconfirmed }: SessionSummary): string {
  const note = unconfirmed ? ', not confirmed yet' : ''
  return `${shortened(session)}  ${peer}  ${suiteNumber(suite.id)} ${suite.name}, epoch ${epoch}, ${role}${note}`
}

function asJson({ suite: { id, name, postQuantum }, epoch, ...rest }: SessionSummary): object {
  return { ...rest, suite: { id, name, postQuantum }, epoch: String(epoch) }
}
