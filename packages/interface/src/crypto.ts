import type { SuiteId } from '@twofold/codec'

/** A provider may answer at once or later; callers await only what is a promise. */
export type MaybePromise<T> = T | Promise<T>

/** Gives `length` fresh random bytes. */
export type RandomBytes = (length: number) => Uint8Array

/** Serialized as RFC 9420 wants it on the wire (public) and as the provider wants it back (private). */
export interface KeyPair {
  readonly publicKey: Uint8Array
  readonly privateKey: Uint8Array
}

/** FIPS 180-4. */
export interface Hash {
  /** Output length in bytes. */
  readonly Nh: number
  digest(data: Uint8Array): MaybePromise<Uint8Array>
}

/** HMAC (RFC 2104) with the suite's hash; the output has `Nh` bytes. */
export interface Mac {
  readonly Nh: number
  mac(key: Uint8Array, data: Uint8Array): MaybePromise<Uint8Array>
  /** Compares in constant time. */
  verify(key: Uint8Array, data: Uint8Array, tag: Uint8Array): MaybePromise<boolean>
}

/** HKDF (RFC 5869) with the suite's hash. */
export interface Kdf {
  /** RFC 9180 section 7.2. */
  readonly id: number
  readonly Nh: number
  extract(salt: Uint8Array, ikm: Uint8Array): MaybePromise<Uint8Array>
  /** `length` is at most 255 times `Nh`. */
  expand(prk: Uint8Array, info: Uint8Array, length: number): MaybePromise<Uint8Array>
}

/** An AEAD under one key, for many records. */
export interface BoundAead {
  /** Gives ciphertext followed by the tag. */
  seal(nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): MaybePromise<Uint8Array>
  /** Throws `CRYPTO_FAILED`. */
  open(nonce: Uint8Array, aad: Uint8Array, ciphertext: Uint8Array): MaybePromise<Uint8Array>
}

/** RFC 5116. */
export interface Aead {
  /** RFC 9180 section 7.3. */
  readonly id: number
  /** Key, nonce and tag length in bytes. */
  readonly Nk: number
  readonly Nn: number
  readonly Nt: number
  seal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): MaybePromise<Uint8Array>
  /** Throws `CRYPTO_FAILED`. */
  open(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, ciphertext: Uint8Array): MaybePromise<Uint8Array>
  /** The same AEAD with the key set up once. Copies `key`: the caller may wipe it afterwards. */
  bind(key: Uint8Array): BoundAead
}

/**
 * A key encapsulation mechanism as HPKE uses it (RFC 9180 section 4, draft-ietf-hpke-pq). Keys are serialized; a provider
 * may cache what it imported by the identity of the array.
 */
export interface Kem {
  /** RFC 9180 section 7.1. */
  readonly id: number
  /** Lengths in bytes: shared secret, encapsulated key, public key, private key. */
  readonly Nsecret: number
  readonly Nenc: number
  readonly Npk: number
  readonly Nsk: number
  generateKeyPair(): MaybePromise<KeyPair>
  /** RFC 9180 section 7.1.3 for DHKEM, draft-ietf-hpke-pq for ML-KEM and the hybrids. `ikm` has at least `Nsk` bytes of entropy. */
  deriveKeyPair(ikm: Uint8Array): MaybePromise<KeyPair>
  /** Throws `CRYPTO_FAILED` for every public key that `encap` refuses, without encapsulating where the backend can. */
  checkPublicKey(publicKey: Uint8Array): MaybePromise<void>
  /** Throws `CRYPTO_FAILED` for a public key that is not valid. */
  encap(publicKey: Uint8Array): MaybePromise<{ readonly sharedSecret: Uint8Array; readonly enc: Uint8Array }>
  /** Throws `CRYPTO_FAILED` for lengths and points that are not valid (ML-KEM rejects implicitly). */
  decap(enc: Uint8Array, privateKey: Uint8Array): MaybePromise<Uint8Array>
}

/** HPKE in base mode, single shot (RFC 9180 section 6.1). */
export interface Hpke {
  readonly kem: Kem
  seal(
    publicKey: Uint8Array,
    info: Uint8Array,
    aad: Uint8Array,
    plaintext: Uint8Array,
  ): MaybePromise<{ readonly enc: Uint8Array; readonly ciphertext: Uint8Array }>
  /** Throws `CRYPTO_FAILED`. */
  open(
    privateKey: Uint8Array,
    enc: Uint8Array,
    info: Uint8Array,
    aad: Uint8Array,
    ciphertext: Uint8Array,
  ): MaybePromise<Uint8Array>
}

/** A signature scheme in the encoding of RFC 9420 section 5.1.1. */
export interface Signature {
  /** TLS SignatureScheme, as RFC 9420 section 17.1 names it. */
  readonly scheme: number
  /** Lengths in bytes: public key, private key, signature (the longest, where it varies). */
  readonly Npk: number
  readonly Nsk: number
  readonly Nsig: number
  generateKeyPair(): MaybePromise<KeyPair>
  sign(privateKey: Uint8Array, message: Uint8Array): MaybePromise<Uint8Array>
  /** false for everything that does not verify, malformed keys and signatures included; it does not throw on them. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): MaybePromise<boolean>
}

/** One cipher suite, served by one provider. */
export interface CryptoSuite {
  readonly id: SuiteId
  readonly provider: string
  readonly hash: Hash
  readonly mac: Mac
  readonly kdf: Kdf
  readonly aead: Aead
  readonly hpke: Hpke
  readonly signature: Signature
  readonly random: RandomBytes
}

export interface SuiteOptions {
  /**
   * Where all randomness comes from, for reproducible runs; never in production. `suite()` throws
   * `USAGE_SEED_UNSUPPORTED` where the backend cannot honour it.
   */
  readonly random?: RandomBytes
}

/** A crypto backend is data: its name, the suites it can serve on this runtime, and a way to get one. */
export interface CryptoProvider {
  readonly name: string
  readonly suites: readonly SuiteId[]
  /** Why a suite of ours is not in `suites`, in words for people; undefined when it is served. */
  whyNot(id: SuiteId): string | undefined
  /** Throws `USAGE_SUITE_UNSUPPORTED` for what is not in `suites`. */
  suite(id: SuiteId, options?: SuiteOptions): MaybePromise<CryptoSuite>
}
