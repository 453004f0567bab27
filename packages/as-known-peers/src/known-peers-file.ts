import { type SignatureName, signatureSchemes, TwofoldError } from '@twofold/interface'

/** One pinned key. */
export interface KnownPeer {
  /** 1 to 255 bytes of UTF-8 without whitespace and control characters; does not begin with `#`. */
  readonly name: string
  readonly scheme: SignatureName
  /** The public key as the RFC of the scheme has it. */
  readonly key: Uint8Array
  readonly comment?: string
}

/** A line that pins nothing, and why. */
export interface IgnoredLine {
  /** From 1. */
  readonly line: number
  readonly reason: string
}

export interface KnownPeers {
  readonly peers: readonly (KnownPeer & { readonly line: number })[]
  /** Lines that are neither empty, nor a comment, nor understood; they pin nobody. */
  readonly ignored: readonly IgnoredLine[]
}

/** Npk of each scheme: RFC 9420 section 5.1.1, FIPS 204 table 2. */
const keyLengths: Readonly<Record<SignatureName, number>> = {
  P256: 65,
  P384: 97,
  P521: 133,
  Ed25519: 32,
  Ed448: 57,
  MLDSA44: 1312,
  MLDSA65: 1952,
  MLDSA87: 2592,
}

/** Reads the text of a known_peers file: lines of `name scheme base64-key [comment]`, empty lines, and `#` comments. Never throws. */
export function parseKnownPeers(text: string): KnownPeers {
  const peers: (KnownPeer & { readonly line: number })[] = []
  const ignored: IgnoredLine[] = []
  for (const [index, content] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const line = index + 1
    if (/^[ \t]*(#|$)/.test(content)) continue
    const parsed = parseLine(content)
    if (typeof parsed === 'string') ignored.push({ line, reason: parsed })
    else peers.push({ ...parsed, line })
  }
  return { peers, ignored }
}

/** One line of the file, without its end. Throws `USAGE_INVALID_ARGUMENT` for what would not be read back the same. */
export function formatKnownPeer({ name, scheme, key, comment }: KnownPeer): string {
  const problem = nameProblem(name) ?? keyProblem(scheme, key) ?? commentProblem(comment)
  if (problem !== undefined) throw new TwofoldError('USAGE_INVALID_ARGUMENT', problem)
  const line = `${name} ${scheme} ${Buffer.from(key).toString('base64')}`
  return comment === undefined || comment === '' ? line : `${line} ${comment}`
}

/** The line's pin, or what is wrong with it. */
function parseLine(content: string): KnownPeer | string {
  const [, name = '', scheme = '', encoded = '', comment = ''] =
    /^[ \t]*([^ \t]+)[ \t]+([^ \t]+)[ \t]+([^ \t]+)[ \t]*(.*?)[ \t]*$/.exec(content) ?? []
  if (name === '') return 'it is not of the form: name scheme base64-key'
  const problem = nameProblem(name)
  if (problem !== undefined) return problem
  const key = decodeBase64(encoded)
  if (key === undefined) return 'the key is not base64'
  if (!isScheme(scheme)) return unknownScheme()
  return keyProblem(scheme, key) ?? { name, scheme, key, ...(comment === '' ? {} : { comment }) }
}

function nameProblem(name: string): string | undefined {
  if (typeof name !== 'string' || name === '') return 'a name has at least one character'
  if (!name.isWellFormed() || Buffer.byteLength(name) > 255) return 'a name has at most 255 bytes of UTF-8'
  if (/[\s\p{Cc}\p{Cf}\uFFFD]/u.test(name)) return 'a name has no whitespace and no invisible characters'
  return name.startsWith('#') ? 'a name does not begin with #' : undefined
}

function keyProblem(scheme: SignatureName, key: Uint8Array): string | undefined {
  if (!isScheme(scheme)) return unknownScheme()
  if (!(key instanceof Uint8Array)) return 'a key is a Uint8Array'
  const length = keyLengths[scheme]
  return key.length === length ? undefined : `a key of ${scheme} has ${length} bytes, not ${key.length}`
}

function commentProblem(comment: string | undefined): string | undefined {
  if (comment === undefined) return undefined
  return /\p{Cc}/u.test(comment) || comment !== comment.trim()
    ? 'a comment is one line without space around it'
    : undefined
}

function isScheme(scheme: string): scheme is SignatureName {
  return Object.hasOwn(signatureSchemes, scheme)
}

function unknownScheme(): string {
  return `the scheme is none of ${Object.keys(signatureSchemes).join(', ')}`
}

/** Strict: `Buffer` alone would skip over what is not base64. */
function decodeBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? new Uint8Array(bytes) : undefined
}
