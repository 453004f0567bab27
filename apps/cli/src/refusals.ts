import { readFile } from 'node:fs/promises'
import { formatKnownPeer, parseKnownPeers } from '@twofold/as-known-peers'
import { type AuthQuestion, codeOf, type SignatureName, signatureSchemes } from '@twofold/interface'
import type { AuthenticationService } from '@twofold/interface/io'
import { CliError, type Side, toCliError } from './cli-error.ts'
import { exitCode } from './exit-codes.ts'
import type { Files } from './files.ts'
import { fingerprint, fingerprints } from './fingerprint.ts'
import { knownPeersLines, type NamedIdentity } from './identity-file.ts'
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
  readonly side: Side
  readonly files: Files
  readonly service: RememberingService
  readonly identity: NamedIdentity
}

/** An error of a handshake or channel; for a refused identity with the line that is missing, here or there. */
export async function explain(error: unknown, context: RefusalContext): Promise<CliError> {
  const code = codeOf(error)
  if (code === 'PEER_REJECTED') return refusedThere(error, context.identity)
  const refusal = context.service.lastRefusal()
  if (code !== 'AUTH_REJECTED' || refusal === undefined) return toCliError(error, { side: context.side })
  const hint = await missingLine(refusal, context.files)
  return new CliError(exitCode.refused, code, `the peer was refused: ${refusal.reason}`, hint, { cause: error })
}

/** The peer does not say why. */
function refusedThere(error: unknown, identity: NamedIdentity): CliError {
  const own = [...knownPeersLines(identity), ...fingerprints(identity)]
  const hint =
    'it expected somebody else, or has no key or another key for our name. ' +
    `Our line for its known_peers, and our fingerprint:\n  ${own.join('\n  ')}`
  return new CliError(exitCode.refused, 'PEER_REJECTED', 'the peer refused us', hint, { cause: error })
}

/** Only for a name that is not pinned: another key under a known name is a warning, not a thing to paste over. */
async function missingLine({ question, reason }: Refusal, { knownPeers }: Files): Promise<string> {
  const line = lineOf(question)
  if (line === undefined) return 'the other side prints who refused whom'
  const text = await readFile(knownPeers, 'utf8').catch(() => '')
  const source = whereFingerprintIs(question, reason)
  if (parseKnownPeers(text).peers.some(({ name }) => line.startsWith(`${name} `))) return source
  return `${source} The line for ${knownPeers}:\n  ${line}\n  (echo ${shellQuote(line)} >> ${shellQuote(knownPeers)})`
}

/** What the reason says already is not said again. */
function whereFingerprintIs({ signatureScheme, signatureKey }: AuthQuestion, reason: string): string {
  const print = fingerprint(schemeName(signatureScheme) ?? 'unknown', signatureKey)
  return reason.includes(print)
    ? 'The peer finds its fingerprint by `twofold keygen --show`.'
    : `First ask by another way for the fingerprint that \`twofold keygen --show\` prints there: it must be ${print}.`
}

function schemeName(wanted: number): SignatureName | undefined {
  const found = Object.entries(signatureSchemes).find(([, number]) => number === wanted)
  return found?.[0] as SignatureName | undefined
}

/** Undefined for what a known_peers file cannot hold: its name must be fit to be printed, too. */
function lineOf({ credential, signatureScheme, signatureKey, expected }: AuthQuestion): string | undefined {
  if (credential.kind !== 'basic') return undefined
  const name = Buffer.from(credential.identity).toString('utf8')
  const scheme = schemeName(signatureScheme)
  if (scheme === undefined || (expected !== undefined && expected !== name)) return undefined
  try {
    return formatKnownPeer({ name, scheme, key: signatureKey })
  } catch {
    return undefined
  }
}
