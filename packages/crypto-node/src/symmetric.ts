import crypto, {
  type CipherGCMTypes,
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createSecretKey,
  type KeyObject,
  timingSafeEqual,
} from 'node:crypto'
import { checkLength, concat, cryptoFailed } from '@twofold/hpke'
import {
  type Aead,
  type BoundAead,
  type Hash,
  type HashName,
  type Kdf,
  type Mac,
  TwofoldError,
} from '@twofold/interface'
import { plain, uninitialized } from './bytes.ts'

const digests = {
  'SHA-256': { algorithm: 'sha256', Nh: 32 },
  'SHA-384': { algorithm: 'sha384', Nh: 48 },
  'SHA-512': { algorithm: 'sha512', Nh: 64 },
} as const

export function hash(name: HashName): Hash {
  const { algorithm, Nh } = digests[name]
  return { Nh, digest: (data) => plain(crypto.hash(algorithm, data, 'buffer')) }
}

/** FIPS 202, in one call. */
export function sha3_256(data: Uint8Array): Uint8Array {
  return plain(crypto.hash('sha3-256', data, 'buffer'))
}

/** FIPS 202. */
export function shake256(data: Uint8Array, length: number): Uint8Array {
  return plain(createHash('shake256', { outputLength: length }).update(data).digest())
}

function hmac(algorithm: string, key: Uint8Array, data: Uint8Array): Uint8Array {
  return plain(createHmac(algorithm, key).update(data).digest())
}

export function mac(name: HashName): Mac {
  const { algorithm, Nh } = digests[name]
  return {
    Nh,
    mac: (key, data) => hmac(algorithm, key, data),
    verify: (key, data, tag) => tag.length === Nh && timingSafeEqual(hmac(algorithm, key, data), tag),
  }
}

const kdfHashes: Readonly<Record<number, HashName>> = { 1: 'SHA-256', 2: 'SHA-384', 3: 'SHA-512' }

/** HKDF by its id of RFC 9180 section 7.2. */
export function kdf(id: number): Kdf | undefined {
  const name = kdfHashes[id]
  if (name === undefined) return undefined
  const { algorithm, Nh } = digests[name]
  return {
    id,
    Nh,
    extract: (salt, ikm) => hmac(algorithm, salt, ikm),
    expand: (prk, info, length) => expand(algorithm, Nh, prk, info, length),
  }
}

/** RFC 5869 section 2.3; a single block, which is nearly every call of MLS, is one HMAC. */
function expand(algorithm: string, Nh: number, prk: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  if (!Number.isInteger(length) || length < 0 || length > 255 * Nh) {
    throw new TwofoldError('USAGE_INVALID_ARGUMENT', `HKDF-Expand gives 0 to ${255 * Nh} bytes`)
  }
  let block = hmac(algorithm, prk, concat(info, Uint8Array.of(1)))
  if (length === Nh) return block
  const okm = new Uint8Array(length)
  okm.set(block.subarray(0, length))
  for (let i = 2, offset = Nh; offset < length; i++, offset += Nh) {
    block = hmac(algorithm, prk, concat(block, info, Uint8Array.of(i)))
    okm.set(block.subarray(0, length - offset), offset)
  }
  return okm
}

const aeads = {
  1: { Nk: 16, cipher: 'aes-128-gcm' },
  2: { Nk: 32, cipher: 'aes-256-gcm' },
  3: { Nk: 32, cipher: 'chacha20-poly1305' },
} as const

const Nn = 12
const Nt = 16
const tagLength = { authTagLength: Nt }

/** By its id of RFC 9180 section 7.3. */
export function aead(id: number): Aead | undefined {
  const info = aeads[id as keyof typeof aeads]
  if (info === undefined) return undefined
  const { Nk } = info
  // node:crypto takes AES-GCM and ChaCha20-Poly1305 alike; its types have one overload for each.
  const cipher = info.cipher as CipherGCMTypes
  const bind = (key: Uint8Array): BoundAead => {
    checkLength(key, Nk)
    return bound(cipher, createSecretKey(key))
  }
  return {
    id,
    Nk,
    Nn,
    Nt,
    seal(key, nonce, aad, plaintext) {
      checkLength(key, Nk)
      return seal(cipher, key, nonce, aad, plaintext)
    },
    open(key, nonce, aad, ciphertext) {
      checkLength(key, Nk)
      return open(cipher, key, nonce, aad, ciphertext)
    },
    bind,
  }
}

function bound(cipher: CipherGCMTypes, key: KeyObject): BoundAead {
  return {
    seal: (nonce, aad, plaintext) => seal(cipher, key, nonce, aad, plaintext),
    open: (nonce, aad, ciphertext) => open(cipher, key, nonce, aad, ciphertext),
  }
}

type CipherKey = Uint8Array | KeyObject

function seal(
  cipher: CipherGCMTypes,
  key: CipherKey,
  nonce: Uint8Array,
  aad: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array {
  checkLength(nonce, Nn)
  const operation = createCipheriv(cipher, key, nonce, tagLength)
  operation.setAAD(aad)
  const body = operation.update(plaintext)
  operation.final()
  const sealed = uninitialized(body.length + Nt)
  sealed.set(body)
  sealed.set(operation.getAuthTag(), body.length)
  return sealed
}

function open(
  cipher: CipherGCMTypes,
  key: CipherKey,
  nonce: Uint8Array,
  aad: Uint8Array,
  sealed: Uint8Array,
): Uint8Array {
  checkLength(nonce, Nn)
  const length = sealed.length - Nt
  if (length < 0) throw cryptoFailed()
  const operation = createDecipheriv(cipher, key, nonce, tagLength)
  operation.setAAD(aad)
  operation.setAuthTag(sealed.subarray(length))
  const plaintext = operation.update(sealed.subarray(0, length))
  try {
    operation.final()
  } catch {
    plaintext.fill(0)
    throw cryptoFailed()
  }
  return plain(plaintext)
}
