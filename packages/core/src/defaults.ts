/** Every default of the protocol, in one place. Durations in ms, sizes in bytes. */
export const defaults = {
  /** A first handshake or a resumption that takes longer fails. */
  handshakeTimeoutMs: 10_000,
  /** Half-open hellos, questions and links that are not resumed, over all peers; and for one peer address. */
  halfOpen: 256,
  halfOpenPerAddress: 32,
  /** How long our KeyPackages live, and how long a hello waits for its confirmation. */
  keyPackageLifetimeMs: 600_000,
  /** A link that is not resumed by then ends (docs: resumption). */
  linkTimeoutMs: 30_000,
  /** An update is made when any of these is reached first. */
  updateEveryMs: 120_000,
  updateEveryBytes: 1_073_741_824,
  updateEveryRecords: 8_388_608,
  /** How long the winner of a crossing holds back its next update. */
  holdMs: 5_000,
  /** Resending on unreliable links: the first pause, doubling to the last. */
  resendFirstMs: 1_000,
  resendLastMs: 60_000,
} as const
