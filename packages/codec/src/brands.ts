declare const brand: unique symbol

/** A value that must not be swapped for another of the same shape. The only cast is in the function that checked. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name }

/** The epoch of an MLS group (RFC 9420 section 8.1), 0 to 2^64 - 1. */
export type Epoch = Brand<bigint, 'Epoch'>

/** The id of an MLS group (RFC 9420 section 8.1), 16 to 32 bytes here; it is the session's id in a store. */
export type GroupId = Brand<Uint8Array, 'GroupId'>

/** The number of a cipher suite (RFC 9420 section 17.1), 0 to 65535. */
export type SuiteId = Brand<number, 'SuiteId'>

/** Checks that `value` fits into the wire's uint64. Throws RangeError. */
export function toEpoch(value: bigint | number): Epoch {
  const epoch = BigInt(value)
  if (epoch < 0n || epoch > 0xffff_ffff_ffff_ffffn) throw new RangeError('an epoch is a uint64')
  return epoch as Epoch
}

/** Checks that `value` fits into the wire's uint16. Throws RangeError. */
export function toSuiteId(value: number): SuiteId {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff) throw new RangeError('a cipher suite is a uint16')
  return value as SuiteId
}

/** Checks the length that this profile allows, 16 to 32 bytes (docs/protocol.md, first handshake). Throws RangeError. */
export function toGroupId(value: Uint8Array): GroupId {
  if (value.length < 16 || value.length > 32) throw new RangeError('a group id has 16 to 32 bytes')
  return value as GroupId
}
