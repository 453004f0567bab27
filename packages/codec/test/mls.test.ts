import { describe, expect, it } from 'vitest'
import {
  commitHeader,
  DecodeError,
  decode,
  encode,
  framedContentAuthData,
  type LeafNode,
  type MlsMessage,
  mlsContentType,
  mlsMessage,
  type Node,
  type ParentNode,
  privateMessage,
  type RatchetTree,
  ratchetTree,
  twoPartyRatchetTree,
  wireFormat,
} from '../src/index.ts'
import { decodeError } from './expect-code.ts'
import { unhex } from './vectors.ts'
import { commitOf, leafOf, smallSizes } from './worst-case.ts'

const groupId = new Uint8Array(32).fill(0x11)
const leaf = leafOf(smallSizes)

const inPrivate: MlsMessage = {
  kind: 'private_message',
  groupId,
  epoch: commitOf(smallSizes).content.epoch,
  contentType: mlsContentType.commit,
  authenticatedData: new Uint8Array(),
  encryptedSenderData: new Uint8Array(28),
  ciphertext: new Uint8Array(300),
}
const inPublic: MlsMessage = { kind: 'public_message', ...commitOf(smallSizes) }

describe('commitHeader', () => {
  it('reads a PrivateMessage', () => {
    const header = commitHeader(encode(mlsMessage, inPrivate))
    expect(header).toEqual({
      wireFormat: wireFormat.mls_private_message,
      groupId,
      epoch: inPrivate.epoch,
      contentType: mlsContentType.commit,
      authenticatedData: new Uint8Array(),
    })
    expect('sender' in header).toBe(false)
  })

  it('reads a PublicMessage and its sender', () => {
    const header = commitHeader(encode(mlsMessage, inPublic))
    expect(header.wireFormat).toBe(wireFormat.mls_public_message)
    expect(header.contentType).toBe(mlsContentType.commit)
    expect(header.sender).toEqual({ kind: 'member', leafIndex: 1 })
  })

  it('shows authenticated data and other content types, for the caller to refuse', () => {
    const message = { ...inPrivate, authenticatedData: unhex('aa'), contentType: 200 }
    expect(commitHeader(encode(mlsMessage, message))).toMatchObject({
      authenticatedData: unhex('aa'),
      contentType: 200,
    })
  })

  it.each([inPrivate, inPublic])('refuses a byte too many, one too few and a long header: $kind', (message) => {
    const bytes = encode(mlsMessage, message)
    decodeError('DECODE_TRAILING_BYTES', () => commitHeader(Uint8Array.of(...bytes, 0)))
    decodeError('DECODE_TRUNCATED', () => commitHeader(bytes.subarray(0, -1)))
    const longHeader = Uint8Array.of(...bytes.subarray(0, 4), 0x40, ...bytes.subarray(4))
    const error = decodeError('DECODE_NON_MINIMAL_LENGTH', () => commitHeader(longHeader))
    expect(error.path).toBe(message.kind === 'private_message' ? 'groupId' : 'content.groupId')
  })

  it('refuses a non-minimal length deep in the path of a PublicMessage', () => {
    const bytes = encode(mlsMessage, inPublic)
    const at = 4 + 33 + 8 + 5 + 1 + 1 + 1 + 1
    const longHeader = Uint8Array.of(...bytes.subarray(0, at), 0x40, ...bytes.subarray(at))
    const error = decodeError('DECODE_NON_MINIMAL_LENGTH', () => commitHeader(longHeader))
    expect(error.path).toBe('content.content.commit.path.leafNode.encryptionKey')
  })

  it.each([0, 15, 33])('refuses a group id of %i bytes', (length) => {
    const bytes = encode(mlsMessage, { ...inPrivate, groupId: new Uint8Array(length) })
    expect(decodeError('DECODE_LENGTH_OUT_OF_RANGE', () => commitHeader(bytes)).offset).toBe(4)
  })

  it('refuses other messages, versions and wire formats', () => {
    const welcome = encode(mlsMessage, {
      kind: 'welcome',
      suite: leaf.capabilities.suites[0]!,
      secrets: [],
      encryptedGroupInfo: unhex(''),
    })
    expect(decodeError('DECODE_INVALID_VALUE', () => commitHeader(welcome)).offset).toBe(2)
    const bytes = encode(mlsMessage, inPrivate)
    decodeError('DECODE_UNKNOWN_VERSION', () => commitHeader(Uint8Array.of(0, 2, ...bytes.subarray(2))))
    decodeError('DECODE_INVALID_VALUE', () => commitHeader(Uint8Array.of(0, 1, 0xf0, 1, ...bytes.subarray(4))))
  })

  it('refuses proposals of a type that nobody can measure', () => {
    const bytes = encode(mlsMessage, {
      kind: 'public_message',
      ...commitOf(smallSizes, [{ kind: 'remove', removed: 0 }]),
    })
    const at = 4 + 33 + 8 + 5 + 1 + 1 + 1 + 1
    expect(bytes[at + 1]).toBe(3)
    bytes[at + 1] = 99
    decodeError('DECODE_INVALID_VALUE', () => commitHeader(bytes))
  })
})

