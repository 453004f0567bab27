import {
  type Capabilities,
  credentialType,
  type Extension,
  protocolVersion,
  type SuiteId,
  toSuiteId,
  type LeafNode as WireLeafNode,
} from '@twofold/codec'
import type { LeafInfo, Profile } from '@twofold/core'
import { type Credential, type CryptoSuite, type Identity, type SignatureKey, TwofoldError } from '@twofold/interface'
import { copyOf, sameBytes } from './bytes.ts'
import type { EngineContext } from './context.ts'
import type { LeafCredential, LeafNode } from './library.ts'

/** The leaf extension of profile framed (docs/protocol.md, first handshake): one byte, the version. */
const markType = 0xf2f0
const mark = Uint8Array.of(1)

/** RFC 9420 section 7.2: extension types up to 5 are everybody's and are not listed in capabilities. */
const lastDefaultExtension = 5

export function leafExtensions(profile: Profile): Extension[] {
  return profile === 'framed' ? [{ type: markType, data: copyOf(mark) }] : []
}

/** What our leaves say that we support; `suites` in order of preference. */
export function leafCapabilities(profile: Profile, suites: readonly SuiteId[]): Capabilities {
  return {
    versions: [protocolVersion.mls10],
    suites,
    extensions: leafExtensions(profile).map((extension) => extension.type),
    proposals: [],
    credentials: [credentialType.basic, credentialType.x509],
  }
}

/**
 * Whether a leaf may be in a two-party group of this suite and profile (RFC 9420 section 7.3): what it is and has must be in
 * its own capabilities and in ours, and the profile's mark must be there. Gives what is wrong, in words for people.
 */
export function leafFault(context: EngineContext, leaf: WireLeafNode): string | undefined {
  const { versions, suites, extensions, credentials } = leaf.capabilities
  const types = leaf.extensions.map((extension) => extension.type)
  if (!versions.includes(protocolVersion.mls10)) return 'the leaf does not support MLS 1.0'
  if (!suites.includes(context.suite.id)) return 'the leaf does not support the cipher suite'
  if (leaf.encryptionKey.length !== context.suite.hpke.kem.Npk) return 'the encryption key has the wrong length'
  if (leaf.credential.kind === 'unknown') return 'the credential type is not one of ours'
  if (!credentials.includes(credentialType[leaf.credential.kind])) return 'the leaf does not support its own credential'
  if (new Set(types).size !== types.length) return 'the leaf has an extension twice'
  if (types.some((type) => type > lastDefaultExtension && !extensions.includes(type))) {
    return 'the leaf has an extension that its capabilities do not list'
  }
  // docs/protocol.md: or another application's leaf, signed with the same key, could be taken for ours.
  if (context.profile === 'framed' && !isMarked(leaf)) return 'the leaf is not one of a framed two-party group'
  return undefined
}

function isMarked(leaf: WireLeafNode): boolean {
  const found = leaf.extensions.find((extension) => extension.type === markType)
  return found !== undefined && sameBytes(found.data, mark)
}

/** RFC 9420 section 7.3: every member supports every member's credential type. */
export function supportsCredential(leaf: LeafNode, credential: LeafCredential): boolean {
  return leaf.capabilities.credentials.includes(credential.credentialType)
}

/**
 * Throws `CRYPTO_FAILED` for a key to which nobody can encrypt, such as an ML-KEM key that is not reduced. It would not show before our
 * next commit, and stop that one for ever.
 */
export async function checkEncryptionKey({ suite }: EngineContext, publicKey: Uint8Array): Promise<void> {
  await suite.hpke.kem.checkPublicKey(publicKey)
}

export function leafInfo(leaf: LeafNode): LeafInfo {
  return {
    credential: credentialOf(leaf.credential),
    signatureKey: copyOf(leaf.signaturePublicKey),
    encryptionKey: copyOf(leaf.hpkePublicKey),
    suites: leaf.capabilities.ciphersuites.map(toSuiteId),
  }
}

function kindOf(credential: LeafCredential): Credential['kind'] {
  if (credential.credentialType === credentialType.basic) return 'basic'
  return credential.credentialType === credentialType.x509 ? 'x509' : 'unknown'
}

function credentialOf(credential: LeafCredential): Credential {
  const kind = kindOf(credential)
  if (kind === 'basic') return { kind, identity: copyOf(credential.identity!) }
  if (kind === 'x509') return { kind, certificates: credential.certificates!.map(copyOf) }
  return { kind, type: credential.credentialType, data: copyOf(credential.data!) }
}

/** Whether two leaves name another holder or another key: what the authentication service is asked about again. */
export function identityChanged(before: LeafNode, after: LeafNode): boolean {
  return (
    !sameBytes(before.signaturePublicKey, after.signaturePublicKey) ||
    !sameCredential(before.credential, after.credential)
  )
}

function sameCredential(a: LeafCredential, b: LeafCredential): boolean {
  const [left, right] = [partsOf(a), partsOf(b)]
  const sameType = a.credentialType === b.credentialType && left.length === right.length
  return sameType && left.every((part, i) => sameBytes(part, right[i]!))
}

function partsOf(credential: LeafCredential): readonly Uint8Array[] {
  return credential.certificates ?? [credential.identity ?? credential.data!]
}

/** The key of the suite's signature scheme. Throws `USAGE_INVALID_ARGUMENT` where the identity has none. */
export function signingKey(identity: Identity, suite: CryptoSuite): SignatureKey {
  const { scheme } = suite.signature
  const key = identity.keys.find((candidate) => candidate.scheme === scheme)
  if (key === undefined) {
    const name = `0x${scheme.toString(16).padStart(4, '0')}`
    throw new TwofoldError('USAGE_INVALID_ARGUMENT', `the identity has no key for signature scheme ${name}`)
  }
  return key
}
