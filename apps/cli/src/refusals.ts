import { readFile } from 'node:fs/promises'
import { formatKnownPeer, parseKnownPeers } from '@twofold/as-known-peers'
import { type AuthQuestion, codeOf, type SignatureName, signatureSchemes } from '@twofold/interface'
import type { AuthenticationService } from '@twofold/interface/io'
import { CliError, toCliError } from './cli-error.ts'
import { exitCode } from './exit-codes.ts'
import type { Files } from './files.ts'
import { shellQuote } from './private-file.ts'

/** An authentication service that remembers whom it refused last, so that the program can say what to do about it. */
export interface RememberingService extends AuthenticationService {
  lastRefusal(): Refusal | undefined
}

export interface Refusal {
  readonly question: AuthQuestion
  readonly reason: string
}

export function remembering(service: AuthenticationService): RememberingService {
  let last: Refusal | undefined
  return {
    async validate(question, signal) {
      const verdict = await service.validate(question, signal)
      last = verdict.kind === 'accept' ? last : { question, reason: verdict.reason }
      return verdict
    },
    lastRefusal: () => last,
  }
}

export interface RefusalContext {
  readonly files: Files
  readonly service: RememberingService
  /** Our own lines for the other side's known_peers. */
  readonly ownLines: readonly string[]
}

/** An error of a handshake or channel; for a refused identity with the line that is missing, here or there. */
export async function explain(error: unknown, context: RefusalContext): Promise<CliError> {
  const code = codeOf(error)
  if (code === 'PEER_REJECTED') return refusedThere(error, context.ownLines)
  const refusal = context.service.lastRefusal()
  if (code !== 'AUTH_REJECTED' || refusal === undefined) return toCliError(error)
  const hint = await missingLine(refusal.question, context.files)
  return new CliError(exitCode.refused, code, `the peer was refused: ${refusal.reason}`, hint, { cause: error })
}

function refusedThere(error: unknown, lines: readonly string[]): CliError {
  const hint = `it does not know this key under our name. Our line for its known_peers:\n  ${lines.join('\n  ')}`
  return new CliError(exitCode.refused, 'PEER_REJECTED', 'the peer refused us', hint, { cause: error })
}

/** Only for a name that is not pinned: another key under a known name is a warning, not a thing to paste over. */
async function missingLine(question: AuthQuestion, { knownPeers }: Files): Promise<string> {
  const line = lineOf(question)
  if (line === undefined) return 'see what the other side prints, then check the address'
  const text = await readFile(knownPeers, 'utf8').catch(() => '')
  if (parseKnownPeers(text).peers.some(({ name }) => line.startsWith(`${name} `))) {
    return `if the peer says by another way that its key is a new one, put its line in place of the old one in ${knownPeers}`
  }
  return `if the peer says by another way that this is its key, add its line to ${knownPeers}:\n  ${line}\n  (echo ${shellQuote(line)} >> ${shellQuote(knownPeers)})`
}

/** Undefined for what a known_peers file cannot hold: its name must be fit to be printed, too. */
function lineOf({ credential, signatureScheme, signatureKey, expected }: AuthQuestion): string | undefined {
  if (credential.kind !== 'basic') return undefined
  const name = Buffer.from(credential.identity).toString('utf8')
  const scheme = Object.entries(signatureSchemes).find(([, number]) => number === signatureScheme)?.[0]
  if (scheme === undefined || (expected !== undefined && expected !== name)) return undefined
  try {
    return formatKnownPeer({ name, scheme: scheme as SignatureName, key: signatureKey })
  } catch {
    return undefined
  }
}
