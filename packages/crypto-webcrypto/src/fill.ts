import { nobleCrypto } from '@twofold/crypto-noble'
import type { MlKemSet, RawMlKem } from '@twofold/hpke'
import { type SuiteId, toSuiteId } from '@twofold/interface'

/** Suites whose KEM is ML-KEM alone: the way to noble's. */
const pureSuites: Readonly<Record<MlKemSet, SuiteId>> = { 768: toSuiteId(0xf006), 1024: toSuiteId(0xf008) }

/** noble's ML-KEM, for a hybrid of which WebCrypto has the curve. It draws its own randomness. */
export function nobleMlKem(set: MlKemSet): RawMlKem {
  const id = pureSuites[set]
  const { kem } = nobleCrypto.suite(id).hpke
  return {
    Nrandom: 0,
    async publicKey(seed) {
      const { publicKey } = await nobleCrypto.suite(id, { random: () => seed }).hpke.kem.generateKeyPair()
      return publicKey
    },
    check: (publicKey) => kem.checkPublicKey(publicKey),
    async encap(publicKey) {
      const { sharedSecret, enc } = await kem.encap(publicKey)
      return { sharedSecret, ciphertext: enc }
    },
    decap: (ciphertext, seed) => kem.decap(ciphertext, seed),
  }
}
