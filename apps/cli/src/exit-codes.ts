import type { ErrorCode } from '@twofold/interface'

/** What the program's exit status means; the table in `--help` and in the README. */
export const exitCode = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  refused: 3,
  transport: 4,
  store: 5,
  protocol: 6,
  local: 7,
  interrupted: 130,
} as const

export type ExitCode = (typeof exitCode)[keyof typeof exitCode]

export const exitCodeTable = `Exit status:
  0    done
  1    something unexpected: please report it
  2    wrong usage, or a file of yours that is missing, unsafe or malformed
  3    an identity was refused, by us or by the peer
  4    the network: nobody there, or the connection broke
  5    the session store
  6    the peer broke the protocol, or did not answer in time
  7    stdin or stdout failed here: the transfer was broken off
  130  interrupted`

/** The exit status for an error's code; undefined stands for an error that is not ours. */
export function exitCodeFor(code: ErrorCode | undefined): ExitCode {
  if (code === 'PEER_REJECTED') return exitCode.refused
  switch (code?.split('_')[0]) {
    case 'AUTH':
      return exitCode.refused
    case 'TRANSPORT':
      return exitCode.transport
    case 'STORE':
      return exitCode.store
    case 'PEER':
    case 'DECODE':
    case 'CRYPTO':
      return exitCode.protocol
    case 'USAGE':
      return exitCode.usage
    default:
      return exitCode.unexpected
  }
}
