import type { Epoch, GroupId, SuiteId } from '@twofold/codec'
import type { Credential, Identity, MaybePromise, Secret } from '@twofold/interface'

declare const groupState: unique symbol

/** An MLS group state of one epoch, opaque to core and never changed by an engine: each change gives a new one. */
export interface GroupState {
  readonly [groupState]: true
}

/** `bare` is the draft to the letter; `framed` adds the leaf extension 0xF2F0 and what docs/protocol.md says. */
export type Profile = 'bare' | 'framed'

/** How commits are sent: encrypted (the default), or signed and authenticated in clear. */
export type CommitFraming = 'private' | 'public'

/** What of a leaf node (RFC 9420 section 7.2) core and the authentication service look at. */
export interface LeafInfo {
  readonly credential: Credential
  readonly signatureKey: Uint8Array
  readonly encryptionKey: Uint8Array
  /** The cipher suites of the leaf's signed capabilities, in its order of preference. */
  readonly suites: readonly SuiteId[]
}

export interface KeyPackageInfo {
  readonly suite: SuiteId
  readonly leaf: LeafInfo
  /** End of the lifetime, in ms since 1970. */
  readonly expiresAt: number
}

export interface CreateKeyPackage {
  readonly identity: Identity
  /** Every suite that we would accept, in order of preference. */
  readonly suites: readonly SuiteId[]
  /** Now, in ms since 1970. */
  readonly at: number
  readonly lifetimeMs: number
}

export interface CreateGroup {
  readonly groupId: GroupId
  readonly identity: Identity
  readonly suites: readonly SuiteId[]
  /** The peer's MLSMessage with a KeyPackage; `inspectKeyPackage` accepted it before. */
  readonly keyPackage: Uint8Array
  readonly at: number
  readonly lifetimeMs: number
}

export interface JoinGroup {
  /** The peer's MLSMessage with a Welcome. */
  readonly welcome: Uint8Array
  /** What `createKeyPackage` gave. */
  readonly keyPackage: Uint8Array
  readonly secrets: Secret
  readonly at: number
}

export interface VerifiedCommit {
  /** The state that the commit leads to; the given one is untouched. */
  readonly next: GroupState
  /** The committer's leaf before and after. */
  readonly previous: LeafInfo
  readonly leaf: LeafInfo
  /** Whether the credential or the signature key differs between the two. */
  readonly identityChanged: boolean
}

/**
 * What core asks MLS for. One engine serves one cipher suite and one profile. No call changes what it is given; bytes are
 * borrowed while a call runs and results are fresh. Bytes that do not parse, verify or fit throw an error with a code
 * (`DECODE_…`, `PEER_…`, `CRYPTO_FAILED`), and nothing else: an engine maps whatever its library throws.
 *
 * An engine refuses by itself what docs/protocol.md forbids to every two-party group: more or fewer than two leaves,
 * proposals of any kind, a commit that is not the other leaf's or has no path, changed GroupContext extensions, non-empty
 * authenticated data, a leaf without the profile's extension, repeated encryption keys, and encodings that are not canonical.
 */
export interface Engine {
  readonly name: string
  readonly suite: SuiteId
  readonly profile: Profile
  /** Length of exported traffic secrets in bytes: Nh of the suite. */
  readonly Nh: number

  /** The suite's hash, for recognising messages that come again. */
  hash(data: Uint8Array): MaybePromise<Uint8Array>

  /** An MLSMessage with a fresh KeyPackage (RFC 9420 section 10), and the private keys that `join` wants back. */
  createKeyPackage(options: CreateKeyPackage): MaybePromise<{ readonly message: Uint8Array; readonly secrets: Secret }>

  /**
   * Verifies a peer's KeyPackage as far as that goes without the authentication service: signatures, lifetime (with 5 minutes of clock skew),
   * suite, version and credential type listed in the capabilities, the profile's extension. Throws
   * `PEER_BAD_KEY_PACKAGE`, `PEER_BAD_LIFETIME`, `PEER_SUITE_REFUSED`, `DECODE_…`, `CRYPTO_FAILED`.
   */
  inspectKeyPackage(message: Uint8Array, at: number): MaybePromise<KeyPackageInfo>

  /** Creates a group and adds the peer: the state of epoch 1, and the MLSMessage with the Welcome. */
  createGroup(options: CreateGroup): MaybePromise<{ readonly welcome: Uint8Array; readonly state: GroupState }>

  /**
   * Joins by a Welcome. Verifies: epoch 1, exactly two leaves, signer is leaf 0, our leaf byte for byte as sent, group id of 16 to 32 bytes,
   * known GroupContext extensions only, no PSK. Throws `PEER_BAD_WELCOME` and the like; `secrets` stay usable then.
   */
  join(options: JoinGroup): MaybePromise<{ readonly state: GroupState; readonly creator: LeafInfo }>

  /** An empty commit with a path (RFC 9420 section 12.4): its MLSMessage, and the state it leads to. Not repeatable: call it once per state. */
  commit(
    state: GroupState,
    framing: CommitFraming,
  ): MaybePromise<{ readonly message: Uint8Array; readonly next: GroupState }>

  /** Verifies an MLSMessage with a commit of the other leaf at this state's epoch, without merging it. */
  verify(state: GroupState, message: Uint8Array): MaybePromise<VerifiedCommit>

  epoch(state: GroupState): Epoch
  groupId(state: GroupState): GroupId
  /** Our leaf and the peer's. */
  leaves(state: GroupState): { readonly own: LeafInfo; readonly peer: LeafInfo }

  /** MLS-Exporter (RFC 9420 section 8.5). Throws `USAGE_EXPORT_UNAVAILABLE` for a state that was stored without it. */
  export(state: GroupState, label: string, context: Uint8Array, length: number): MaybePromise<Uint8Array>

  /** RFC 9420 section 8.7. */
  epochAuthenticator(state: GroupState): Uint8Array

  /** Bytes for the store. `exporter: false` leaves the exporter secret out, so that records of the epoch cannot be opened with them. */
  encode(state: GroupState, options: { readonly exporter: boolean }): Uint8Array

  /** Throws `STORE_CORRUPT`. Keeps no view into `bytes`. */
  decode(bytes: Uint8Array): GroupState

  /** Wipes the secrets of a state that was left, except for buffers that the states in `keep` still use. */
  leave(state: GroupState, keep: readonly GroupState[]): void
}
