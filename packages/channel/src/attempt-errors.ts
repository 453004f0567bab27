import { codeOf, type ErrorCode, findSuite, type SuiteId, TwofoldError } from '@twofold/interface'

const reasons: Partial<Record<ErrorCode, string>> = {
  AUTH_REJECTED: 'the authentication service here does not accept the peer',
  AUTH_UNAVAILABLE: 'the authentication service could not be asked about the peer',
  PEER_REJECTED: 'the peer does not accept who we are',
  PEER_SUITE_REFUSED: 'the peer does not accept our first cipher suite',
  PEER_UNKNOWN_SESSION: 'the peer does not hold this session: a first handshake is needed',
  PEER_STALE: 'the peer has gone past what this side asked with',
  PEER_FORKED: 'the two sides hold different states of the session: was an older copy of a store restored?',
  PEER_TIMEOUT: 'the other side did not finish in time',
  PEER_TOO_MANY_HALF_OPEN: 'the peer has too many handshakes under way: try again later',
}

/** Why the protocol ended an attempt, in words for people. */
export function whyFailed(code: ErrorCode): string {
  return reasons[code] ?? `the peer ended the attempt (${code})`
}

/** What this side may not do with a session of its own, the peer may not ask of it. */
export function asPeerSees(error: unknown): never {
  if (codeOf(error) !== 'USAGE_SUITE_UNSUPPORTED') throw error
  throw new TwofoldError('PEER_SUITE_REFUSED', 'the peer asks for a session whose cipher suite is not accepted here', {
    cause: error,
  })
}

/** A session goes on only under a suite that this endpoint accepts now, whatever it was begun with. */
export function suiteNotAccepted(suite: SuiteId): TwofoldError {
  const name = findSuite(suite)?.name ?? String(suite)
  return new TwofoldError(
    'USAGE_SUITE_UNSUPPORTED',
    `the stored session uses ${name}: name it among \`suites\`, or forget the session`,
  )
}
