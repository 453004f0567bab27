import { gcm } from '@noble/ciphers/aes.js'
import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import { expand, extract } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js'
import { checkLength, equalBytes, opaque } from '@twofold/hpke'
import {
  type Aead,
  type BoundAead,
  type Hash,
  type HashName,
  type Kdf,
  type Mac,
  TwofoldError,
} from '@twofold/interface'

const hashFunctions = { 'SHA-256': sha256, 'SHA-384': sha384, 'SHA-512': sha512 } as const

export function hash(name: HashName): Hash {
  const algorithm = hashFunctions[name]
  return { Nh: algorithm.outputLen, digest: (data) => algorithm(data) }
}

export function mac(name: HashName): Mac {
  const algorithm = hashFunctions[name]
  const compute = (key: Uint8Array, data: Uint8Array) => hmac(algorithm, key, data)
  return { Nh: algorithm.outputLen, mac: compute, verify: (key, data, tag) => equalBytes(compute(key, data), tag) }
}

const kdfHashes: Readonly<Record<number, HashName>> = { 1: 'SHA-256', 2: 'SHA-384', 3: 'SHA-512' }

/** HKDF by its id of RFC 9180 section 7.2. */
export function kdf(id: number): Kdf | undefined {
  const name = kdfHashes[id]
  if (name === undefined) return undefined
  const algorithm = hashFunctions[name]
  const Nh = algorithm.outputLen
  return {
    id,
    Nh,
    extract: (salt, ikm) => extract(algorithm, ikm, salt),
    expand(prk, info, length) {
      checkExpandLength(length, Nh)
      return expand(algorithm, prk, info, length)
    },
  }
}

/** RFC 5869 section 2.3. */
function checkExpandLength(length: number, Nh: number): void {
  if (Number.isInteger(length) && length >= 0 && length <= 255 * Nh) return
  throw new TwofoldError('USAGE_INVALID_ARGUMENT', `HKDF-Expand gives 0 to ${255 * Nh} bytes`)
}

const aeads = {
  1: { Nk: 16, cipher: gcm },
  2: { Nk: 32, cipher: gcm },
  3: { Nk: 32, cipher: chacha20poly1305 },
} as const

const Nn = 12
const Nt = 16

/** By its id of RFC 9180 section 7.3. */
export function aead(id: number): Aead | undefined {
  const info = aeads[id as keyof typeof aeads]
  if (info === undefined) return undefined
  const { Nk, cipher } = info
  const seal: Aead['seal'] = (key, nonce, aad, plaintext) => {
    checkLength(key, Nk)
    checkLength(nonce, Nn)
    return opaque(() => cipher(key, nonce, aad).encrypt(plaintext))
  }
  const open: Aead['open'] = (key, nonce, aad, ciphertext) => {
    checkLength(key, Nk)
    checkLength(nonce, Nn)
    return opaque(() => cipher(key, nonce, aad).decrypt(ciphertext))
  }
  return { id, Nk, Nn, Nt, seal, open, bind: (key) => bind(Nk, seal, open, key) }
}

function bind(Nk: number, seal: Aead['seal'], open: Aead['open'], key: Uint8Array): BoundAead {
  checkLength(key, Nk)
  const own = new Uint8Array(key)
  return {
    seal: (nonce, aad, plaintext) => seal(own, nonce, aad, plaintext),
    open: (nonce, aad, ciphertext) => open(own, nonce, aad, ciphertext),
  }
}
