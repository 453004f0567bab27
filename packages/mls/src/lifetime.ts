import type { LeafNodeSource, Lifetime } from '@twofold/codec'
import type { Profile } from '@twofold/core'
import { TwofoldError } from '@twofold/interface'

const hourMs = 3_600_000

/** How far two clocks may differ, in ms (docs/protocol.md, suites). */
const clockSkewMs = 5 * 60_000

/** The longest lifetime that is accepted, in ms. */
export const longestLifetimeMs: Readonly<Record<Profile, number>> = { framed: hourMs, bare: 100 * 24 * hourMs }

/** From `at` on. Throws `USAGE_INVALID_ARGUMENT` for a length that our own peers would refuse. */
export function lifetimeFrom(at: number, lifetimeMs: number, profile: Profile): Lifetime {
  const longest = longestLifetimeMs[profile]
  if (!(at >= 0) || !(lifetimeMs > 0 && lifetimeMs <= longest)) {
    throw new TwofoldError('USAGE_INVALID_ARGUMENT', `a lifetime is at most ${longest} ms, from a time after 1970`)
  }
  return { notBefore: seconds(at), notAfter: seconds(at + lifetimeMs) }
}

/** RFC 9420 section 7.2: throws `PEER_BAD_LIFETIME` unless a key package's leaf is valid now, and not for longer than we accept. */
export function checkLifetime(source: LeafNodeSource, at: number, profile: Profile): void {
  if (source.kind !== 'key_package') return
  const { notBefore, notAfter } = source.lifetime
  const longest = BigInt(longestLifetimeMs[profile] / 1000)
  if (notAfter < notBefore || notAfter - notBefore > longest) refuse('is longer than is accepted')
  if (notBefore > seconds(at + clockSkewMs)) refuse('has not begun')
  if (notAfter < seconds(at - clockSkewMs)) refuse('is over')
}

function seconds(ms: number): bigint {
  return BigInt(Math.floor(ms / 1000))
}

function refuse(what: string): never {
  throw new TwofoldError('PEER_BAD_LIFETIME', `the lifetime of the peer's leaf ${what}`)
}
