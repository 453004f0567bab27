import type { AuthQuestion, AuthVerdict } from './identity.ts'

/** What a connection promises; the protocol adapts to it. */
export interface ConnectionProperties {
  /** Frames arrive in the order in which they were written. */
  readonly ordered: boolean
  /** Frames arrive, or the connection ends. */
  readonly reliable: boolean
  /** The longest frame that goes through, in bytes. */
  readonly maxFrame: number
  /** Whom the limits per peer address count, for people to read; not an identity. */
  readonly remote: string
}

/**
 * One connection of whole frames, 1 to `maxFrame` bytes each. A written chunk is one frame and belongs to the connection
 * from then on; a read chunk is one frame and belongs to the reader. Back-pressure by the streams: a write settles when
 * the connection can take more.
 */
export interface Connection {
  /** Closes when the peer ended its side, errors with `TRANSPORT_…` when the connection broke. */
  readonly readable: ReadableStream<Uint8Array>
  /** A frame longer than `maxFrame` or empty errors with `TRANSPORT_FRAME_TOO_LARGE` or `USAGE_INVALID_ARGUMENT`. */
  readonly writable: WritableStream<Uint8Array>
  readonly properties: ConnectionProperties
  /** Sends what was written, then ends both directions; with an error, ends at once. Resolves when it is gone; may be called again. */
  close(error?: unknown): Promise<void>
}

/** Accepts connections, one for each turn of the loop; the loop ends after `close` or an abort. */
export interface Listener extends AsyncIterable<Connection>, AsyncDisposable {
  /** Where it listens, for people and for the peer's `connect`. */
  readonly address: string
  /** Stops accepting. Connections that were handed out live on; those that were not are closed. */
  close(): Promise<void>
}

export interface IoOptions {
  readonly signal?: AbortSignal
}

/** A way to reach a peer, or to be reached. Factories are nouns: `tcpTransport({ host, port })`. */
export interface Transport {
  readonly name: string
  /** Rejects with `TRANSPORT_…`, or with the signal's reason when aborted. */
  connect(options?: IoOptions): Promise<Connection>
  listen(options?: IoOptions): Promise<Listener>
}

/** One stored value: opaque bytes and the revision they were written under, 1 for the first. */
export interface StoredValue {
  readonly revision: number
  readonly bytes: Uint8Array
}

/** Writes `bytes` as `revision`; the stored one must be `revision - 1`, and none must be there when `revision` is 1. */
export interface StoreWrite {
  readonly id: string
  readonly revision: number
  readonly bytes: Uint8Array
}

/** Where sessions live: opaque bytes under ids of 1 to 200 printable ASCII characters. */
export interface Store extends AsyncDisposable {
  load(id: string): Promise<StoredValue | undefined>
  /**
   * All writes or none, compare-and-swap: rejects with `STORE_CONFLICT` when any revision does not fit. Resolves only when
   * durable, since records could be repeated after a power cut otherwise. The bytes are borrowed until it settles.
   */
  commit(writes: readonly StoreWrite[]): Promise<void>
  /** Erases it; nothing happens when there is none. */
  forget(id: string): Promise<void>
  list(): Promise<readonly string[]>
  close(): Promise<void>
}

/** Says who holds a key. A service that throws counts as `unavailable`. */
export interface AuthenticationService {
  validate(question: AuthQuestion, signal: AbortSignal): Promise<AuthVerdict>
}
