import {
  type Codec,
  type Commit,
  commit as commitCodec,
  decode,
  encode,
  epoch as epochCodec,
  type MlsMessage,
  mlsContentType,
  mlsMessage,
  opaque,
  type ProposalOrRef,
  struct,
  toEpoch,
  uint32,
} from '@twofold/codec'
import type { CommitFraming } from '@twofold/core'
import { TwofoldError } from '@twofold/interface'
import { equalBytes, joinBytes, noBytes } from '../bytes.ts'
import type { SymbolicContext } from './context.ts'
import { digest } from './digest.ts'
import { checkLeaf, signedLeaf } from './leaf.ts'
import { exporterOf, type Leaf, leafOf, type SymbolicState } from './state.ts'
import { signSymbolically, symbolicLength } from './suite.ts'

/** A commit with what authenticates it; a PrivateMessage carries it in the place of its ciphertext. */
interface SymbolicCommit {
  readonly sender: number
  readonly commit: Commit
  readonly signature: Uint8Array
  readonly confirmationTag: Uint8Array
}
const short = opaque({ max: 64 })
const symbolicCommit: Codec<SymbolicCommit> = struct('SymbolicCommit', {
  sender: uint32,
  commit: commitCodec,
  signature: short,
  confirmationTag: short,
})

/** What no honest party puts into a commit, for tests of those who must refuse it. */
export interface UnsafeCommitOptions {
  readonly proposals?: readonly ProposalOrRef[]
  readonly withoutPath?: boolean
  /** Another credential in the committer's leaf, as a peer that takes a new name would have it. */
  readonly credential?: Leaf['node']['credential']
}

export function createCommit(
  context: SymbolicContext,
  state: SymbolicState,
  framing: CommitFraming,
  unsafe: UnsafeCommitOptions = {},
): { message: Uint8Array; next: SymbolicState } {
  const own = leafOf(
    signedLeaf({
      ...state.own.node,
      encryptionKey: context.random(symbolicLength),
      credential: unsafe.credential ?? state.own.node.credential,
      source: { kind: 'commit', parentHash: digest(symbolicLength, 'parent', state.own.bytes) },
    }),
  )
  const node = { encryptionKey: context.random(symbolicLength), encryptedPathSecret: [] }
  const path = unsafe.withoutPath === true ? undefined : { leafNode: own.node, nodes: [node] }
  const commit: Commit = { proposals: unsafe.proposals ?? [], path }
  const content = contentBytes(state, state.ownIndex, framing, commit)
  const signature = signSymbolically(state.own.node.signatureKey, content)
  const secret = nextSecret(state, content, signature)
  const signed = { sender: state.ownIndex, commit, signature, confirmationTag: confirmation(secret) }
  const next = { ...state, ...ownCopies(state), ...nextEpoch(state, secret), own }
  return { message: frame(state, framing, signed), next }
}

export function verifyCommit(
  context: SymbolicContext,
  state: SymbolicState,
  message: Uint8Array,
): { next: SymbolicState; previous: Leaf; leaf: Leaf } {
  const { framing, signed } = unframe(state, message)
  const { commit, signature, sender } = signed
  if (sender !== 1 - state.ownIndex) bad('a commit that is not of the other member')
  const content = contentBytes(state, sender, framing, commit)
  const secret = nextSecret(state, content, signature)
  const verifies =
    equalBytes(signSymbolically(state.peer.node.signatureKey, content), signature) &&
    equalBytes(confirmation(secret), signed.confirmationTag)
  if (!verifies) throw new TwofoldError('CRYPTO_FAILED', 'a commit does not verify')
  if (commit.proposals.length > 0) throw new TwofoldError('PEER_FORBIDDEN_PROPOSAL', 'a commit with proposals')
  if (commit.path === undefined) bad('a commit without a path')
  const leaf = leafOf(commit.path.leafNode)
  checkLeaf(leaf.node, context.suite, context.profile)
  if (equalBytes(leaf.node.encryptionKey, state.peer.node.encryptionKey)) bad('a commit that repeats a key')
  return {
    next: { ...state, ...ownCopies(state), ...nextEpoch(state, secret), peer: leaf },
    previous: state.peer,
    leaf,
  }
}

