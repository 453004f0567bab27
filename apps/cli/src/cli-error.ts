import { codeOf } from '@twofold/interface'
import { type ExitCode, exitCode, exitCodeFor } from './exit-codes.ts'

/** What ends the program: its exit status, what happened, and what to do next. */
export class CliError extends Error {
  override readonly name: string = 'CliError'
  readonly exit: ExitCode
  /** A code of Twofold, or one of the program itself. */
  readonly code: string
  /** What to do next, in words for people. */
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

/** Whatever was thrown, with the exit status of its code. */
export function toCliError(error: unknown, hint: string = defaultHint(error)): CliError {
  if (error instanceof CliError) return error
  const code = codeOf(error)
  return new CliError(exitCodeFor(code), code ?? 'UNEXPECTED', messageOf(error), hint, { cause: error })
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

const hints: Readonly<Record<string, string>> = {
  AUTH_UNAVAILABLE: 'check that the known_peers file can be read, then try again',
  CRYPTO_FAILED: 'what came did not verify: check that both sides run the same version, then try again',
  PEER_IS_SELF: 'each side needs an identity of its own: run `twofold keygen` there',
  PEER_FORKED: 'one side lost state, perhaps by an old backup: start anew with `twofold connect --new`',
  PEER_STALE: 'one side lost state, perhaps by an old backup: try again, then `twofold connect --new`',
  PEER_SUITE_REFUSED: 'the two sides allow no common cipher suite: compare their `--suite`',
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
  USAGE_SUITE_UNSUPPORTED: 'choose another --suite or another --backend',
}

const familyHints: Readonly<Record<string, string>> = {
  BUG: 'this should not happen: please report it, with the version that `twofold --version` prints',
  DECODE: 'check that both sides run the same version of twofold, and the address',
  PEER: 'check that both sides run the same version of twofold; then try again',
  USAGE: 'see `twofold --help`',
}

function defaultHint(error: unknown): string {
  const code = codeOf(error) ?? ''
  const hint = hints[code] ?? familyHints[code.split('_')[0] ?? '']
  return hint ?? 'this is unexpected: please report it, with the version that `twofold --version` prints'
}
