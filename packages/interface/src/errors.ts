import { DecodeError, type DecodeErrorCode } from '@twofold/codec'

/** The peer broke the specification, or its behaviour does not fit what we hold. The driver sends an alert and ends the link. */
export type PeerErrorCode =
  | 'PEER_ALERT'
  | 'PEER_BAD_COMMIT'
  | 'PEER_BAD_KEY_PACKAGE'
  | 'PEER_BAD_LEAF'
  | 'PEER_BAD_LIFETIME'
  | 'PEER_BAD_RECORD'
  | 'PEER_BAD_WELCOME'
  | 'PEER_EPOCH_MISMATCH'
  | 'PEER_FORBIDDEN_PROPOSAL'
  | 'PEER_FORKED'
  | 'PEER_FRAME_TOO_LARGE'
  | 'PEER_GROUP_ID_IN_USE'
  | 'PEER_HELLO_EXPIRED'
  | 'PEER_IS_SELF'
  | 'PEER_REJECTED'
  | 'PEER_REPLAYED'
  | 'PEER_STALE'
  | 'PEER_SUITE_REFUSED'
  | 'PEER_TIMEOUT'
  | 'PEER_TOO_MANY_HALF_OPEN'
  | 'PEER_UNEXPECTED_MESSAGE'
  | 'PEER_UNKNOWN_MESSAGE'
  | 'PEER_UNKNOWN_SESSION'

/** The authentication service refused an identity, or could not be asked. */
export type AuthErrorCode = 'AUTH_REJECTED' | 'AUTH_UNAVAILABLE'

/** One opaque code for everything that did not open or verify: nothing tells which check on secret data failed. */
export type CryptoErrorCode = 'CRYPTO_FAILED'

/** A wrong call, visible from the caller's code alone. The state is unchanged. */
export type UsageErrorCode =
  | 'USAGE_ABORTED'
  | 'USAGE_CLOSED'
  | 'USAGE_EXPORT_UNAVAILABLE'
  | 'USAGE_INVALID_ARGUMENT'
  | 'USAGE_LIMIT_REACHED'
  | 'USAGE_NO_SESSION'
  | 'USAGE_NOT_NOW'
  | 'USAGE_RESERVED_LABEL'
  | 'USAGE_SEED_UNSUPPORTED'
  | 'USAGE_SUITE_UNSUPPORTED'
  | 'USAGE_UNKNOWN_OPTION'

/** The environment failed; `cause` holds the original. */
export type EnvironmentErrorCode =
  | 'STORE_CONFLICT'
  | 'STORE_CORRUPT'
  | 'STORE_FAILED'
  | 'STORE_WRONG_KEY'
  | 'TRANSPORT_CLOSED'
  | 'TRANSPORT_FAILED'
  | 'TRANSPORT_FRAME_TOO_LARGE'
  | 'TRANSPORT_REFUSED'
  | 'TRANSPORT_TIMEOUT'

/** Should not happen: please report it. */
export type BugErrorCode = 'BUG_ENGINE' | 'BUG_INVARIANT'

/** Every code of Twofold, grouped by who is at fault. Match on `code`, never on text. */
export type ErrorCode =
  | DecodeErrorCode
  | PeerErrorCode
  | AuthErrorCode
  | CryptoErrorCode
  | UsageErrorCode
  | EnvironmentErrorCode
  | BugErrorCode

/** The one error class above the codec. Its text holds no key, no plaintext and no identity. */
export class TwofoldError extends Error {
  override readonly name: string = 'TwofoldError'
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}

/** The code of anything that was thrown, or undefined for what is not ours. */
export function codeOf(error: unknown): ErrorCode | undefined {
  return error instanceof TwofoldError || error instanceof DecodeError ? error.code : undefined
}

/** Throws `USAGE_UNKNOWN_OPTION` for a key that is not in `known`: a misspelt key must not silently weaken security. */
export function checkOptions(options: object, known: readonly string[], where: string): void {
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) {
      throw new TwofoldError('USAGE_UNKNOWN_OPTION', `${where} has no option "${key}"; it has: ${known.join(', ')}`)
    }
  }
}
