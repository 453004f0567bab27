import type { Epoch, GroupId, SuiteId } from '@twofold/codec'
import type { Credential, Secret } from '@twofold/interface'
import type { Engine, GroupState, VerifiedCommit } from './engine.ts'
import type { ContentName, LinkId } from './names.ts'

/** The role in the first handshake; resumption does not change it (docs: crossing commits). */
export type Role = 'initiator' | 'responder'

/** The ways in which a commit of ours was sent; each has its confirmation (docs: one rule for every commit). */
export type CommitKind = 'hello' | 'update' | 'request' | 'response'

/** A commit of ours that was sent, or is about to be, and is not confirmed: repeated byte for byte, never replaced. */
export interface Pending {
  readonly kinds: readonly CommitKind[]
  /** The exact MLSMessage: a Welcome for `hello`, else a commit. */
  readonly message: Uint8Array
  readonly hash: Uint8Array
  /** The state that it leads to. */
  readonly next: GroupState
  readonly epoch: Epoch
  /** When it was made, in ms since 1970. */
  readonly madeAt: number
  /** A response to a request that we had applied before, while an older link is in use: a record there proves it late. */
  readonly doubtful: boolean
}

/**
 * - `fresh`: up, nothing resumed on it yet; `asked` and `answered` say what was sent there.
 * - `hello`: a first handshake runs on it.
 * - `live`: records flow.
 * - `silent`: an older link, only read since a request was answered on a newer one.
 */
export type LinkPhase = 'fresh' | 'hello' | 'live' | 'silent'

export interface Link {
  readonly id: LinkId
  readonly ordered: boolean
  readonly reliable: boolean
  /** Since when it has been waiting: since it came up, or since it was silenced. In ms since 1970. */
  readonly upAt: number
  readonly phase: LinkPhase
  /** We sent our pending commit there as a request. */
  readonly asked: boolean
  /** We sent a response there. */
  readonly answered: boolean
  /** We answered a request there by our own pending commit (docs: crossing commits), which happens once. */
  readonly crossed: boolean
  /** A record has opened there: alerts in clear are dropped from now on. */
  readonly opened: boolean
  /** Resumed by a commit of ours that is older than the link: a fresh one is due there (docs: exports and policy). */
  readonly heal: boolean
}

/** Who the peer is, as the authentication service said. */
export interface Peer {
  readonly identity: string
  /** Whom we dialed, when we did. */
  readonly expected: string | undefined
  readonly credential: Credential
  readonly signatureKey: Uint8Array
}

/** When the commits in force were made, in ms since 1970. */
export interface Freshness {
  readonly own: number
  /** The peer's was made after this, */
  readonly peerAfter: number
  /** and had arrived at this time. */
  readonly peerBefore: number
}

/** What two parties share: all of it is stored, except `links` and the question, which live in the state. */
export interface Session {
  readonly engine: Engine
  readonly id: GroupId
  readonly role: Role
  readonly suite: SuiteId
  /** The revision that the store holds. */
  readonly revision: number
  /** undefined only while our hello is pending: epoch 0 carries nothing. */
  readonly current: GroupState | undefined
  readonly epoch: Epoch
  readonly pending: Pending | undefined
  /** The last commit of the peer that we applied (a Welcome is one). */
  readonly applied: { readonly hash: Uint8Array; readonly content: ContentName } | undefined
  /** hash(request) -> hash(response), until the peer's next commit is applied. */
  readonly answered: { readonly request: Uint8Array; readonly response: Uint8Array } | undefined
  /** A record of the current epoch has opened. */
  readonly opened: boolean
  readonly peer: Peer
  readonly freshness: Freshness
  /** When the current epoch began here. */
  readonly epochSince: number
  /** A hello that is not confirmed by then expires; 0 when it was confirmed. */
  readonly helloExpiresAt: number
  readonly helloHash: Uint8Array
}

/** A ClientHello of ours that waits for its Welcome; its private keys live in memory only. */
export interface Offer {
  readonly engine: Engine
  readonly suite: SuiteId
  readonly message: Uint8Array
  readonly hash: Uint8Array
  readonly secrets: Secret
  readonly link: LinkId
  readonly expected: string | undefined
  /** In ms since 1970. */
  readonly madeAt: number
  readonly expiresAt: number
}

/** What the authentication service is being asked about, and what was verified before it was asked. */
export interface Question {
  readonly id: number
  readonly link: LinkId
  readonly content: ContentName
  readonly message: Uint8Array
  readonly hash: Uint8Array
  /** The session's revision at which it was asked; an answer at another one counts for nothing. */
  readonly revision: number
  readonly found: Found
}

/** The result of verifying, kept while the question is out. */
export type Found =
  | {
      readonly kind: 'hello'
      readonly engine: Engine
      readonly suite: SuiteId
      readonly expiresAt: number
      readonly peer: Omit<Peer, 'identity'>
    }
  | { readonly kind: 'welcome'; readonly state: GroupState; readonly peer: Omit<Peer, 'identity'> }
  | { readonly kind: 'commit'; readonly verified: VerifiedCommit; readonly underPending: boolean }

/** Resending on unreliable links (docs: resending). */
export interface Resend {
  readonly at: number
  readonly pauseMs: number
}
