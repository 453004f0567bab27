import { type AsymmetricKeyType, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import {
  checkLength,
  concat,
  cryptoFailed,
  equalBytes,
  type GroupInfo,
  groups,
  isScalar,
  remember,
} from '@twofold/hpke'
import { fromHex, plain } from './bytes.ts'

/** How keys of one kind are written in DER, and what node:crypto calls them. */
export interface KeyKind {
  readonly asymmetricKeyType: AsymmetricKeyType
  readonly Npk: number
  /** Of the serialized private key: scalar or seed. */
  readonly Nsk: number
  /** The content of the AlgorithmIdentifier (RFC 5280 section 4.1.1.2), hex. */
  readonly algorithm: string
  /** How the private key stands in the PKCS #8: an OCTET STRING (RFC 8410), an ECPrivateKey (RFC 5915), or [0] seed (RFC 9935, RFC 9881). */
  readonly privateForm: 'octets' | 'ec' | 'seed'
  /** Whose order bounds the private key. */
  readonly group?: GroupInfo
}

const ecPublicKey = '06072a8648ce3d0201'
const mlKemAlgorithms = '06096086480165030404'
const mlDsaAlgorithms = '06096086480165030403'

function simple(asymmetricKeyType: AsymmetricKeyType, length: number, algorithm: string): KeyKind {
  return { asymmetricKeyType, Npk: length, Nsk: length, algorithm, privateForm: 'octets' }
}

function ec(group: GroupInfo, curve: string): KeyKind {
  const { Npk, Nsk } = group
  return { asymmetricKeyType: 'ec', Npk, Nsk, algorithm: ecPublicKey + curve, privateForm: 'ec', group }
}

function seeded(asymmetricKeyType: AsymmetricKeyType, Npk: number, Nsk: number, algorithm: string): KeyKind {
  return { asymmetricKeyType, Npk, Nsk, algorithm, privateForm: 'seed' }
}

export type KeyKindName =
  | 'X25519'
  | 'X448'
  | 'Ed25519'
  | 'Ed448'
  | 'P256'
  | 'P384'
  | 'P521'
  | 'MLKEM768'
  | 'MLKEM1024'
  | 'MLDSA44'
  | 'MLDSA65'
  | 'MLDSA87'

export const keyKinds: Readonly<Record<KeyKindName, KeyKind>> = {
  X25519: simple('x25519', 32, '06032b656e'),
  X448: simple('x448', 56, '06032b656f'),
  Ed25519: simple('ed25519', 32, '06032b6570'),
  Ed448: simple('ed448', 57, '06032b6571'),
  P256: ec(groups.P256, '06082a8648ce3d030107'),
  P384: ec(groups.P384, '06052b81040022'),
  P521: ec(groups.P521, '06052b81040023'),
  MLKEM768: seeded('ml-kem-768', 1184, 64, `${mlKemAlgorithms}02`),
  MLKEM1024: seeded('ml-kem-1024', 1568, 64, `${mlKemAlgorithms}03`),
  MLDSA44: seeded('ml-dsa-44', 1312, 32, `${mlDsaAlgorithms}11`),
  MLDSA65: seeded('ml-dsa-65', 1952, 32, `${mlDsaAlgorithms}12`),
  MLDSA87: seeded('ml-dsa-87', 2592, 32, `${mlDsaAlgorithms}13`),
}

/** Serialized keys of one kind, imported once each: remembered by the identity of the array. */
export interface Keys {
  publicKey(bytes: Uint8Array): KeyObject
  privateKey(bytes: Uint8Array): KeyObject
  /** The serialized public key that belongs to a serialized private one; a fresh array. */
  publicOf(privateKey: Uint8Array): Uint8Array
}

/** `raw` says whether raw key formats may be used; DER does the same, slower. */
export function keys(kind: KeyKind, raw: boolean = hasRaw()): Keys {
  const importPublic = publicImport(kind, raw)
  const importPrivate = privateImport(kind, raw)
  const publicKey = remember((bytes) => {
    checkLength(bytes, kind.Npk)
    return importPublic(bytes)
  })
  const privateKey = remember((bytes) => {
    checkLength(bytes, kind.Nsk)
    // OpenSSL imports zero and numbers above the order (RFC 9180 section 7.1.2).
    if (kind.group !== undefined && !isScalar(kind.group, bytes)) throw cryptoFailed()
    return importPrivate(bytes)
  })
  return { publicKey, privateKey, publicOf: (bytes) => exportPublic(kind, raw, createPublicKey(privateKey(bytes))) }
}

let rawWorks: boolean | undefined

/** Raw key formats came in Node 24.21; they import a public key in half the time. Tried once, with the base point of X25519. */
function hasRaw(): boolean {
  rawWorks ??= tryRaw()
  return rawWorks
}

function tryRaw(): boolean {
  const bytes = new Uint8Array(32)
  bytes[0] = 9
  try {
    const key = createPublicKey({ key: bytes, format: 'raw-public', asymmetricKeyType: 'x25519' })
    return equalBytes(key.export({ format: 'raw-public' }), bytes)
  } catch {
    return false
  }
}

function publicImport({ asymmetricKeyType, privateForm, Npk, algorithm }: KeyKind, raw: boolean) {
  const prefix = spkiPrefix(algorithm, Npk)
  const der = (bytes: Uint8Array): KeyObject =>
    createPublicKey({ key: concat(prefix, bytes), format: 'der', type: 'spki' })
  if (privateForm === 'ec') return (point: Uint8Array): KeyObject => der(uncompressed(point))
  if (!raw) return der
  return (bytes: Uint8Array): KeyObject => createPublicKey({ key: bytes, format: 'raw-public', asymmetricKeyType })
}

/** OpenSSL takes the hybrid form of SEC 1 too (0x06, 0x07), a second encoding of the same point. */
function uncompressed(point: Uint8Array): Uint8Array {
  if (point[0] !== 0x04) throw cryptoFailed()
  return point
}

/** Seeds are imported in half the time from DER; scalars a little faster raw. */
function privateImport({ asymmetricKeyType, privateForm, Nsk, algorithm }: KeyKind, raw: boolean) {
  const prefix = pkcs8Prefix(algorithm, privateForm, Nsk)
  const der = (bytes: Uint8Array): KeyObject =>
    createPrivateKey({ key: concat(prefix, bytes), format: 'der', type: 'pkcs8' })
  if (privateForm !== 'octets' || !raw) return der
  return (bytes: Uint8Array): KeyObject => createPrivateKey({ key: bytes, format: 'raw-private', asymmetricKeyType })
}

function exportPublic({ privateForm, Npk }: KeyKind, raw: boolean, key: KeyObject): Uint8Array {
  if (privateForm !== 'ec' && raw) return plain(key.export({ format: 'raw-public' }))
  const der = key.export({ format: 'der', type: 'spki' })
  return new Uint8Array(der.subarray(der.length - Npk))
}

/** One element of DER (X.690 section 8.1). */
function element(tag: number, ...content: readonly Uint8Array[]): Uint8Array {
  const bytes = concat(...content)
  const { length } = bytes
  if (length < 0x80) return concat(Uint8Array.of(tag, length), bytes)
  if (length < 0x100) return concat(Uint8Array.of(tag, 0x81, length), bytes)
  return concat(Uint8Array.of(tag, 0x82, length >> 8, length & 0xff), bytes)
}

const sequence = 0x30
const octetString = 0x04
const bitString = 0x03
const contextTag0 = 0x80
const integer = (value: number) => Uint8Array.of(0x02, 0x01, value)

function algorithmIdentifier(hex: string): Uint8Array {
  return element(sequence, fromHex(hex))
}

/** SubjectPublicKeyInfo (RFC 5280 section 4.1) up to the key, which comes last. */
function spkiPrefix(algorithm: string, Npk: number): Uint8Array {
  const whole = element(sequence, algorithmIdentifier(algorithm), element(bitString, new Uint8Array(1 + Npk)))
  return whole.slice(0, whole.length - Npk)
}

/** PrivateKeyInfo (RFC 5208 section 5) up to the key, which comes last. */
function pkcs8Prefix(algorithm: string, form: KeyKind['privateForm'], Nsk: number): Uint8Array {
  const key = new Uint8Array(Nsk)
  const inner = {
    octets: () => element(octetString, key),
    ec: () => element(sequence, integer(1), element(octetString, key)),
    seed: () => element(contextTag0, key),
  }[form]()
  const whole = element(sequence, integer(0), algorithmIdentifier(algorithm), element(octetString, inner))
  return whole.slice(0, whole.length - Nsk)
}
