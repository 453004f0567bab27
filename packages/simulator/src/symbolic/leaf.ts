import {
  credentialType,
  encode,
  type LeafNode,
  type LeafNodeSource,
  leafNode,
  type SuiteId,
  type Credential as WireCredential,
} from '@twofold/codec'
import type { Profile } from '@twofold/core'
import { findSuite, type Identity, type SignatureKey, TwofoldError } from '@twofold/interface'
import { equalBytes, noBytes } from '../bytes.ts'
import { publicOf, signSymbolically } from './suite.ts'

/** The leaf extension of profile framed (docs/protocol.md, first handshake). */
const twoPartyExtension = { type: 0xf2f0, data: Uint8Array.of(1) }

export interface NewLeaf {
  readonly identity: Identity
  readonly suites: readonly SuiteId[]
  readonly encryptionKey: Uint8Array
  readonly source: LeafNodeSource
}

/** The identity's key for the suite. Throws `USAGE_INVALID_ARGUMENT` when there is none. */
export function signatureKeyFor(identity: Identity, suite: SuiteId): SignatureKey {
  const scheme = findSuite(suite)?.signatureScheme
  const key = identity.keys.find((candidate) => candidate.scheme === scheme)
  if (key !== undefined) return key
  throw new TwofoldError('USAGE_INVALID_ARGUMENT', 'the identity has no signature key for this cipher suite')
}

export function newLeaf(options: NewLeaf, key: SignatureKey, profile: Profile): LeafNode {
  const extensions = profile === 'framed' ? [twoPartyExtension] : []
  return signedLeaf({
    encryptionKey: options.encryptionKey,
    signatureKey: publicOf(key.privateKey),
    credential: options.identity.credential as WireCredential,
    capabilities: {
      versions: [1],
      suites: options.suites,
      extensions: extensions.map((extension) => extension.type),
      proposals: [],
      credentials: [credentialType.basic, credentialType.x509],
    },
    source: options.source,
    extensions,
    signature: noBytes,
  })
}

/** With the signature that belongs to its content. */
export function signedLeaf(leaf: LeafNode): LeafNode {
  return { ...leaf, signature: signSymbolically(leaf.signatureKey, toBeSigned(leaf)) }
}

/** Throws `CRYPTO_FAILED`, and `PEER_BAD_LEAF` for one that does not belong to this profile and suite. */
export function checkLeaf(leaf: LeafNode, suite: SuiteId, profile: Profile): void {
  if (!equalBytes(signSymbolically(leaf.signatureKey, toBeSigned(leaf)), leaf.signature)) {
    throw new TwofoldError('CRYPTO_FAILED', 'a leaf does not verify')
  }
  const marked = leaf.extensions.some((extension) => extension.type === twoPartyExtension.type)
  if (!leaf.capabilities.suites.includes(suite) || marked !== (profile === 'framed')) {
    throw new TwofoldError('PEER_BAD_LEAF', 'a leaf of another cipher suite or profile')
  }
}

function toBeSigned(leaf: LeafNode): Uint8Array {
  return encode(leafNode, { ...leaf, signature: noBytes })
}
