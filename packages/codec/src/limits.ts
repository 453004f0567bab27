import { headerSize } from './primitives.ts'

/** Plaintext of one record, in bytes, without the content type and padding (docs/protocol.md, records). */
export const maxRecordPlaintext = 0x1_0000

/** Version, type, epoch mod 256 and sequence number, in bytes. */
export const recordHeaderLength = 7

/** What a record is longer than its plaintext, in bytes: the header, the content type and the AEAD's tag of 16. */
export const recordOverhead = 24

/** The longest record, in bytes. */
export const maxRecordFrame: number = maxRecordPlaintext + recordOverhead

/** A credential's identity, or its certificates with their length headers, in bytes. */
export const maxCredential = 0x4000

/** No frame of any suite is longer, in bytes. A link refuses what is longer than its suite needs: `maxHandshakeFrame`. */
export const maxFrame = 0x2_0000

/** Group ids of this profile, in bytes; MLS itself has no bounds. */
export const minGroupId = 16
export const maxGroupId = 32

/** A public key, KEM output or private key of any suite, in bytes (ML-DSA-87 has 2592). */
export const maxKey = 0x2000

/** A signature, in bytes (ML-DSA-87 has 4627). */
export const maxSignature = 0x2000

/** A hash, MAC, nonce or secret, in bytes. */
export const maxHash = 0xff

/** One list of a leaf's capabilities, in bytes; its entries have two. */
export const maxCapability = 0x200

/** All extensions of a two-party leaf, key package, GroupContext, or GroupInfo beside the tree, in bytes. */
export const maxTwoPartyExtensions = 0x400

/** Any other vector of a general MLS message, in bytes: what a `uint24 length` can frame. */
export const maxMessage = 0xff_ffff

/** What the length of a message depends on; all lengths in bytes. */
export interface SuiteSizes {
  /** HPKE public key and encapsulated key (`kem.Npk`, `kem.Nenc`). */
  readonly kemPublicKey: number
  readonly enc: number
  /** Signature public key and the longest signature (`signature.Npk`, `signature.Nsig`). */
  readonly signaturePublicKey: number
  readonly signature: number
  /** Output of the hash (`hash.Nh`). */
  readonly hash: number
}

/**
 * The longest frame of a suite that is not a record, in bytes, with credentials of `maxCredential` on both sides: that of the
 * Welcome, which holds both leaves, so it is an upper bound on every ClientHello and commit too. A transport that cannot carry
 * it fails at connect, and what is longer is refused before it is parsed.
 */
export function maxHandshakeFrame(sizes: SuiteSizes): number {
  return frameHeader + mlsHeader + welcome(sizes)
}

const frameHeader = 2
const mlsHeader = 4
const aeadTag = 16
const uint16s = 2
const uint32s = 4
const uint64s = 8

/** `length` bytes with their vector header. */
function vector(length: number): number {
  return headerSize(length) + length
}

/** RFC 9420 section 7.2. */
function leafNode(sizes: SuiteSizes): number {
  const credential = uint16s + vector(maxCredential)
  const source = 1 + Math.max(2 * uint64s, vector(sizes.hash))
  const keys = vector(sizes.kemPublicKey) + vector(sizes.signaturePublicKey)
  return (
    keys + credential + 5 * vector(maxCapability) + source + vector(maxTwoPartyExtensions) + vector(sizes.signature)
  )
}

/** RFC 9420 section 12.4.3.1, for one new member. */
function welcome(sizes: SuiteSizes): number {
  const groupSecrets = vector(sizes.hash) + 1 + vector(sizes.hash) + 1
  const secrets = vector(sizes.hash) + vector(sizes.enc) + vector(groupSecrets + aeadTag)
  return uint16s + vector(secrets) + vector(groupInfo(sizes) + aeadTag)
}

/** RFC 9420 sections 8.1 and 12.4.3, with the extensions ratchet_tree and external_pub, which some libraries always add. */
function groupInfo(sizes: SuiteSizes): number {
  const context = 2 * uint16s + vector(maxGroupId) + uint64s + 2 * vector(sizes.hash) + vector(maxTwoPartyExtensions)
  const tree = uint16s + vector(vector(ratchetTree(sizes)))
  const externalPub = uint16s + vector(vector(sizes.kemPublicKey))
  const extensions = vector(tree + externalPub + maxTwoPartyExtensions)
  return context + extensions + vector(sizes.hash) + uint32s + vector(sizes.signature)
}

/** RFC 9420 section 12.4.3.3: two leaves and the parent, without unmerged leaves. */
function ratchetTree(sizes: SuiteSizes): number {
  const parent = vector(sizes.kemPublicKey) + vector(sizes.hash) + 1
  return 2 * (2 + leafNode(sizes)) + 2 + parent
}
