import type { Epoch, SuiteId } from './brands.ts'
import type { Codec } from './codec.ts'
import { optional, select, struct, vector } from './combinators.ts'
import { maxHash, maxKey, maxMessage } from './limits.ts'
import { type Extension, extensions, type KeyPackage, keyPackage, type LeafNode, leafNode } from './mls-leaf.ts'
import { epoch, opaque, suiteId, uint8, uint16, uint32 } from './primitives.ts'

const message: Codec<Uint8Array> = opaque({ max: maxMessage })

/** RFC 9420 section 7.6:  struct { opaque kem_output<V>; opaque ciphertext<V>; } HPKECiphertext */
export interface HpkeCiphertext {
  readonly kemOutput: Uint8Array
  readonly ciphertext: Uint8Array
}
export const hpkeCiphertext: Codec<HpkeCiphertext> = struct('HPKECiphertext', {
  kemOutput: opaque({ max: maxKey }),
  ciphertext: message,
})

/** RFC 9420 section 7.6:  struct { HPKEPublicKey encryption_key; HPKECiphertext encrypted_path_secret<V>; } UpdatePathNode */
export interface UpdatePathNode {
  readonly encryptionKey: Uint8Array
  readonly encryptedPathSecret: readonly HpkeCiphertext[]
}
export const updatePathNode: Codec<UpdatePathNode> = struct('UpdatePathNode', {
  encryptionKey: opaque({ max: maxKey }),
  encryptedPathSecret: vector(hpkeCiphertext, { max: maxMessage }),
})

/** RFC 9420 section 7.6:  struct { LeafNode leaf_node; UpdatePathNode nodes<V>; } UpdatePath */
export interface UpdatePath {
  readonly leafNode: LeafNode
  readonly nodes: readonly UpdatePathNode[]
}
export const updatePath: Codec<UpdatePath> = struct('UpdatePath', {
  leafNode,
  nodes: vector(updatePathNode, { max: maxMessage }),
})

/**
 * RFC 9420 section 8.4:
 * struct {
 *   PSKType psktype;
 *   select (PreSharedKeyID.psktype) {
 *     case external: opaque psk_id<V>;
 *     case resumption: ResumptionPSKUsage usage; opaque psk_group_id<V>; uint64 psk_epoch;
 *   };
 *   opaque psk_nonce<V>;
 * } PreSharedKeyID
 */
export interface PreSharedKeyId {
  readonly psk:
    | { readonly kind: 'external'; readonly pskId: Uint8Array }
    | { readonly kind: 'resumption'; readonly usage: number; readonly groupId: Uint8Array; readonly epoch: Epoch }
  readonly nonce: Uint8Array
}
export const preSharedKeyId: Codec<PreSharedKeyId> = struct('PreSharedKeyID', {
  psk: select<PreSharedKeyId['psk']>('PreSharedKeyID', uint8, {
    external: [1, struct('PreSharedKeyID', { pskId: message })],
    resumption: [2, struct('PreSharedKeyID', { usage: uint8, groupId: message, epoch })],
  }),
  nonce: opaque({ max: maxHash }),
})

/** RFC 9420 section 12.1.1:  struct { KeyPackage key_package; } Add */
export interface Add {
  readonly keyPackage: KeyPackage
}
export const add: Codec<Add> = struct('Add', { keyPackage })

/** RFC 9420 section 12.1.2:  struct { LeafNode leaf_node; } Update */
export interface Update {
  readonly leafNode: LeafNode
}
export const update: Codec<Update> = struct('Update', { leafNode })

/** RFC 9420 section 12.1.3:  struct { uint32 removed; } Remove */
export interface Remove {
  readonly removed: number
}
export const remove: Codec<Remove> = struct('Remove', { removed: uint32 })

/** RFC 9420 section 12.1.4:  struct { PreSharedKeyID psk; } PreSharedKey */
export interface PreSharedKey {
  readonly psk: PreSharedKeyId
}
export const preSharedKey: Codec<PreSharedKey> = struct('PreSharedKey', { psk: preSharedKeyId })

/**
 * RFC 9420 section 12.1.5:
 * struct { opaque group_id<V>; ProtocolVersion version; CipherSuite cipher_suite; Extension extensions<V>; } ReInit
 */
export interface ReInit {
  readonly groupId: Uint8Array
  readonly version: number
  readonly suite: SuiteId
  readonly extensions: readonly Extension[]
}
export const reInit: Codec<ReInit> = struct('ReInit', { groupId: message, version: uint16, suite: suiteId, extensions })

/** RFC 9420 section 12.1.6:  struct { opaque kem_output<V>; } ExternalInit */
export interface ExternalInit {
  readonly kemOutput: Uint8Array
}
export const externalInit: Codec<ExternalInit> = struct('ExternalInit', { kemOutput: opaque({ max: maxKey }) })

/** RFC 9420 section 12.1.7:  struct { Extension extensions<V>; } GroupContextExtensions */
export interface GroupContextExtensions {
  readonly extensions: readonly Extension[]
}
export const groupContextExtensions: Codec<GroupContextExtensions> = struct('GroupContextExtensions', { extensions })

/**
 * RFC 9420 section 12.1:  struct { ProposalType proposal_type; select (Proposal.proposal_type) {...}; } Proposal
 * A type that we do not know is an error: nothing tells how long it is.
 */
export type Proposal =
  | ({ readonly kind: 'add' } & Add)
  | ({ readonly kind: 'update' } & Update)
  | ({ readonly kind: 'remove' } & Remove)
  | ({ readonly kind: 'psk' } & PreSharedKey)
  | ({ readonly kind: 'reinit' } & ReInit)
  | ({ readonly kind: 'external_init' } & ExternalInit)
  | ({ readonly kind: 'group_context_extensions' } & GroupContextExtensions)
export const proposal: Codec<Proposal> = select<Proposal>('Proposal', uint16, {
  add: [1, add],
  update: [2, update],
  remove: [3, remove],
  psk: [4, preSharedKey],
  reinit: [5, reInit],
  external_init: [6, externalInit],
  group_context_extensions: [7, groupContextExtensions],
})

/**
 * RFC 9420 section 12.4:
 * struct { ProposalOrRefType type; select (ProposalOrRef.type) { case proposal: Proposal proposal; case reference: ProposalRef reference; }; } ProposalOrRef
 */
export type ProposalOrRef =
  | { readonly kind: 'proposal'; readonly proposal: Proposal }
  | { readonly kind: 'reference'; readonly reference: Uint8Array }
export const proposalOrRef: Codec<ProposalOrRef> = select<ProposalOrRef>('ProposalOrRef', uint8, {
  proposal: [1, struct('ProposalOrRef', { proposal })],
  reference: [2, struct('ProposalOrRef', { reference: opaque({ max: maxHash }) })],
})

/** RFC 9420 section 12.4:  struct { ProposalOrRef proposals<V>; optional<UpdatePath> path; } Commit */
export interface Commit {
  readonly proposals: readonly ProposalOrRef[]
  readonly path: UpdatePath | undefined
}
export const commit: Codec<Commit> = struct('Commit', {
  proposals: vector(proposalOrRef, { max: maxMessage }),
  path: optional(updatePath),
})
