import type { SuiteId } from '@twofold/codec'

/** RFC 9420 section 5.3: a basic identity, a certificate chain (leaf first, DER), or a type that we do not know. */
export type Credential =
  | { readonly kind: 'basic'; readonly identity: Uint8Array }
  | { readonly kind: 'x509'; readonly certificates: readonly Uint8Array[] }
  | { readonly kind: 'unknown'; readonly type: number; readonly data: Uint8Array }

/** A signature key of ours. `privateKey` is in the provider-independent form: a seed or scalar as its RFC has it. */
export interface SignatureKey {
  /** TLS SignatureScheme. */
  readonly scheme: number
  readonly publicKey: Uint8Array
  readonly privateKey: Uint8Array
}

/** Who we are: a name and one key per signature scheme (at most one of each). */
export interface Identity {
  readonly credential: Credential
  readonly keys: readonly SignatureKey[]
}

/** What the authentication service is asked. */
export interface AuthQuestion {
  /**
   * Why: `key-package` (the responder, before it makes a Welcome), `join` (the initiator, about the group's creator), `update` (a
   * commit changed credential or key), `resumption` (always at one).
   */
  readonly reason: 'key-package' | 'join' | 'update' | 'resumption'
  /** Our role in the first handshake. */
  readonly role: 'initiator' | 'responder'
  readonly suite: SuiteId
  readonly credential: Credential
  readonly signatureScheme: number
  readonly signatureKey: Uint8Array
  /** Whom the application dialed, when it dialed and said whom; the answer must be `reject` for anybody else. */
  readonly expected?: string
  /** What was accepted before, where there was something. */
  readonly previous?: { readonly credential: Credential; readonly signatureKey: Uint8Array }
}

/** `unavailable` (a time-out is that) is tried again: never final, and never an acceptance. */
export type AuthVerdict =
  | { readonly kind: 'accept'; readonly identity: string; readonly evidence?: string }
  | { readonly kind: 'reject'; readonly reason: string }
  | { readonly kind: 'unavailable'; readonly reason: string }
