import type {
  Aead,
  CryptoProvider,
  Hash,
  HashName,
  Hpke,
  Kdf,
  Kem,
  Mac,
  MaybePromise,
  RandomBytes,
  Signature,
  SignatureName,
} from '@twofold/interface'

/** HPKE with the contexts of RFC 9180 section 5.2, which the vectors need and the contract does not have. */
export interface VectorHpke extends Hpke {
  setupBaseS(
    publicKey: Uint8Array,
    info: Uint8Array,
  ): MaybePromise<{ readonly enc: Uint8Array; readonly context: VectorContext }>
  setupBaseR(enc: Uint8Array, privateKey: Uint8Array, info: Uint8Array): MaybePromise<VectorContext>
}

export interface VectorContext {
  seal(aad: Uint8Array, plaintext: Uint8Array): MaybePromise<Uint8Array>
  open(aad: Uint8Array, ciphertext: Uint8Array): MaybePromise<Uint8Array>
  export(exporterContext: Uint8Array, length: number): MaybePromise<Uint8Array>
}

/** The parts of a backend by their ids, undefined for what it lacks; what it serves is made of these. */
export interface CryptoParts {
  hash(name: HashName): Hash
  mac(name: HashName): Mac
  kdf(id: number): Kdf | undefined
  aead(id: number): Aead | undefined
  /** With `random`, key generation takes all randomness from there, and encapsulation too where `seedsEncap` says so. */
  kem(id: number, random?: RandomBytes): Kem | undefined
  /** Whether encapsulation of that KEM can be made reproducible. */
  seedsEncap(kemId: number): boolean
  /** A raw Diffie-Hellman with the checks of RFC 9180 section 7.1.4. */
  dh(
    group: 'P256' | 'P384' | 'P521' | 'X25519',
    privateKey: Uint8Array,
    publicKey: Uint8Array,
  ): MaybePromise<Uint8Array>
  /** ML-KEM.Decaps with an expanded key (FIPS 203 section 7.3), for vectors that have no seed. Throws when a check fails. */
  decapExpanded(set: 768 | 1024, dk: Uint8Array, ciphertext: Uint8Array): MaybePromise<Uint8Array>
  /** With `random`, keys are made from there. */
  signature(name: SignatureName, random?: RandomBytes): Signature | undefined
  hpke(parts: { readonly kem: Kem; readonly kdf: Kdf; readonly aead: Aead }): VectorHpke
}

/** What the suites are run against. */
export interface CryptoSubject {
  readonly provider: CryptoProvider
  readonly parts: CryptoParts
}
