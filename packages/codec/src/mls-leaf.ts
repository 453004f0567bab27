import type { Epoch, SuiteId } from './brands.ts'
import type { Codec } from './codec.ts'
import { select, struct, vector } from './combinators.ts'
import { maxCapability, maxCredential, maxHash, maxKey, maxMessage, maxSignature } from './limits.ts'
import { epoch, opaque, suiteId, uint8, uint16, uint64 } from './primitives.ts'

/** RFC 9420 section 6:  enum { reserved(0), mls10(1), (65535) } ProtocolVersion. Others survive as numbers. */
export const protocolVersion = { mls10: 1 } as const

/** RFC 9420 section 5.3. Others survive as numbers. */
export const credentialType = { basic: 1, x509: 2 } as const

/** RFC 9420 section 17.3. Others survive as numbers. */
export const extensionType = {
  application_id: 1,
  ratchet_tree: 2,
  required_capabilities: 3,
  external_pub: 4,
  external_senders: 5,
} as const

const key: Codec<Uint8Array> = opaque({ max: maxKey })
const hash: Codec<Uint8Array> = opaque({ max: maxHash })
const signature: Codec<Uint8Array> = opaque({ max: maxSignature })
const message: Codec<Uint8Array> = opaque({ max: maxMessage })
const codes: Codec<readonly number[]> = vector(uint16, { max: maxCapability })

/**
 * RFC 9420 section 5.3:
 * struct {
 *   CredentialType credential_type;
 *   select (Credential.credential_type) {
 *     case basic: opaque identity<V>;
 *     case x509: Certificate certificates<V>;   struct { opaque cert_data<V>; } Certificate
 *   };
 * } Credential
 * A type that we do not know is read as one vector, as all known ones are. At most `maxCredential` bytes.
 */
export type Credential =
  | { readonly kind: 'basic'; readonly identity: Uint8Array }
  | { readonly kind: 'x509'; readonly certificates: readonly Uint8Array[] }
  | { readonly kind: 'unknown'; readonly type: number; readonly data: Uint8Array }
export const credential: Codec<Credential> = select<Credential>(
  'Credential',
  uint16,
  {
    basic: [credentialType.basic, struct('Basic', { identity: opaque({ max: maxCredential }) })],
    x509: [
      credentialType.x509,
      struct('X509', { certificates: vector(opaque({ max: maxCredential }), { max: maxCredential }) }),
    ],
  },
  struct('Credential', { data: opaque({ max: maxCredential }) }),
)

/** RFC 9420 section 7.2:  struct { ExtensionType extension_type; opaque extension_data<V>; } Extension */
export interface Extension {
  readonly type: number
  readonly data: Uint8Array
}
export const extension: Codec<Extension> = struct('Extension', { type: uint16, data: message })
export const extensions: Codec<readonly Extension[]> = vector(extension, { max: maxMessage })

/**
 * RFC 9420 section 7.2:
 * struct { ProtocolVersion versions<V>; CipherSuite cipher_suites<V>; ExtensionType extensions<V>;
 *          ProposalType proposals<V>; CredentialType credentials<V>; } Capabilities
 */
export interface Capabilities {
  readonly versions: readonly number[]
  readonly suites: readonly SuiteId[]
  readonly extensions: readonly number[]
  readonly proposals: readonly number[]
  readonly credentials: readonly number[]
}
export const capabilities: Codec<Capabilities> = struct('Capabilities', {
  versions: codes,
  suites: vector(suiteId, { max: maxCapability }),
  extensions: codes,
  proposals: codes,
  credentials: codes,
})

/** RFC 9420 section 7.2:  struct { uint64 not_before; uint64 not_after; } Lifetime, in seconds since 1970 */
export interface Lifetime {
  readonly notBefore: bigint
  readonly notAfter: bigint
}
export const lifetime: Codec<Lifetime> = struct('Lifetime', { notBefore: uint64, notAfter: uint64 })

/**
 * RFC 9420 section 7.2:
 * LeafNodeSource leaf_node_source;
 * select (LeafNode.leaf_node_source) { case key_package: Lifetime lifetime; case update: struct {}; case commit: opaque parent_hash<V>; }
 */
