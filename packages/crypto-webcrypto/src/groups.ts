import type { GroupName, RawGroup } from '@twofold/hpke'
import { groupKinds, keys } from './keys.ts'
import type { Subtle } from './subtle.ts'

/** Scalar multiplication; for the curves of NIST the shared secret is the x-coordinate (RFC 9180 section 4.1). */
export function group(subtle: Subtle, name: GroupName): RawGroup {
  const kind = groupKinds[name]
  const known = keys(subtle, kind)
  const algorithm = typeof kind.algorithm === 'string' ? kind.algorithm : kind.algorithm.name
  return {
    publicKey: known.publicOf,
    async dh(privateKey, publicKey) {
      const [ours, theirs] = await Promise.all([known.privateKey(privateKey), known.publicKey(publicKey)])
      return new Uint8Array(await subtle.deriveBits({ name: algorithm, public: theirs }, ours, null))
    },
  }
}
