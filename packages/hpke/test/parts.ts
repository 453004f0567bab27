import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
} from 'node:crypto'
import type { Aead, BoundAead, Kdf } from '@twofold/interface'
import type { RawGroup } from '../src/index.ts'

/** Small parts of their own, so that the composition is tested without a backend. */

const hmac = (key: Uint8Array, data: Uint8Array) => new Uint8Array(createHmac('sha256', key).update(data).digest())

export const hkdfSha256: Kdf = {
  id: 1,
  Nh: 32,
  extract: hmac,
  expand(prk, info, length) {
    let okm = new Uint8Array(0)
    let block = new Uint8Array(0)
    for (let i = 1; okm.length < length; i++) {
      block = hmac(prk, Uint8Array.of(...block, ...info, i))
      okm = Uint8Array.of(...okm, ...block)
    }
    return okm.slice(0, length)
  },
}

const seal: Aead['seal'] = (key, nonce, aad, plaintext) => {
  const cipher = createCipheriv('aes-128-gcm', key, nonce).setAAD(aad)
  return Uint8Array.of(...cipher.update(plaintext), ...cipher.final(), ...cipher.getAuthTag())
}

const open: Aead['open'] = (key, nonce, aad, sealed) => {
  const decipher = createDecipheriv('aes-128-gcm', key, nonce).setAAD(aad).setAuthTag(sealed.slice(-16))
  return Uint8Array.of(...decipher.update(sealed.slice(0, -16)), ...decipher.final())
}

export const aes128Gcm: Aead = {
  id: 1,
  Nk: 16,
  Nn: 12,
  Nt: 16,
  seal,
  open,
  bind: (key): BoundAead => ({
    seal: (nonce, aad, plaintext) => seal(key, nonce, aad, plaintext),
    open: (nonce, aad, sealed) => open(key, nonce, aad, sealed),
  }),
}

const der = (prefix: string, key: Uint8Array) => Buffer.concat([Buffer.from(prefix, 'hex'), key])
const privateKeyOf = (bytes: Uint8Array) =>
  createPrivateKey({ key: der('302e020100300506032b656e04220420', bytes), format: 'der', type: 'pkcs8' })
const publicKeyOf = (bytes: Uint8Array) =>
  createPublicKey({ key: der('302a300506032b656e032100', bytes), format: 'der', type: 'spki' })

export const x25519: RawGroup = {
  publicKey: (sk) =>
    new Uint8Array(createPublicKey(privateKeyOf(sk)).export({ format: 'der', type: 'spki' }).subarray(12)),
  dh: (sk, pk) => new Uint8Array(diffieHellman({ privateKey: privateKeyOf(sk), publicKey: publicKeyOf(pk) })),
}

/** The same object with every method answering by a promise. */
export function deferred<T extends object>(parts: T): T {
  const entries = Object.entries(parts).map(([name, value]) => [
    name,
    typeof value === 'function' ? later(value) : value,
  ])
  return Object.fromEntries(entries) as T
}

function later(operation: (...args: unknown[]) => unknown) {
  return async (...args: unknown[]) => {
    await Promise.resolve()
    return operation(...args)
  }
}
