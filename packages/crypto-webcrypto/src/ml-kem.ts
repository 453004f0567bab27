import { checkLength, type MlKemSet, mlKemSets, type RawMlKem } from '@twofold/hpke'
import { keys, mlKemKinds } from './keys.ts'
import type { Subtle } from './subtle.ts'

/** FIPS 203 by the runtime, which draws the randomness of an encapsulation itself; undefined where it has no such methods. */
export function mlKem(subtle: Subtle, set: MlKemSet): RawMlKem | undefined {
  if (subtle.encapsulateBits === undefined || subtle.decapsulateBits === undefined) return undefined
  const { encapsulateBits, decapsulateBits } = subtle
  const { algorithm } = mlKemKinds[set]
  const known = keys(subtle, mlKemKinds[set])
  return {
    Nrandom: 0,
    publicKey: known.publicOf,
    async encap(publicKey) {
      const key = await known.publicKey(publicKey)
      const { sharedKey, ciphertext } = await encapsulateBits.call(subtle, algorithm, key)
      return { sharedSecret: new Uint8Array(sharedKey), ciphertext: new Uint8Array(ciphertext) }
    },
    async decap(ciphertext, seed) {
      checkLength(ciphertext, mlKemSets[set].Nct)
      return new Uint8Array(await decapsulateBits.call(subtle, algorithm, await known.privateKey(seed), ciphertext))
    },
  }
}
