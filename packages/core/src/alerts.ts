import { alertCode } from '@twofold/codec'
import type { ErrorCode } from '@twofold/interface'

/**
 * The alert that tells the peer why a link ends, or undefined where it is told nothing (docs: errors and alerts).
 * Everything that did not open or verify looks the same from outside.
 */
export function alertFor(code: ErrorCode): number | undefined {
  const [family] = code.split('_')
  switch (code) {
    case 'AUTH_REJECTED':
      return alertCode.rejected
    case 'AUTH_UNAVAILABLE':
      return alertCode.unavailable
    case 'PEER_STALE':
      return alertCode.stale
    case 'PEER_FORKED':
      return alertCode.forked
    case 'PEER_UNKNOWN_SESSION':
      return alertCode.unknown_session
    case 'PEER_SUITE_REFUSED':
      return alertCode.suite_refused
    case 'PEER_TOO_MANY_HALF_OPEN':
      return alertCode.too_many
    case 'PEER_HELLO_EXPIRED':
    case 'PEER_TIMEOUT':
      return alertCode.expired
    case 'PEER_UNEXPECTED_MESSAGE':
    case 'PEER_UNKNOWN_MESSAGE':
      return alertCode.unexpected_message
    case 'USAGE_LIMIT_REACHED':
      return alertCode.limit
    default:
      if (family === 'DECODE') return alertCode.decode_error
      if (family === 'PEER' || family === 'CRYPTO') return alertCode.bad_message
      if (family === 'STORE' || family === 'BUG') return alertCode.internal
      return undefined
  }
}

/** What an alert of the peer means here. */
export function codeForAlert(alert: number): ErrorCode {
  if (alert === alertCode.rejected) return 'PEER_REJECTED'
  if (alert === alertCode.unknown_session) return 'PEER_UNKNOWN_SESSION'
  if (alert === alertCode.stale) return 'PEER_STALE'
  if (alert === alertCode.forked) return 'PEER_FORKED'
  if (alert === alertCode.suite_refused) return 'PEER_SUITE_REFUSED'
  if (alert === alertCode.too_many) return 'PEER_TOO_MANY_HALF_OPEN'
  if (alert === alertCode.expired) return 'PEER_TIMEOUT'
  return 'PEER_ALERT'
}
