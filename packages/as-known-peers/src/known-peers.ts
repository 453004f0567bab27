import { createHash } from 'node:crypto'
import type { AuthQuestion, AuthVerdict, Credential } from '@twofold/interface'
import { checkOptions, signatureSchemes, TwofoldError } from '@twofold/interface'
import type { AuthenticationService } from '@twofold/interface/io'
import { fileReader } from './file-reader.ts'
import type { KnownPeers } from './known-peers-file.ts'

export interface KnownPeersOptions {
  /** The file; it is read again when it has changed. */
  readonly path: string
}

/**
 * Accepts whom a known_peers file names with this very key, and nobody else. Only basic credentials, whose identity is the name
 * in UTF-8. No file means that everybody is rejected, and the reason says how to make one; a file that cannot be read is
 * `unavailable`.
 *
 * ```ts
 * const authentication = knownPeers({ path: 'known_peers' })
 * ```
 */
export function knownPeers(options: KnownPeersOptions): AuthenticationService {
  checkOptions(options, ['path'], 'knownPeers')
  const { path } = options
  if (typeof path !== 'string' || path === '')
    throw new TwofoldError('USAGE_INVALID_ARGUMENT', 'path names the known_peers file')
  const read = fileReader(path)
  return {
    async validate(question: AuthQuestion, signal: AbortSignal): Promise<AuthVerdict> {
      signal.throwIfAborted()
      const file = await read()
      signal.throwIfAborted()
      if (file.kind === 'unreadable') return { kind: 'unavailable', reason: `${path} cannot be read (${file.why})` }
      return judge(question, file.kind === 'missing' ? undefined : file.known, path)
    },
  }
}

/** `known` is undefined when there is no file. */
function judge(question: AuthQuestion, known: KnownPeers | undefined, path: string): AuthVerdict {
  const name = nameOf(question.credential)
  if (name === undefined) return reject('the peer has no basic credential with a name: known_peers knows names only')
  if (question.expected !== undefined && name !== question.expected) {
    return reject(`${quoted(question.expected)} was dialed, but ${quoted(name)} answered: check the address`)
  }
  // RFC 9420 section 5.3.1: a new credential must be a valid successor; a pinned peer may not turn into another pinned peer.
  if (question.previous !== undefined && nameOf(question.previous.credential) !== name) {
    return reject(`the peer changed its name to ${quoted(name)}: start a new session`)
  }
  if (known === undefined)
    return reject(`there is no file ${path}: make it, with a line "name scheme base64-key" for each peer`)
  return judgeKey(question, name, known, path)
}

function judgeKey(question: AuthQuestion, name: string, known: KnownPeers, path: string): AuthVerdict {
  const pins = known.peers.filter((peer) => peer.name === name)
  const pin = pins.find(
    ({ scheme, key }) =>
      signatureSchemes[scheme] === question.signatureScheme && Buffer.compare(key, question.signatureKey) === 0,
  )
  if (pin !== undefined) return { kind: 'accept', identity: name, evidence: `${path}, line ${pin.line}` }
  return reject(pins.length === 0 ? unknownName(question, name, known, path) : otherKey(question, name, pins, path))
}

function unknownName(question: AuthQuestion, name: string, { ignored }: KnownPeers, path: string): string {
  const [first] = ignored
  const hint = first === undefined ? '' : ` (line ${first.line} there was not understood: ${first.reason})`
  return (
    `${quoted(name)} is not in ${path}${hint}: ask for the fingerprint by another way, compare it with ` +
    `${fingerprint(question)}, and add the peer's line`
  )
}

function otherKey(question: AuthQuestion, name: string, pins: KnownPeers['peers'], path: string): string {
  const lines = pins.map(({ line, scheme }) => `line ${line} (${scheme})`).join(', ')
  return (
    `WARNING: ${quoted(name)} is known with another key in ${path}, ${lines}. Somebody may stand in the middle, or the key was ` +
    `changed: ask by another way whether ${fingerprint(question)} is right before you change the file`
  )
}

/** The credential's name: only bytes that are UTF-8 to the letter, so that no two byte strings have one name. */
function nameOf(credential: Credential): string | undefined {
  if (credential.kind !== 'basic') return undefined
  const name = Buffer.from(credential.identity).toString('utf8')
  return name !== '' && Buffer.compare(Buffer.from(name, 'utf8'), credential.identity) === 0 ? name : undefined
}

function fingerprint({ signatureScheme, signatureKey }: AuthQuestion): string {
  const scheme = Object.entries(signatureSchemes).find(([, number]) => number === signatureScheme)?.[0] ?? 'unknown'
  return `${scheme} SHA256:${createHash('sha256').update(signatureKey).digest('base64').replace(/=+$/, '')}`
}

/** The peer chose the name, and it may end up on a terminal or in a log. */
function quoted(name: string): string {
  const shown = name.length > 64 ? `${name.slice(0, 64)}…` : name
  return JSON.stringify(shown.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu, '?'))
}

function reject(reason: string): AuthVerdict {
  return { kind: 'reject', reason }
}
