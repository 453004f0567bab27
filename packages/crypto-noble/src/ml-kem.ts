import { ml_kem768, ml_kem1024 } from '@noble/post-quantum/ml-kem.js'
import { type MlKemSet, type RawMlKem, remember } from '@twofold/hpke'

const parameterSets = { 768: ml_kem768, 1024: ml_kem1024 } as const

/** FIPS 203. Expanded keys are remembered by the identity of the seed; unreduced public keys are refused by the library. */
export function mlKem(set: MlKemSet): RawMlKem {
  const algorithm = parameterSets[set]
  const expand = remember((seed) => algorithm.keygen(seed))
  return {
    Nrandom: 32,
    publicKey: (seed) => new Uint8Array(expand(seed).publicKey),
    encap(publicKey, randomness) {
      const { sharedSecret, cipherText } = algorithm.encapsulate(publicKey, new Uint8Array(randomness))
      return { sharedSecret: new Uint8Array(sharedSecret), ciphertext: cipherText }
    },
    decap: (ciphertext, seed) => new Uint8Array(algorithm.decapsulate(ciphertext, expand(seed).secretKey)),
  }
}
