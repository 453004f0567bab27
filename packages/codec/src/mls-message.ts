import { type Epoch, type GroupId, toGroupId } from './brands.ts'
import { type Codec, decode, outOfRange } from './codec.ts'
import { constant, preceded, readField, select, struct, writeField } from './combinators.ts'
import { DecodeError } from './error.ts'
import { maxGroupId, maxHash, maxMessage, maxSignature, minGroupId } from './limits.ts'
import { type Commit, commit, type Proposal, proposal } from './mls-commit.ts'
import { type KeyPackage, keyPackage, protocolVersion } from './mls-leaf.ts'
import { type GroupInfo, groupInfo, type Welcome, welcome } from './mls-welcome.ts'
import { epoch, fixed, opaque, uint8, uint16, uint32 } from './primitives.ts'

/** RFC 9420 section 6:  enum { mls_public_message(1), ..., (65535) } WireFormat */
export const wireFormat = {
  mls_public_message: 1,
  mls_private_message: 2,
  mls_welcome: 3,
  mls_group_info: 4,
  mls_key_package: 5,
} as const

export type WireFormat = (typeof wireFormat)[keyof typeof wireFormat]

/** RFC 9420 section 6:  enum { application(1), proposal(2), commit(3), (255) } ContentType */
export const mlsContentType = { application: 1, proposal: 2, commit: 3 } as const

const message: Codec<Uint8Array> = opaque({ max: maxMessage })
const mac: Codec<Uint8Array> = opaque({ max: maxHash })

/**
 * RFC 9420 section 6:
 * struct { SenderType sender_type; select (Sender.sender_type) { case member: uint32 leaf_index; case external: uint32 sender_index;
 *          case new_member_commit: case new_member_proposal: struct {}; }; } Sender
 */
export type Sender =
  | { readonly kind: 'member'; readonly leafIndex: number }
  | { readonly kind: 'external'; readonly senderIndex: number }
  | { readonly kind: 'new_member_proposal' }
  | { readonly kind: 'new_member_commit' }
export const sender: Codec<Sender> = select<Sender>('Sender', uint8, {
  member: [1, struct('Sender', { leafIndex: uint32 })],
  external: [2, struct('Sender', { senderIndex: uint32 })],
  new_member_proposal: [3, struct('Sender', {})],
  new_member_commit: [4, struct('Sender', {})],
})

/** RFC 9420 section 6, the end of FramedContent:  ContentType content_type; select (FramedContent.content_type) {...} */
export type Content =
  | { readonly kind: 'application'; readonly data: Uint8Array }
  | { readonly kind: 'proposal'; readonly proposal: Proposal }
  | { readonly kind: 'commit'; readonly commit: Commit }
export const content: Codec<Content> = select<Content>('FramedContent', uint8, {
  application: [mlsContentType.application, struct('FramedContent', { data: message })],
  proposal: [mlsContentType.proposal, struct('FramedContent', { proposal })],
  commit: [mlsContentType.commit, struct('FramedContent', { commit })],
})

/**
 * RFC 9420 section 6:
 * struct { opaque group_id<V>; uint64 epoch; Sender sender; opaque authenticated_data<V>;
 *          ContentType content_type; select (...) {...}; } FramedContent
 */
export interface FramedContent {
  readonly groupId: Uint8Array
  readonly epoch: Epoch
  readonly sender: Sender
  readonly authenticatedData: Uint8Array
  readonly content: Content
}
export const framedContent: Codec<FramedContent> = struct('FramedContent', {
  groupId: message,
  epoch,
  sender,
  authenticatedData: message,
  content,
})

/**
 * RFC 9420 section 6.1:
 * struct { opaque signature<V>; select (FramedContent.content_type) { case commit: MAC confirmation_tag; ... }; } FramedContentAuthData
 */
export interface FramedContentAuthData {
  readonly signature: Uint8Array
  /** Of a commit, and of nothing else. */
  readonly confirmationTag: Uint8Array | undefined
}

/** The codec for one content type: only a commit has a confirmation tag. */
export function framedContentAuthData(kind: Content['kind']): Codec<FramedContentAuthData> {
  return struct('FramedContentAuthData', {
    signature: opaque({ max: maxSignature }),
    confirmationTag: kind === 'commit' ? presentMac : absent,
  })
}

const presentMac: Codec<Uint8Array | undefined> = {
  name: 'MAC',
  write: (writer, value) => mac.write(writer, value ?? outOfRange(writer, 'missing')),
  read: mac.read,
}

const absent: Codec<undefined> = {
  name: 'nothing',
  write(writer, value) {
    if (value !== undefined) outOfRange(writer, 'not allowed here')
  },
  read: () => undefined,
}

const authOfCommit = framedContentAuthData('commit')
const authOfOther = framedContentAuthData('application')

/**
 * RFC 9420 section 6.2:
 * struct { FramedContent content; FramedContentAuthData auth;
 *          select (PublicMessage.content.sender.sender_type) { case member: MAC membership_tag; ... }; } PublicMessage
 */
export interface PublicMessage {
  readonly content: FramedContent
  readonly auth: FramedContentAuthData
  /** Of a member, and of nobody else. */
  readonly membershipTag: Uint8Array | undefined
}
export const publicMessage: Codec<PublicMessage> = {
  name: 'PublicMessage',
  write(writer, value) {
    writeField(writer, 'content', framedContent, value.content)
    writeField(writer, 'auth', authOf(value.content), value.auth)
    writeField(writer, 'membershipTag', tagOf(value.content), value.membershipTag)
  },
  read(reader) {
    const content = readField(reader, 'content', framedContent)
    const auth = readField(reader, 'auth', authOf(content))
    return { content, auth, membershipTag: readField(reader, 'membershipTag', tagOf(content)) }
  },
}

