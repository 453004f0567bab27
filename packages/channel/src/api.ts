import type { Credential, CryptoProvider, ErrorCode, Identity, SuiteId, SuiteInfo } from '@twofold/interface'
import type { AuthenticationService, Store, Transport } from '@twofold/interface/io'

/** What every channel of an endpoint shares. Defaults are in `defaults` of @twofold/core and in docs of this package. */
export interface EndpointOptions {
  readonly identity: Identity
  /** The crypto backend, for example `nodeCrypto` of @twofold/crypto-node. */
  readonly crypto: CryptoProvider
  readonly store: Store
  readonly authentication: AuthenticationService
  /**
   * Cipher suites that are accepted, most preferred first, by number or name; default: 0xF002 alone. A suite without post-quantum
   * confidentiality is used only when it is named here.
   */
  readonly suites?: readonly (SuiteId | number | string)[]
  /** When an update is made without being asked for; the first limit that is reached counts. Infinity switches one off. */
  readonly update?: UpdatePolicy
  /** How commits are framed: encrypted (default) or as PublicMessages. */
  readonly commits?: 'private' | 'public'
  /** A handshake or resumption that takes longer fails with `PEER_TIMEOUT`; default 10 s. */
  readonly handshakeTimeoutMs?: number
  /** Most half-open handshakes at a listener, over all peers (default 256) and for one peer address (default 32). */
  readonly halfOpen?: number
  readonly halfOpenPerAddress?: number
}

export interface UpdatePolicy {
  /** Default 120 s. */
  readonly everyMs?: number
  /** Default 1 GiB, both directions together. */
  readonly everyBytes?: number
  /** Default 2^23, both directions together. */
  readonly everyRecords?: number
}

export interface ConnectOptions {
  readonly transport: Transport
  /** Whom to reach: the identity that the authentication service must give. */
  readonly expected?: string
  /** Goes on with a stored session (`channel.session`) in place of a first handshake. */
  readonly session?: string
  readonly signal?: AbortSignal
}

export interface ListenOptions {
  readonly transport: Transport
  readonly signal?: AbortSignal
  /** Told of attempts that failed, with where they came from; by default nobody is. */
  readonly onFailure?: (failure: { readonly code: ErrorCode; readonly remote: string; readonly error: unknown }) => void
}

/** Meets peers in both roles; its channels share one store, so that each session has one owner in this process. */
export interface Endpoint extends AsyncDisposable {
  /** Rejects with `TRANSPORT_…`, `PEER_…`, `AUTH_…`, or the signal's reason. */
  connect(options: ConnectOptions): Promise<Channel>
  listen(options: ListenOptions): Promise<ChannelListener>
  /** The sessions in the store. */
  sessions(): Promise<readonly SessionSummary[]>
  /** Ends the session's channel, if there is one, and erases the session here. */
  forget(session: string): Promise<void>
  /** Ends every channel and listener. Sessions stay in the store, which stays open: it is the application's. */
  close(): Promise<void>
}

export interface SessionSummary {
  readonly session: string
  readonly role: 'initiator' | 'responder'
  readonly suite: SuiteInfo
  readonly epoch: bigint
  /** Who the peer is, as the authentication service said. */
  readonly peer: string
  /** A hello of ours that the initiator has not confirmed yet. */
  readonly unconfirmed: boolean
}

/** Gives a channel for every peer that has shown who it is and that it holds the keys. */
export interface ChannelListener extends AsyncIterable<Channel>, AsyncDisposable {
  readonly address: string
  /** Stops accepting. Channels that were handed out live on. */
  close(): Promise<void>
}

/** What the handshake or resumption on this link took. Bytes count whole frames, without the transport's prefix. */
export interface HandshakeFigures {
  readonly sentBytes: number
  readonly receivedBytes: number
  readonly ms: number
}

/** How fresh the keys are and what they withstand. Times are ms since 1970. */
export interface Security {
  readonly suite: SuiteInfo
  readonly postQuantumConfidentiality: boolean
  readonly postQuantumAuthentication: boolean
  readonly epoch: bigint
  /** When our commit in force was made: whoever stole our state before that is locked out again, once the peer's is newer too. */
  readonly own: { readonly madeAt: number }
  /** The peer's commit in force was made between these two times. */
  readonly peer: { readonly madeAfter: number; readonly madeBefore: number }
}

export interface ChannelEvents {
  /** A new epoch is in force and confirmed as far as this side may use it; numbers may be skipped. */
  readonly epoch: { readonly epoch: bigint }
}

/** Why a channel ended: `code` is undefined after a clean end of either side. */
export interface ChannelEnd {
  readonly code: ErrorCode | undefined
  readonly error: unknown
}

/**
 * A secure channel over one link. When the link ends the channel ends with it and the session stays in the store: go on by
 * `connect({ session })` or wait for the peer at a listener, which then gives a new channel.
 */
export interface Channel extends AsyncDisposable {
  /** The session's id: the MLS group id in hexadecimal. */
  readonly session: string
  readonly role: 'initiator' | 'responder'
  readonly suite: SuiteInfo
  readonly peer: { readonly identity: string; readonly credential: Credential; readonly signatureKey: Uint8Array }
  /** Whether it goes on with a stored session. */
  readonly resumed: boolean
  readonly handshake: HandshakeFigures
  /** Where the other end of the link is, for people. */
  readonly remote: string
  readonly epoch: bigint
  /**
   * Bytes of the peer, in order; on ordered links each chunk is what one write of at most 64 KiB was. Ends when the peer closed its
   * writable, errors when the link broke. Reading is what lets the peer go on (back-pressure), also with its key updates.
   */
  readonly readable: ReadableStream<Uint8Array>
  /** Bytes for the peer. Closing it tells the peer that no more will come; what the peer sends still arrives. */
  readonly writable: WritableStream<Uint8Array>
  /** Settles when the channel has ended, never rejects. */
  readonly closed: Promise<ChannelEnd>
  /**
   * MLS-Exporter (RFC 9420 section 8.5) of the current epoch: `length` bytes for another protocol. Throws `USAGE_RESERVED_LABEL` for labels
   * that begin with "MLS-TLS", `USAGE_CLOSED` after the end.
   */
  export(label: string, context: Uint8Array, length: number): Promise<Uint8Array>
  /** Renews our keys; resolves with the epoch in which a commit of ours is confirmed. One that gave way in a crossing is made again. */
  update(options?: { readonly signal?: AbortSignal }): Promise<bigint>
  security(): Security
  /** Returns a function that takes the listener away again. */
  on<Name extends keyof ChannelEvents>(name: Name, listener: (event: ChannelEvents[Name]) => void): () => void
  /**
   * Sends what was written, ends the link and keeps the session. While a writer holds the lock of `writable`, that is what its
   * writes have settled for: close the writer first.
   */
  close(): Promise<void>
  /** Ends the link and erases the session here; the peer learns it when it asks for it. */
  forget(): Promise<void>
}
