import type { MaybePromise } from '@twofold/interface'
import { copyOf } from './bytes.ts'
import { chain } from './chain.ts'
import { cryptoFailed } from './failure.ts'

/** What a backend gives for a Diffie-Hellman group: raw scalars in, raw points out. It may cache by the identity of arrays. */
export interface RawGroup {
  /** The serialized public key of a private one: the u-coordinate (RFC 7748), or the uncompressed point (SEC 1). */
  publicKey(privateKey: Uint8Array): MaybePromise<Uint8Array>
  /** The shared coordinate. Throws for a public key that is not the one encoding of a point of the curve. */
  dh(privateKey: Uint8Array, publicKey: Uint8Array): MaybePromise<Uint8Array>
}

/** The numbers of a group (RFC 9180 section 7.1, draft-irtf-cfrg-concrete-hybrid-kems). Lengths in bytes. */
export interface GroupInfo {
  readonly Npk: number
  readonly Nsk: number
  /** How much seed the hybrids take for one scalar. */
  readonly Nseed: number
  /** Only where scalars are numbers below an order (RFC 9180 section 7.1.3); big-endian. */
  readonly order?: Uint8Array
  /** Goes over the first byte of a candidate for a scalar. */
  readonly bitmask?: number
}

export type GroupName = 'P256' | 'P384' | 'P521' | 'X25519' | 'X448'

function order(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) as string[], (byte) => Number.parseInt(byte, 16))
}

export const groups: Readonly<Record<GroupName, GroupInfo>> = {
  P256: {
    Npk: 65,
    Nsk: 32,
    Nseed: 128,
    order: order('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'),
    bitmask: 0xff,
  },
  P384: {
    Npk: 97,
    Nsk: 48,
    Nseed: 48,
    order: order('ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973'),
    bitmask: 0xff,
  },
  P521: {
    Npk: 133,
    Nsk: 66,
    Nseed: 66,
    order: order(`01${'ff'.repeat(32)}fa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409`),
    bitmask: 0x01,
  },
  X25519: { Npk: 32, Nsk: 32, Nseed: 32 },
  X448: { Npk: 56, Nsk: 56, Nseed: 56 },
}

/**
 * Diffie-Hellman with the check of RFC 9180 section 7.1.4: for X25519 and X448 an all-zero result means that the public
 * key is a point of small order, whoever's private key it is. (On the other curves zero is a coordinate like any.)
 */
export function agree(
  group: GroupInfo & RawGroup,
  privateKey: Uint8Array,
  publicKey: Uint8Array,
): MaybePromise<Uint8Array> {
  return chain(group.dh(privateKey, publicKey), (shared) => {
    if (group.order === undefined && isZero(shared)) throw cryptoFailed()
    return shared
  })
}

/**
 * Refuses a public key with which nobody can agree on anything, by agreeing with it: the points of small order give zero with every
 * private key. The private key is a constant of everybody's, and the result is of no use to anybody.
 */
export function checkGroupKey(group: GroupInfo & RawGroup): (publicKey: Uint8Array) => MaybePromise<void> {
  const anybody = new Uint8Array(group.Nsk).fill(1)
  return (publicKey) => chain(agree(group, anybody, publicKey), () => undefined)
}

function isZero(bytes: Uint8Array): boolean {
  let any = 0
  for (const byte of bytes) any |= byte
  return any === 0
}

/** Whether the bytes are a private key of the group: 0 < scalar < order where the group has an order (RFC 9180 section 7.1.2). */
export function isScalar(group: GroupInfo, bytes: Uint8Array): boolean {
  if (bytes.length !== group.Nsk) return false
  if (group.order === undefined) return true
  return !isZero(bytes) && isBelow(bytes, group.order)
}

/** Goes over all bytes, whatever they are: one of the numbers is a private key. */
function isBelow(a: Uint8Array, b: Uint8Array): boolean {
  let borrow = 0
  for (let i = a.length - 1; i >= 0; i--) borrow = ((a[i]! - b[i]! - borrow) >> 31) & 1
  return borrow === 1
}

/** draft-irtf-cfrg-concrete-hybrid-kems, RandomScalar: the first candidate in the seed that is a scalar. Throws when there is none. */
export function randomScalar(group: GroupInfo, seed: Uint8Array): Uint8Array {
  for (let start = 0; start + group.Nsk <= seed.length; start += group.Nsk) {
    const candidate = copyOf(seed, start, start + group.Nsk)
    if (isScalar(group, candidate)) return candidate
  }
  throw new RangeError('no scalar in the seed')
}