describe('tags that depend on other fields', () => {
  it('a commit has a confirmation tag and a member a membership tag', () => {
    const message = commitOf(smallSizes)
    const without = { ...message, auth: { ...message.auth, confirmationTag: undefined } }
    expect(() => encode(mlsMessage, { kind: 'public_message', ...without })).toThrow(RangeError)
    expect(() => encode(mlsMessage, { kind: 'public_message', ...message, membershipTag: undefined })).toThrow(
      RangeError,
    )
  })

  it('nothing else has one', () => {
    const auth = { signature: unhex('aa'), confirmationTag: unhex('bb') }
    expect(() => encode(framedContentAuthData('application'), auth)).toThrow(RangeError)
    const message = commitOf(smallSizes)
    const external = { ...message, content: { ...message.content, sender: { kind: 'new_member_commit' } as const } }
    expect(() => encode(mlsMessage, { kind: 'public_message', ...external })).toThrow(RangeError)
  })
})

describe('twoPartyRatchetTree', () => {
  const first: Node = { kind: 'leaf', ...leaf }
  const parent: Node = { kind: 'parent', ...parentOf([]) }
  const accepted: readonly RatchetTree[] = [
    [first],
    [first, undefined, first],
    [first, parent, first],
    [undefined, undefined, first],
  ]
  const refused: readonly (readonly [string, RatchetTree])[] = [
    ['no nodes', []],
    ['two nodes', [first, parent]],
    ['four nodes', [first, parent, first, parent]],
    ['five nodes', [first, parent, first, undefined, first]],
    ['a blank at the end', [first, parent, undefined]],
    ['a parent at the place of a leaf', [parent, undefined, first]],
    ['a leaf at the place of a parent', [first, first, first]],
    ['unmerged leaves', [first, { kind: 'parent', ...parentOf([1]) }, first]],
  ]

  it.each(accepted)('accepts what two parties can have (%#)', (...tree) => {
    expect(decode(twoPartyRatchetTree, encode(ratchetTree, tree))).toEqual(tree)
  })

  it.each(refused)('refuses %s', (_, tree) => {
    const bytes = encode(ratchetTree, tree)
    expect(decode(ratchetTree, bytes)).toEqual(tree)
    expect(() => decode(twoPartyRatchetTree, bytes)).toThrow(DecodeError)
    expect(() => encode(twoPartyRatchetTree, tree)).toThrow(RangeError)
  })
})

it('unknown credentials, extensions and codes survive', () => {
  const grease: LeafNode = {
    ...leaf,
    credential: { kind: 'unknown', type: 0x0a0a, data: unhex('aabb') },
    extensions: [{ type: 0x1a1a, data: unhex('01') }],
    capabilities: { ...leaf.capabilities, versions: [1, 0x2a2a], credentials: [1, 0x3a3a] },
  }
  const tree: RatchetTree = [{ kind: 'leaf', ...grease }]
  expect(decode(twoPartyRatchetTree, encode(ratchetTree, tree))).toEqual(tree)
})

it('a credential over 16 KiB is refused', () => {
  const identity = new Uint8Array(0x4001)
  const tree: RatchetTree = [{ kind: 'leaf', ...leaf, credential: { kind: 'basic', identity } }]
  expect(() => encode(ratchetTree, tree)).toThrow(RangeError)
  const bytes = encode(ratchetTree, [
    { kind: 'leaf', ...leaf, credential: { kind: 'basic', identity: identity.subarray(1) } },
  ])
  const at = bytes.indexOf(0x80, 8)
  expect([...bytes.subarray(at, at + 4)]).toEqual([0x80, 0, 0x40, 0])
  bytes[at + 3] = 1
  const error = decodeError('DECODE_LENGTH_OUT_OF_RANGE', () => decode(ratchetTree, bytes))
  expect([error.path, error.offset]).toEqual(['0.credential.identity', at])
})

it('the outer PrivateMessage has its fields where RFC 9420 section 6.3 puts them', () => {
  const bytes = unhex(`10${'11'.repeat(16)}0000000000000005030001aa02bbcc`)
  expect(decode(privateMessage, bytes)).toEqual({
    groupId: new Uint8Array(16).fill(0x11),
    epoch: 5n,
    contentType: mlsContentType.commit,
    authenticatedData: unhex(''),
    encryptedSenderData: unhex('aa'),
    ciphertext: unhex('bbcc'),
  })
})

function parentOf(unmergedLeaves: readonly number[]): ParentNode {
  return { encryptionKey: unhex('aa'), parentHash: unhex(''), unmergedLeaves }
}
