import type { Kem, KeyPair, MaybePromise, RandomBytes } from '@twofold/interface'
import { chain } from './chain.ts'
import { checkLength, opaque } from './failure.ts'
import { kemSuiteId, labeledDerive, type Xof } from './labeled.ts'

/** What a backend gives for ML-KEM (FIPS 203); private keys are the 64-byte seed d || z. It may cache by the identity of arrays. */
export interface RawMlKem {
  /** How many random bytes `encap` is given: 32, or 0 where the backend can only draw them itself. */
  readonly Nrandom: number
  publicKey(seed: Uint8Array): MaybePromise<Uint8Array>
  /** The check of FIPS 203 section 7.2 alone, where the backend has it: throws for a key that `encap` refuses. */
  check?(publicKey: Uint8Array): MaybePromise<void>
  /** Throws for a key that fails the check of FIPS 203 section 7.2, unreduced coefficients included. */
  encap(
    publicKey: Uint8Array,
    randomness: Uint8Array,
  ): MaybePromise<{ readonly sharedSecret: Uint8Array; readonly ciphertext: Uint8Array }>
  /** Rejects a wrong ciphertext implicitly; throws for a wrong length. */
  decap(ciphertext: Uint8Array, seed: Uint8Array): MaybePromise<Uint8Array>
}

/** FIPS 203 table 3: lengths in bytes. */
export interface MlKemInfo {
  readonly Npk: number
  readonly Nct: number
}

export type MlKemSet = 768 | 1024

export const mlKemSets: Readonly<Record<MlKemSet, MlKemInfo>> = {
  768: { Npk: 1184, Nct: 1088 },
  1024: { Npk: 1568, Nct: 1568 },
}

export interface MlKemParts {
  /** draft-ietf-hpke-pq section 8.1. */
  readonly id: number
  readonly mlKem: MlKemInfo & RawMlKem
  readonly shake256: Xof
  readonly random: RandomBytes
}

export const mlKemSeedLength = 64

/** Refuses a public key that `encap` refuses; a backend without a check of its own encapsulates to it for that. */
export function checkMlKemKey(mlKem: RawMlKem, random: RandomBytes, publicKey: Uint8Array): MaybePromise<void> {
  if (mlKem.check !== undefined) return mlKem.check(publicKey)
  return chain(mlKem.encap(publicKey, random(mlKem.Nrandom)), ({ sharedSecret }) => void sharedSecret.fill(0))
}

/** ML-KEM as an HPKE KEM (draft-ietf-hpke-pq section 3). The private key is the seed. */
export function mlKemKem({ id, mlKem, shake256, random }: MlKemParts): Kem {
  const Nsk = mlKemSeedLength
  const deriveSeed = labeledDerive(shake256, kemSuiteId(id), 'DeriveKeyPair', Nsk)

  function keyPair(privateKey: Uint8Array): MaybePromise<KeyPair> {
    return chain(mlKem.publicKey(privateKey), (publicKey) => ({ publicKey, privateKey }))
  }

  return {
    id,
    Nsecret: 32,
    Nenc: mlKem.Nct,
    Npk: mlKem.Npk,
    Nsk,
    generateKeyPair() {
      const seed = new Uint8Array(random(Nsk))
      return opaque(() => keyPair(seed))
    },
    deriveKeyPair: (ikm) => opaque(() => keyPair(deriveSeed(ikm))),
    checkPublicKey(publicKey) {
      checkLength(publicKey, mlKem.Npk)
      return opaque(() => checkMlKemKey(mlKem, random, publicKey))
    },
    encap(publicKey) {
      checkLength(publicKey, mlKem.Npk)
      const randomness = random(mlKem.Nrandom)
      return opaque(() =>
        chain(mlKem.encap(publicKey, randomness), ({ sharedSecret, ciphertext }) => ({
          sharedSecret,
          enc: ciphertext,
        })),
      )
    },
    decap(enc, privateKey) {
      checkLength(enc, mlKem.Nct)
      checkLength(privateKey, Nsk)
      return opaque(() => mlKem.decap(enc, privateKey))
    },
  }
}
