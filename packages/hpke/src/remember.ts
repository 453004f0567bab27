import { copyOf, equalBytes } from './bytes.ts'

/**
 * Remembers what was derived from an array of bytes, by the identity of the array, for as long as the array lives. The
 * content is compared with a copy at every use, so an array that was wiped or filled anew never yields what belongs to
 * its former content. The copy and what was derived stay in memory until the array is collected or used again.
 */
export function remember<T>(derive: (bytes: Uint8Array) => T): (bytes: Uint8Array) => T {
  const entries = new WeakMap<Uint8Array, { readonly copy: Uint8Array; readonly value: T }>()
  return (bytes) => {
    const known = entries.get(bytes)
    if (known !== undefined && equalBytes(known.copy, bytes)) return known.value
    const copy = copyOf(bytes)
    const value = derive(bytes)
    entries.set(bytes, { copy, value })
    return value
  }
}
