import { checkLength, opaque } from '@twofold/hpke'
import type { Aead, BoundAead, Hash, HashName } from '@twofold/interface'
import type { KeyFormat, Subtle } from './subtle.ts'

/** Below this many bytes JavaScript has the hash before WebCrypto has passed the message to its thread. */
const worthTheWay = 2048

/** The hash `short` of the same name, and WebCrypto for what is long. */
export function hash(subtle: Subtle, name: HashName, short: Hash): Hash {
  return {
    Nh: short.Nh,
    digest: (data) => (data.length < worthTheWay ? short.digest(data) : digest(subtle, name, data)),
  }
}

async function digest(subtle: Subtle, name: HashName, data: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await subtle.digest(name, data))
}

interface AeadInfo {
  readonly Nk: number
  readonly name: string
  readonly format: KeyFormat
}

const aeads: Readonly<Record<number, AeadInfo>> = {
  1: { Nk: 16, name: 'AES-GCM', format: 'raw' },
  2: { Nk: 32, name: 'AES-GCM', format: 'raw' },
  3: { Nk: 32, name: 'ChaCha20-Poly1305', format: 'raw-secret' },
}

const Nn = 12
const Nt = 16

/** By its id of RFC 9180 section 7.3. */
export function aead(subtle: Subtle, id: number): Aead | undefined {
  const info = aeads[id]
  if (info === undefined) return undefined
  const bind = (key: Uint8Array): BoundAead => {
    checkLength(key, info.Nk)
    return bound(subtle, info, new Uint8Array(key))
  }
  return {
    id,
    Nk: info.Nk,
    Nn,
    Nt,
    seal: (key, nonce, aad, plaintext) => bind(key).seal(nonce, aad, plaintext),
    open: (key, nonce, aad, ciphertext) => bind(key).open(nonce, aad, ciphertext),
    bind,
  }
}

/** Imports at the first use, and wipes `own` then. */
function bound(subtle: Subtle, { name, format }: AeadInfo, own: Uint8Array): BoundAead {
  let imported: Promise<CryptoKey> | undefined
  const cryptoKey = (): Promise<CryptoKey> => {
    imported ??= subtle.importKey(format, own, name, false, ['encrypt', 'decrypt']).finally(() => own.fill(0))
    return imported
  }
  const run = (method: 'encrypt' | 'decrypt') => (nonce: Uint8Array, aad: Uint8Array, data: Uint8Array) => {
    checkLength(nonce, Nn)
    return opaque(async () => {
      const key = await cryptoKey()
      return new Uint8Array(await subtle[method]({ name, iv: nonce, additionalData: aad }, key, data))
    })
  }
  return { seal: run('encrypt'), open: run('decrypt') }
}
