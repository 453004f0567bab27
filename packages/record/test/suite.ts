import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto'
import { type CryptoSuite, TwofoldError } from '@twofold/interface'

/** What records need of a suite, straight from node:crypto: HKDF and AES-GCM, by SHA-256 with 16-byte keys as in RFC 8448, or as asked. */
export function recordSuite(
  options: { readonly Nk?: 16 | 32; readonly asynchronous?: boolean; readonly aeadId?: number } = {},
): CryptoSuite {
  const { Nk = 16, asynchronous = false, aeadId = 1 } = options
  const give = <T>(value: T): T | Promise<T> => (asynchronous ? Promise.resolve(value) : value)
  const aead = { id: aeadId, Nk, Nn: 12, Nt: 16 }
  const expand = (prk: Uint8Array, info: Uint8Array, length: number): Uint8Array => {
    const blocks: Uint8Array[] = [new Uint8Array(0)]
    for (let i = 1; (i - 1) * 32 < length; i++) {
      blocks.push(
        createHmac('sha256', prk)
          .update(blocks[i - 1]!)
          .update(info)
          .update(Uint8Array.of(i))
          .digest(),
      )
    }
    return new Uint8Array(Buffer.concat(blocks).subarray(0, length))
  }
  const bind = (given: Uint8Array): ReturnType<CryptoSuite['aead']['bind']> => {
    const key = given.slice()
    return {
      seal(nonce, aad, plaintext) {
        const cipher = createCipheriv(`aes-${Nk * 8}-gcm` as 'aes-128-gcm', key, nonce).setAAD(aad)
        return give(new Uint8Array(Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])))
      },
      open(nonce, aad, ciphertext) {
        const end = ciphertext.length - 16
        const decipher = createDecipheriv(`aes-${Nk * 8}-gcm` as 'aes-128-gcm', key, nonce).setAAD(aad)
        decipher.setAuthTag(ciphertext.subarray(end))
        try {
          return give(new Uint8Array(Buffer.concat([decipher.update(ciphertext.subarray(0, end)), decipher.final()])))
        } catch (cause) {
          const error = new TwofoldError('CRYPTO_FAILED', 'it did not open', { cause })
          if (asynchronous) return Promise.reject(error)
          throw error
        }
      },
    }
  }
  return { kdf: { id: 1, Nh: 32, expand }, aead: { ...aead, bind } } as unknown as CryptoSuite
}

export function bytes(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
}

export const text = (value: string): Uint8Array => new TextEncoder().encode(value)
