import {
  type CryptoSuite,
  defaultSuite,
  findSuite,
  type RandomBytes,
  type SuiteId,
  TwofoldError,
} from '@twofold/interface'
import { equalBytes, joinBytes, xorBytes } from '../bytes.ts'
import { digest } from './digest.ts'

/** Output of the symbolic hash, and length of every symbolic key, in bytes. */
export const symbolicLength = 32
const tagLength = 16
const nonceLength = 12

export interface SymbolicSuiteOptions {
  readonly random: RandomBytes
  /** The suite that it pretends to be; 0xF002 unless given. */
  readonly id?: SuiteId
}

/**
 * A crypto suite for models: hashes in place of every algorithm. Nothing is hidden from who knows the public keys, but no
 * byte that was changed verifies or opens, and everything is synchronous and repeatable. Never for data of anybody.
 */
export function symbolicSuite(options: SymbolicSuiteOptions): CryptoSuite {
  const { random, id = defaultSuite } = options
  const hash = { Nh: symbolicLength, digest: (data: Uint8Array) => digest(symbolicLength, 'hash', data) }
  const aead = symbolicAead()
  return {
    id,
    provider: 'symbolic',
    hash,
    mac: symbolicMac(),
    kdf: symbolicKdf(),
    aead,
    ...keysOf(random, id, aead),
    random,
  }
}

/** The public key of a symbolic private key, for signatures and key agreement alike. */
export function publicOf(privateKey: Uint8Array): Uint8Array {
  return digest(symbolicLength, 'public key', privateKey)
}

/** Whoever knows the public key could make one: the model's attackers do not. */
export function signSymbolically(publicKey: Uint8Array, message: Uint8Array): Uint8Array {
  return digest(symbolicLength, 'signature', publicKey, message)
}

function symbolicMac(): CryptoSuite['mac'] {
  const mac = (key: Uint8Array, data: Uint8Array): Uint8Array => digest(symbolicLength, 'mac', key, data)
  return { Nh: symbolicLength, mac, verify: (key, data, tag) => equalBytes(mac(key, data), tag) }
}

function symbolicKdf(): CryptoSuite['kdf'] {
  return {
    id: 2,
    Nh: symbolicLength,
    extract: (salt, ikm) => digest(symbolicLength, 'extract', salt, ikm),
    expand: (prk, info, length) => digest(length, 'expand', prk, info),
  }
}

function symbolicAead(): CryptoSuite['aead'] {
  const tagOf = (key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, text: Uint8Array): Uint8Array =>
    digest(tagLength, 'tag', key, nonce, aad, text)
  const seal: CryptoSuite['aead']['seal'] = (key, nonce, aad, plaintext) =>
    joinBytes(plaintext, tagOf(key, nonce, aad, plaintext))
  const open: CryptoSuite['aead']['open'] = (key, nonce, aad, ciphertext) => {
    const end = ciphertext.length - tagLength
    const plaintext = ciphertext.slice(0, Math.max(0, end))
    if (end < 0 || !equalBytes(tagOf(key, nonce, aad, plaintext), ciphertext.subarray(end))) notOpened()
    return plaintext
  }
  return {
    id: 2,
    Nk: symbolicLength,
    Nn: nonceLength,
    Nt: tagLength,
    seal,
    open,
    bind(key) {
      const own = key.slice()
      return {
        seal: (nonce, aad, plaintext) => seal(own, nonce, aad, plaintext),
        open: (nonce, aad, ciphertext) => open(own, nonce, aad, ciphertext),
      }
    },
  }
}

function keysOf(random: RandomBytes, id: SuiteId, aead: CryptoSuite['aead']): Pick<CryptoSuite, 'hpke' | 'signature'> {
  const kem = symbolicKem(random)
  const generateKeyPair = kem.generateKeyPair
  return {
    hpke: {
      kem,
      seal(publicKey, info, aad, plaintext) {
        const enc = random(symbolicLength)
        const { key, nonce } = onceKeys(publicKey, enc, info)
        return { enc, ciphertext: aead.seal(key, nonce, aad, plaintext) as Uint8Array }
      },
      open(privateKey, enc, info, aad, ciphertext) {
        const { key, nonce } = onceKeys(publicOf(privateKey), enc, info)
        return aead.open(key, nonce, aad, ciphertext)
      },
    },
    signature: {
      scheme: findSuite(id)?.signatureScheme ?? 0,
      Npk: symbolicLength,
      Nsk: symbolicLength,
      Nsig: symbolicLength,
      generateKeyPair,
      sign: (privateKey, message) => signSymbolically(publicOf(privateKey), message),
      verify: (publicKey, message, signature) => equalBytes(signSymbolically(publicKey, message), signature),
    },
  }
}

function symbolicKem(random: RandomBytes): CryptoSuite['hpke']['kem'] {
  const pairOf = (privateKey: Uint8Array): { publicKey: Uint8Array; privateKey: Uint8Array } => ({
    publicKey: publicOf(privateKey),
    privateKey,
  })
  const sharedSecret = (publicKey: Uint8Array, enc: Uint8Array): Uint8Array =>
    digest(symbolicLength, 'shared secret', publicKey, enc)
  return {
    id: 0x647a,
    Nsecret: symbolicLength,
    Nenc: symbolicLength,
    Npk: symbolicLength,
    Nsk: symbolicLength,
    generateKeyPair: () => pairOf(random(symbolicLength)),
    deriveKeyPair: (ikm) => pairOf(digest(symbolicLength, 'private key', ikm)),
    checkPublicKey(publicKey) {
      if (publicKey.length !== symbolicLength) notOpened()
    },
    encap(publicKey) {
      const enc = random(symbolicLength)
      return { enc, sharedSecret: sharedSecret(publicKey, enc) }
    },
    decap: (enc, privateKey) => sharedSecret(publicOf(privateKey), enc),
  }
}

function onceKeys(publicKey: Uint8Array, enc: Uint8Array, info: Uint8Array): { key: Uint8Array; nonce: Uint8Array } {
  const both = digest(symbolicLength + nonceLength, 'hpke', publicKey, enc, info)
  return { key: both.slice(0, symbolicLength), nonce: both.slice(symbolicLength) }
}

/** Hides `secret` from who does not know `key`, or shows it again. */
export function mask(secret: Uint8Array, key: Uint8Array, nonce: Uint8Array): Uint8Array {
  return xorBytes(secret, digest(secret.length, 'mask', key, nonce))
}

function notOpened(): never {
  throw new TwofoldError('CRYPTO_FAILED', 'what was sealed did not open')
}