function frame(state: SymbolicState, framing: CommitFraming, signed: SymbolicCommit): Uint8Array {
  const { groupId, epoch } = state
  if (framing === 'private') {
    const ciphertext = encode(symbolicCommit, signed)
    const encryptedSenderData = senderData(state, ciphertext)
    const contentType = mlsContentType.commit
    const authenticatedData = noBytes
    return encode(mlsMessage, {
      kind: 'private_message',
      ...{ groupId, epoch, contentType, authenticatedData, encryptedSenderData, ciphertext },
    })
  }
  const { sender, commit, signature, confirmationTag } = signed
  return encode(mlsMessage, {
    kind: 'public_message',
    content: {
      groupId,
      epoch,
      sender: { kind: 'member', leafIndex: sender },
      authenticatedData: noBytes,
      content: { kind: 'commit', commit },
    },
    auth: { signature, confirmationTag },
    membershipTag: membership(state, signature, confirmationTag),
  })
}

function unframe(state: SymbolicState, message: Uint8Array): { framing: CommitFraming; signed: SymbolicCommit } {
  const value = decode(mlsMessage, message)
  if (value.kind === 'private_message') {
    checkHeader(state, value)
    if (value.contentType !== mlsContentType.commit) bad('a message that is no commit')
    if (!equalBytes(senderData(state, value.ciphertext), value.encryptedSenderData)) {
      throw new TwofoldError('CRYPTO_FAILED', 'a commit does not verify')
    }
    return { framing: 'private', signed: decode(symbolicCommit, value.ciphertext) }
  }
  if (value.kind !== 'public_message') bad('a message that is no commit')
  return { framing: 'public', signed: unframePublic(state, value) }
}

function unframePublic(state: SymbolicState, value: Extract<MlsMessage, { kind: 'public_message' }>): SymbolicCommit {
  const { content, auth, membershipTag } = value
  checkHeader(state, content)
  if (content.content.kind !== 'commit' || content.sender.kind !== 'member')
    bad('a message that is no commit of a member')
  const confirmationTag = auth.confirmationTag ?? noBytes
  if (!equalBytes(membership(state, auth.signature, confirmationTag), membershipTag ?? noBytes)) {
    throw new TwofoldError('CRYPTO_FAILED', 'a commit does not verify')
  }
  const { commit } = content.content
  return { sender: content.sender.leafIndex, commit, signature: auth.signature, confirmationTag }
}

function checkHeader(
  state: SymbolicState,
  header: { readonly groupId: Uint8Array; readonly epoch: bigint; readonly authenticatedData: Uint8Array },
): void {
  if (!equalBytes(header.groupId, state.groupId)) bad('a commit of another group')
  if (header.epoch !== state.epoch) bad('a commit of another epoch')
  if (header.authenticatedData.length > 0) bad('a commit with authenticated data')
}

/** What the signature covers: the header, the sender and the commit. */
function contentBytes(state: SymbolicState, sender: number, framing: CommitFraming, commit: Commit): Uint8Array {
  return joinBytes(
    state.groupId,
    encode(epochCodec, state.epoch),
    Uint8Array.of(framing === 'private' ? 2 : 1, sender),
    encode(commitCodec, commit),
  )
}

function nextSecret(state: SymbolicState, content: Uint8Array, signature: Uint8Array): Uint8Array {
  return digest(symbolicLength, 'next epoch', state.secret, content, signature)
}

function nextEpoch(state: SymbolicState, secret: Uint8Array): Pick<SymbolicState, 'epoch' | 'secret' | 'exporter'> {
  return { epoch: toEpoch(state.epoch + 1n), secret, exporter: exporterOf(secret) }
}

/** Leaving one state must not wipe another. */
function ownCopies(state: SymbolicState): Pick<SymbolicState, 'signaturePrivateKey'> {
  return { signaturePrivateKey: state.signaturePrivateKey.slice() }
}

function confirmation(secret: Uint8Array): Uint8Array {
  return digest(symbolicLength, 'confirmation', secret)
}

function membership(state: SymbolicState, signature: Uint8Array, confirmationTag: Uint8Array): Uint8Array {
  return digest(symbolicLength, 'membership', state.secret, signature, confirmationTag)
}

function senderData(state: SymbolicState, ciphertext: Uint8Array): Uint8Array {
  return digest(12, 'sender data', state.secret, ciphertext)
}

function bad(text: string): never {
  throw new TwofoldError('PEER_BAD_COMMIT', text)
}