export type LeafNodeSource =
  | { readonly kind: 'key_package'; readonly lifetime: Lifetime }
  | { readonly kind: 'update' }
  | { readonly kind: 'commit'; readonly parentHash: Uint8Array }
export const leafNodeSource: Codec<LeafNodeSource> = select<LeafNodeSource>('LeafNodeSource', uint8, {
  key_package: [1, struct('LeafNodeSource', { lifetime })],
  update: [2, struct('LeafNodeSource', {})],
  commit: [3, struct('LeafNodeSource', { parentHash: hash })],
})

/**
 * RFC 9420 section 7.2:
 * struct { HPKEPublicKey encryption_key; SignaturePublicKey signature_key; Credential credential; Capabilities capabilities;
 *          LeafNodeSource leaf_node_source; select (...) {...}; Extension extensions<V>; opaque signature<V>; } LeafNode
 */
export interface LeafNode {
  readonly encryptionKey: Uint8Array
  readonly signatureKey: Uint8Array
  readonly credential: Credential
  readonly capabilities: Capabilities
  readonly source: LeafNodeSource
  readonly extensions: readonly Extension[]
  readonly signature: Uint8Array
}
export const leafNode: Codec<LeafNode> = struct('LeafNode', {
  encryptionKey: key,
  signatureKey: key,
  credential,
  capabilities,
  source: leafNodeSource,
  extensions,
  signature,
})

/**
 * RFC 9420 section 10:
 * struct { ProtocolVersion version; CipherSuite cipher_suite; HPKEPublicKey init_key; LeafNode leaf_node;
 *          Extension extensions<V>; opaque signature<V>; } KeyPackage
 */
export interface KeyPackage {
  readonly version: number
  readonly suite: SuiteId
  readonly initKey: Uint8Array
  readonly leafNode: LeafNode
  readonly extensions: readonly Extension[]
  readonly signature: Uint8Array
}
export const keyPackage: Codec<KeyPackage> = struct('KeyPackage', {
  version: uint16,
  suite: suiteId,
  initKey: key,
  leafNode,
  extensions,
  signature,
})

/**
 * RFC 9420 section 8.1:
 * struct { ProtocolVersion version = mls10; CipherSuite cipher_suite; opaque group_id<V>; uint64 epoch; opaque tree_hash<V>;
 *          opaque confirmed_transcript_hash<V>; Extension extensions<V>; } GroupContext
 */
export interface GroupContext {
  readonly version: number
  readonly suite: SuiteId
  readonly groupId: Uint8Array
  readonly epoch: Epoch
  readonly treeHash: Uint8Array
  readonly confirmedTranscriptHash: Uint8Array
  readonly extensions: readonly Extension[]
}
export const groupContext: Codec<GroupContext> = struct('GroupContext', {
  version: uint16,
  suite: suiteId,
  groupId: message,
  epoch,
  treeHash: hash,
  confirmedTranscriptHash: hash,
  extensions,
})

/**
 * RFC 9420 section 11.1, the data of the extension required_capabilities:
 * struct { ExtensionType extension_types<V>; ProposalType proposal_types<V>; CredentialType credential_types<V>; } RequiredCapabilities
 */
export interface RequiredCapabilities {
  readonly extensions: readonly number[]
  readonly proposals: readonly number[]
  readonly credentials: readonly number[]
}
export const requiredCapabilities: Codec<RequiredCapabilities> = struct('RequiredCapabilities', {
  extensions: codes,
  proposals: codes,
  credentials: codes,
})

/** RFC 9420 section 12.1.8.1:  struct { SignaturePublicKey signature_key; Credential credential; } ExternalSender */
export interface ExternalSender {
  readonly signatureKey: Uint8Array
  readonly credential: Credential
}
export const externalSender: Codec<ExternalSender> = struct('ExternalSender', { signatureKey: key, credential })

/** RFC 9420 section 12.1.8.1, the data of the extension external_senders. */
export const externalSenders: Codec<readonly ExternalSender[]> = vector(externalSender, { max: maxMessage })
