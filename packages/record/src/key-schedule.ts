import { type CryptoSuite, type MaybePromise, TwofoldError } from '@twofold/interface'
import { map } from './maybe.ts'

/** The AEAD of one direction of one epoch. */
export interface TrafficKeys {
  readonly aead: ReturnType<CryptoSuite['aead']['bind']>
  readonly iv: Uint8Array
}

/** RFC 8446 section 7.3: [sender]_write_key and [sender]_write_iv of a traffic secret. */
export function trafficKeys(suite: CryptoSuite, secret: Uint8Array): MaybePromise<TrafficKeys> {
  const { kdf, aead } = suite
  const key = kdf.expand(secret, expandLabel('key', aead.Nk), aead.Nk)
  const iv = kdf.expand(secret, expandLabel('iv', aead.Nn), aead.Nn)
  return map(key, (keyBytes) =>
    map(iv, (ivBytes) => {
      const bound = aead.bind(keyBytes)
      keyBytes.fill(0)
      return { aead: bound, iv: ivBytes }
    }),
  )
}

/**
 * RFC 8446 section 7.1:
 * struct { uint16 length; opaque label<7..255> = "tls13 " + Label; opaque context<0..255>; } HkdfLabel, with an empty context.
 */
function expandLabel(label: string, length: number): Uint8Array {
  const text = `tls13 ${label}`
  const bytes = new Uint8Array(2 + 1 + text.length + 1)
  bytes[0] = length >> 8
  bytes[1] = length & 0xff
  bytes[2] = text.length
  for (let i = 0; i < text.length; i++) bytes[3 + i] = text.charCodeAt(i)
  return bytes
}

/** RFC 8446 section 5.3: the sequence number, left-padded to the IV's length, XOR the IV. */
export function recordNonce(iv: Uint8Array, sequenceNumber: number): Uint8Array {
  if (iv.length < 4)
    throw new TwofoldError('BUG_INVARIANT', 'an IV is shorter than a sequence number; please report this')
  const nonce = iv.slice()
  const end = nonce.length
  nonce[end - 1]! ^= sequenceNumber & 0xff
  nonce[end - 2]! ^= (sequenceNumber >>> 8) & 0xff
  nonce[end - 3]! ^= (sequenceNumber >>> 16) & 0xff
  nonce[end - 4]! ^= sequenceNumber >>> 24
  return nonce
}
