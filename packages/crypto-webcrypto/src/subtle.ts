/** How keys go in and out; the last three are those of Modern Algorithms in the Web Cryptography API. */
export type KeyFormat = 'raw' | 'pkcs8' | 'jwk' | 'raw-public' | 'raw-seed' | 'raw-secret'

export type Algorithm = string | { readonly name: string; readonly namedCurve?: string; readonly hash?: string }

export interface AeadParameters {
  readonly name: string
  readonly iv: Uint8Array
  readonly additionalData: Uint8Array
}

/** What is used of a JSON Web Key: RFC 7518 section 6.2 (EC), RFC 8037 (OKP), draft-ietf-cose-dilithium (AKP). */
export interface JwkPublicPart {
  readonly x?: string
  readonly y?: string
  readonly pub?: string
}

/** What is used of SubtleCrypto, with what the newest runtimes have and the type library does not. */
export interface Subtle {
  digest(algorithm: string, data: Uint8Array): Promise<ArrayBuffer>
  importKey(
    format: KeyFormat,
    bytes: Uint8Array,
    algorithm: Algorithm,
    extractable: boolean,
    usages: readonly string[],
  ): Promise<CryptoKey>
  exportKey(format: KeyFormat, key: CryptoKey): Promise<ArrayBuffer | JwkPublicPart>
  encrypt(parameters: AeadParameters, key: CryptoKey, data: Uint8Array): Promise<ArrayBuffer>
  decrypt(parameters: AeadParameters, key: CryptoKey, data: Uint8Array): Promise<ArrayBuffer>
  deriveBits(
    algorithm: { readonly name: string; readonly public: CryptoKey },
    key: CryptoKey,
    length: null,
  ): Promise<ArrayBuffer>
  sign(algorithm: Algorithm, key: CryptoKey, data: Uint8Array): Promise<ArrayBuffer>
  verify(algorithm: Algorithm, key: CryptoKey, signature: Uint8Array, data: Uint8Array): Promise<boolean>
  getPublicKey?(key: CryptoKey, usages: readonly string[]): Promise<CryptoKey>
  encapsulateBits?(
    algorithm: Algorithm,
    key: CryptoKey,
  ): Promise<{ readonly sharedKey: ArrayBuffer; readonly ciphertext: ArrayBuffer }>
  decapsulateBits?(algorithm: Algorithm, key: CryptoKey, ciphertext: Uint8Array): Promise<ArrayBuffer>
}

/** The runtime's; undefined where it has none, as on pages outside a secure context. */
export function runtimeSubtle(): Subtle | undefined {
  const { crypto } = globalThis as { readonly crypto?: Partial<Crypto> }
  return crypto?.subtle as Subtle | undefined
}
