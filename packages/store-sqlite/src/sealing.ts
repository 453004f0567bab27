import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'
import { TwofoldError } from '@twofold/interface'

/** The keyed operations of one file. Each row and revision has an AES key of its own, so nonces never meet by chance. */
export interface Sealing {
  /** HMAC-SHA256 of an id: where its row is found, without naming it. */
  tag(id: string): Uint8Array
  /** Bound to the tag, so that no row can take another one's name. */
  sealId(tag: Uint8Array, id: string): Uint8Array
  openId(tag: Uint8Array, sealed: Uint8Array): string
  /** Bound to the id (by its tag) and the revision: rows cannot be swapped or given an older revision's content. */
  sealBytes(tag: Uint8Array, revision: number, bytes: Uint8Array): Uint8Array
  openBytes(tag: Uint8Array, revision: number, sealed: Uint8Array): Uint8Array
  /** What the file holds to recognise its key. */
  readonly check: Uint8Array
  fitsCheck(stored: Uint8Array): boolean
  wipe(): void
}

export const keyBytes = 32
export const saltBytes = 32
const nonceBytes = 12
const macBytes = 16

export function sealingFor(key: Uint8Array, salt: Uint8Array): Sealing {
  const [tagKey, idKey, valueKey, check] = ['tag', 'id', 'value', 'check'].map((use) => subkey(key, salt, use)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ]
  const tag = (id: string): Uint8Array => hmac(tagKey, id)

  return {
    tag,
    check,
    fitsCheck: (stored) => stored.length === check.length && timingSafeEqual(stored, check),
    sealId: (rowTag, id) => seal(idKey, rowTag, Buffer.from(id, 'latin1')),
    openId: (rowTag, sealed) => Buffer.from(open(idKey, rowTag, sealed)).toString('latin1'),
    sealBytes: (rowTag, revision, bytes) => seal(valueKey, place(rowTag, revision), bytes),
    openBytes: (rowTag, revision, sealed) => open(valueKey, place(rowTag, revision), sealed),
    wipe(): void {
      for (const secret of [tagKey, idKey, valueKey, check]) secret.fill(0)
    },
  }
}

function subkey(key: Uint8Array, salt: Uint8Array, use: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, salt, `twofold store-sqlite 1 ${use}`, keyBytes))
}

function place(tag: Uint8Array, revision: number): Uint8Array {
  const bytes = Buffer.alloc(tag.length + 8)
  bytes.set(tag)
  bytes.writeBigUInt64BE(BigInt(revision), tag.length)
  return bytes
}

/** nonce ‖ ciphertext ‖ tag, under a key for this place alone, with the place as additional data. */
function seal(key: Uint8Array, where: Uint8Array, bytes: Uint8Array): Uint8Array {
  const placeKey = hmac(key, where)
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', placeKey, nonce).setAAD(where)
  const sealed = Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()])
  placeKey.fill(0)
  return sealed
}

function open(key: Uint8Array, where: Uint8Array, sealed: Uint8Array): Uint8Array {
  if (sealed.length < nonceBytes + macBytes) throw corrupt()
  const placeKey = hmac(key, where)
  const decipher = createDecipheriv('aes-256-gcm', placeKey, sealed.subarray(0, nonceBytes), {
    authTagLength: macBytes,
  })
  decipher.setAAD(where).setAuthTag(sealed.subarray(sealed.length - macBytes))
  const bytes = decipher.update(sealed.subarray(nonceBytes, sealed.length - macBytes))
  try {
    decipher.final()
  } catch (cause) {
    bytes.fill(0)
    throw corrupt(cause)
  } finally {
    placeKey.fill(0)
  }
  const fresh = new Uint8Array(bytes)
  bytes.fill(0)
  return fresh
}

function hmac(key: Uint8Array, data: string | Uint8Array): Uint8Array {
  return createHmac('sha256', key).update(data).digest()
}

function corrupt(cause?: unknown): TwofoldError {
  return new TwofoldError(
    'STORE_CORRUPT',
    'a row of the store was altered: bring the file back from a copy, or forget the session',
    { cause },
  )
}
