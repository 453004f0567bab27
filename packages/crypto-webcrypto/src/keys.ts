import {
  checkLength,
  concat,
  copyOf,
  cryptoFailed,
  type GroupInfo,
  type GroupName,
  groups,
  isScalar,
  type MlKemSet,
  mlKemSets,
  remember,
} from '@twofold/hpke'
import type { SignatureName } from '@twofold/interface'
import type { Algorithm, JwkPublicPart, KeyFormat, Subtle } from './subtle.ts'

/** What WebCrypto calls keys of one kind, and how it takes them. */
export interface KeyKind {
  readonly algorithm: Algorithm
  readonly Npk: number
  /** Of the serialized private key: scalar or seed. */
  readonly Nsk: number
  readonly publicFormat: KeyFormat
  readonly privateFormat: KeyFormat
  /** What stands before the private key: the PKCS #8 (RFC 5208) up to it, or nothing. */
  readonly prefix: Uint8Array
  readonly publicUsages: readonly string[]
  readonly privateUsages: readonly string[]
  /** Whose order bounds the private key. */
  readonly group?: GroupInfo
}

type Usages = Pick<KeyKind, 'publicUsages' | 'privateUsages'>

const agreement: Usages = { publicUsages: [], privateUsages: ['deriveBits'] }
const signing: Usages = { publicUsages: ['verify'], privateUsages: ['sign'] }
const encapsulation: Usages = { publicUsages: ['encapsulateBits'], privateUsages: ['decapsulateBits'] }

/** RFC 8410: the key is an OCTET STRING of its own, which comes last. */
function simple(name: string, length: number, prefix: string, usages: Usages): KeyKind {
  const formats = { publicFormat: 'raw', privateFormat: 'pkcs8' } as const
  return { algorithm: name, Npk: length, Nsk: length, ...formats, prefix: fromHex(prefix), ...usages }
}

const ecPrefixes = {
  P256: '3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420',
  P384: '304e020100301006072a8648ce3d020106052b81040022043730350201010430',
  P521: '3060020100301006072a8648ce3d020106052b81040023044930470201010442',
} as const

const namedCurves = { P256: 'P-256', P384: 'P-384', P521: 'P-521' } as const

/** RFC 5915: an ECPrivateKey without its public key, so that the scalar comes last. */
function ec(name: 'ECDH' | 'ECDSA', curve: keyof typeof namedCurves, usages: Usages): KeyKind {
  const group = groups[curve]
  const formats = { publicFormat: 'raw', privateFormat: 'pkcs8' } as const
  const prefix = fromHex(ecPrefixes[curve])
  const algorithm = { name, namedCurve: namedCurves[curve] }
  return { algorithm, Npk: group.Npk, Nsk: group.Nsk, ...formats, prefix, ...usages, group }
}

/** Modern Algorithms in the Web Cryptography API: the private key is the seed of FIPS 203 and 204. */
function seeded(name: string, Npk: number, Nsk: number, usages: Usages): KeyKind {
  const formats = { publicFormat: 'raw-public', privateFormat: 'raw-seed' } as const
  return { algorithm: name, Npk, Nsk, ...formats, prefix: new Uint8Array(0), ...usages }
}

export const groupKinds: Readonly<Record<GroupName, KeyKind>> = {
  P256: ec('ECDH', 'P256', agreement),
  P384: ec('ECDH', 'P384', agreement),
  P521: ec('ECDH', 'P521', agreement),
  X25519: simple('X25519', 32, '302e020100300506032b656e04220420', agreement),
  X448: simple('X448', 56, '3046020100300506032b656f043a0438', agreement),
}

export const mlKemKinds: Readonly<Record<MlKemSet, KeyKind>> = {
  768: seeded('ML-KEM-768', mlKemSets[768].Npk, 64, encapsulation),
  1024: seeded('ML-KEM-1024', mlKemSets[1024].Npk, 64, encapsulation),
}

export const signatureKinds: Readonly<Record<SignatureName, KeyKind>> = {
  P256: ec('ECDSA', 'P256', signing),
  P384: ec('ECDSA', 'P384', signing),
  P521: ec('ECDSA', 'P521', signing),
  Ed25519: simple('Ed25519', 32, '302e020100300506032b657004220420', signing),
  Ed448: simple('Ed448', 57, '3047020100300506032b6571043b0439', signing),
  MLDSA44: seeded('ML-DSA-44', 1312, 32, signing),
  MLDSA65: seeded('ML-DSA-65', 1952, 32, signing),
  MLDSA87: seeded('ML-DSA-87', 2592, 32, signing),
}

/** Serialized keys of one kind, imported once each: remembered by the identity of the array. */
export interface Keys {
  publicKey(bytes: Uint8Array): Promise<CryptoKey>
  /** Not extractable. */
  privateKey(bytes: Uint8Array): Promise<CryptoKey>
  /** The serialized public key that belongs to a serialized private one; a fresh array. */
  publicOf(privateKey: Uint8Array): Promise<Uint8Array>
}

export function keys(subtle: Subtle, kind: KeyKind): Keys {
  const publicKey = remember((bytes) => importPublic(subtle, kind, bytes))
  const privateKey = remember((bytes) => importPrivate(subtle, kind, bytes, false))
  return {
    publicKey,
    privateKey,
    async publicOf(bytes) {
      if (subtle.getPublicKey === undefined) return throughJwk(subtle, kind, bytes)
      const key = await subtle.getPublicKey(await privateKey(bytes), kind.publicUsages)
      return new Uint8Array((await subtle.exportKey(kind.publicFormat, key)) as ArrayBuffer)
    },
  }
}

async function importPublic(subtle: Subtle, kind: KeyKind, bytes: Uint8Array): Promise<CryptoKey> {
  checkLength(bytes, kind.Npk)
  // SEC 1 has a hybrid form too (0x06, 0x07), a second encoding of the same point.
  if (kind.group !== undefined && bytes[0] !== 0x04) throw cryptoFailed()
  return subtle.importKey(kind.publicFormat, copyOf(bytes), kind.algorithm, true, kind.publicUsages)
}

async function importPrivate(
  subtle: Subtle,
  kind: KeyKind,
  bytes: Uint8Array,
  extractable: boolean,
): Promise<CryptoKey> {
  checkLength(bytes, kind.Nsk)
  // Deno imports zero and numbers above the order (RFC 9180 section 7.1.2).
  if (kind.group !== undefined && !isScalar(kind.group, bytes)) throw cryptoFailed()
  const encoded = concat(kind.prefix, bytes)
  try {
    return await subtle.importKey(kind.privateFormat, encoded, kind.algorithm, extractable, kind.privateUsages)
  } finally {
    encoded.fill(0)
  }
}

/** Without getPublicKey the one way to a public key leads through the export of the private one. */
async function throughJwk(subtle: Subtle, kind: KeyKind, bytes: Uint8Array): Promise<Uint8Array> {
  const key = await importPrivate(subtle, kind, bytes, true)
  const publicKey = publicPart((await subtle.exportKey('jwk', key)) as JwkPublicPart)
  checkLength(publicKey, kind.Npk)
  return publicKey
}

function publicPart({ x, y, pub }: JwkPublicPart): Uint8Array {
  if (y !== undefined) return concat(Uint8Array.of(0x04), fromBase64Url(x ?? ''), fromBase64Url(y))
  return fromBase64Url(pub ?? x ?? '')
}

function fromBase64Url(text: string): Uint8Array {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(binary, (character) => character.charCodeAt(0))
}

/** Of a constant in the source. */
function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
}
