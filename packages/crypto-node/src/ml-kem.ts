import crypto from 'node:crypto'
import { checkLength, type MlKemSet, mlKemSets, type RawMlKem } from '@twofold/hpke'
import { plain } from './bytes.ts'
import { keyKinds, keys } from './keys.ts'

const kinds = { 768: keyKinds.MLKEM768, 1024: keyKinds.MLKEM1024 } as const

/** FIPS 203 by OpenSSL, which draws the randomness of an encapsulation itself. */
export function mlKem(set: MlKemSet): RawMlKem {
  const known = keys(kinds[set])
  return {
    Nrandom: 0,
    publicKey: known.publicOf,
    // OpenSSL makes the modulus check when it imports a key.
    check: (publicKey) => void known.publicKey(publicKey),
    encap(publicKey) {
      const { sharedKey, ciphertext } = crypto.encapsulate(known.publicKey(publicKey))
      return { sharedSecret: plain(sharedKey), ciphertext: plain(ciphertext) }
    },
    decap(ciphertext, seed) {
      checkLength(ciphertext, mlKemSets[set].Nct)
      return plain(crypto.decapsulate(known.privateKey(seed), ciphertext))
    },
  }
}
