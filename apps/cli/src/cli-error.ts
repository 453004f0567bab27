import { codeOf } from '@twofold/interface'
import { type ExitCode, exitCode, exitCodeFor } from './exit-codes.ts'

/** What ends the program: its exit status, what happened, and what to do next. */
export class CliError extends Error {
  override readonly name: string = 'CliError'
  readonly exit: ExitCode
  /** A code of Twofold, or one of the program itself. */
  readonly code: string
  /** What to do next, in words for people; empty when nothing needs to be said. */
  readonly hint: string

  constructor(exit: ExitCode, code: string, message: string, hint: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.exit = exit
    this.code = code
    this.hint = hint
  }
}

/** A wrong call, or a file of the user that cannot be used. */
export function usageError(message: string, hint: string, cause?: unknown): CliError {
  return new CliError(exitCode.usage, 'USAGE', message, hint, { cause })
}

/** Which command it happened to: a hint must be about this side. */
export type Side = 'connect' | 'listen'

/** Whatever was thrown, with the exit status of its code. */
export function toCliError(error: unknown, { side = 'connect', hint }: HintOptions = {}): CliError {
  if (error instanceof CliError) return error
  const code = codeOf(error)
  const next = hint ?? defaultHint(code ?? '', side)
  return new CliError(exitCodeFor(code), code ?? 'UNEXPECTED', messageOf(error), next, { cause: error })
}

export interface HintOptions {
  readonly side?: Side
  /** In place of the one that the code has. */
  readonly hint?: string
}

/** What it says, with whole seconds as such. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.replaceAll(/\b([1-9]\d*)000 ms\b/g, '$1 s')
}

const hints: Readonly<Record<string, string>> = {
  AUTH_UNAVAILABLE: 'check that the known_peers file can be read, then try again',
  CRYPTO_FAILED: 'what came did not verify: check that both sides run the same version, then try again',
  PEER_IS_SELF: 'each side needs an identity of its own: run `twofold keygen` there',
  PEER_FORKED: 'one side lost state, perhaps by an old backup: start anew with `twofold connect --new`',
  PEER_STALE: 'one side lost state, perhaps by an old backup: try again, then `twofold connect --new`',
  PEER_SUITE_REFUSED:
    'the listener must accept our first suite (no other is offered in this version), or that of the session that is gone on with: name it by --suite there',
  PEER_TIMEOUT: 'check that `twofold listen` runs at that address, then try again',
  PEER_TOO_MANY_HALF_OPEN: 'the other side is busy: try again in a minute',
  PEER_UNKNOWN_SESSION: 'the other side does not hold this session: start anew with `twofold connect --new`',
  STORE_CONFLICT: 'another twofold process goes on with the same session: end it, or choose another --store',
  STORE_CORRUPT: 'bring the store back from a copy, or remove it and start anew with --new',
  STORE_FAILED: 'check the path of --store, its folder and the disk',
  STORE_WRONG_KEY: 'bring back the store.key that fits (or TWOFOLD_STORE_KEY), or choose another --store',
  TRANSPORT_CLOSED: 'the other side went away: see what it says, then try again',
  TRANSPORT_FAILED: 'check the address and the network',
  TRANSPORT_FRAME_TOO_LARGE: 'what is at that address does not seem to be twofold: check the address',
  TRANSPORT_REFUSED: 'run `twofold listen` there',
  TRANSPORT_TIMEOUT: 'check the address and the firewall',
  USAGE_SUITE_UNSUPPORTED:
    'name the suite by --suite (`twofold sessions` says which one a session has), or forget the session with `twofold forget`',
}

/** Where the same code asks something else of the side that waits. */
const listenHints: Readonly<Record<string, string>> = {
  PEER_FORKED: 'one side lost state, perhaps by an old backup: the peer has to connect anew (`twofold connect --new`)',
  PEER_STALE: 'one side lost state, perhaps by an old backup: the peer has to try again, then to connect anew',
  PEER_SUITE_REFUSED:
    'to allow it, name the suite by --suite here; or the peer puts one first in its --suite that is allowed here, and connects with --new',
  PEER_TIMEOUT: 'the peer began and did not go on: see what it says',
  PEER_TOO_MANY_HALF_OPEN: 'many attempts are open at once: they end by themselves',
  PEER_UNKNOWN_SESSION:
    'this side does not hold it (any more), so it cannot go on: the peer has to connect anew (`twofold connect --new`)',
}

const familyHints: Readonly<Record<string, string>> = {
  BUG: 'this should not happen: please report it, with the version that `twofold --version` prints',
  DECODE: 'check that both sides run the same version of twofold, and the address',
  PEER: 'check that both sides run the same version of twofold; then try again',
  USAGE: 'see `twofold --help`',
}

function defaultHint(code: string, side: Side): string {
  const hint =
    (side === 'listen' ? listenHints[code] : undefined) ?? hints[code] ?? familyHints[code.split('_')[0] ?? '']
  return hint ?? 'this is unexpected: please report it, with the version that `twofold --version` prints'
}