/**
 * RFC 9420 section 6.3:
 * struct { opaque group_id<V>; uint64 epoch; ContentType content_type; opaque authenticated_data<V>;
 *          opaque encrypted_sender_data<V>; opaque ciphertext<V>; } PrivateMessage
 */
export interface PrivateMessage {
  readonly groupId: Uint8Array
  readonly epoch: Epoch
  readonly contentType: number
  readonly authenticatedData: Uint8Array
  readonly encryptedSenderData: Uint8Array
  readonly ciphertext: Uint8Array
}
export const privateMessage: Codec<PrivateMessage> = struct('PrivateMessage', {
  groupId: message,
  epoch,
  contentType: uint8,
  authenticatedData: message,
  encryptedSenderData: opaque({ max: maxHash }),
  ciphertext: message,
})

/** RFC 9420 section 6.3.2:  struct { uint32 leaf_index; uint32 generation; opaque reuse_guard[4]; } SenderData */
export interface SenderData {
  readonly leafIndex: number
  readonly generation: number
  readonly reuseGuard: Uint8Array
}
export const senderData: Codec<SenderData> = struct('SenderData', {
  leafIndex: uint32,
  generation: uint32,
  reuseGuard: fixed(4),
})

/**
 * RFC 9420 section 6:
 * struct { ProtocolVersion version = mls10; WireFormat wire_format; select (MLSMessage.wire_format) {...}; } MLSMessage
 */
export type MlsMessage =
  | ({ readonly kind: 'public_message' } & PublicMessage)
  | ({ readonly kind: 'private_message' } & PrivateMessage)
  | ({ readonly kind: 'welcome' } & Welcome)
  | ({ readonly kind: 'group_info' } & GroupInfo)
  | ({ readonly kind: 'key_package' } & KeyPackage)
export const mlsMessage: Codec<MlsMessage> = preceded(
  constant(uint16, protocolVersion.mls10, 'DECODE_UNKNOWN_VERSION'),
  select<MlsMessage>('MLSMessage', uint16, {
    public_message: [wireFormat.mls_public_message, publicMessage],
    private_message: [wireFormat.mls_private_message, privateMessage],
    welcome: [wireFormat.mls_welcome, welcome],
    group_info: [wireFormat.mls_group_info, groupInfo],
    key_package: [wireFormat.mls_key_package, keyPackage],
  }),
)

/** What a commit shows without keys. Nothing of it is authenticated yet. */
export interface CommitHeader {
  readonly wireFormat: typeof wireFormat.mls_public_message | typeof wireFormat.mls_private_message
  readonly groupId: GroupId
  readonly epoch: Epoch
  /** An `mlsContentType`, or a number that we do not know; the caller refuses all but `commit`. */
  readonly contentType: number
  /** The caller refuses it unless it is empty. */
  readonly authenticatedData: Uint8Array
  /** Of a PublicMessage; a PrivateMessage encrypts it. */
  readonly sender?: Sender
}

/**
 * Parses an MLSMessage with a PublicMessage or PrivateMessage, the whole of it, as the one canonical encoding: a library
 * that accepts several encodings of a message would let a repeated commit escape recognition by its hash. Throws `DECODE_…`:
 * `DECODE_INVALID_VALUE` for another wire format, `DECODE_LENGTH_OUT_OF_RANGE` for a group id that is not 16 to 32 bytes.
 */
export function commitHeader(bytes: Uint8Array): CommitHeader {
  const value = decode(mlsMessage, bytes)
  switch (value.kind) {
    case 'private_message':
      return privateHeader(value)
    case 'public_message':
      return publicHeader(value)
    case 'welcome':
    case 'group_info':
    case 'key_package':
      throw new DecodeError('DECODE_INVALID_VALUE', wireFormatOffset, 'wireFormat', 'a message that is no commit')
  }
  return value satisfies never
}

const wireFormatOffset = 2
const groupIdOffset = 4

function privateHeader(value: PrivateMessage): CommitHeader {
  const { epoch, contentType, authenticatedData } = value
  const groupId = checkGroupId(value.groupId)
  return { wireFormat: wireFormat.mls_private_message, groupId, epoch, contentType, authenticatedData }
}

function publicHeader(value: PublicMessage): CommitHeader {
  const { epoch, sender, authenticatedData, content } = value.content
  const groupId = checkGroupId(value.content.groupId)
  const contentType = mlsContentType[content.kind]
  return { wireFormat: wireFormat.mls_public_message, groupId, epoch, contentType, authenticatedData, sender }
}

function checkGroupId(groupId: Uint8Array): GroupId {
  if (groupId.length >= minGroupId && groupId.length <= maxGroupId) return toGroupId(groupId)
  throw new DecodeError('DECODE_LENGTH_OUT_OF_RANGE', groupIdOffset, 'groupId', 'a group id has 16 to 32 bytes')
}

function authOf(content: FramedContent): Codec<FramedContentAuthData> {
  return content.content.kind === 'commit' ? authOfCommit : authOfOther
}

function tagOf(content: FramedContent): Codec<Uint8Array | undefined> {
  return content.sender.kind === 'member' ? presentMac : absent
}
