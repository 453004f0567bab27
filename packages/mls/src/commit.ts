import {
  type Codec,
  type Commit,
  checked,
  commit,
  decode,
  type FramedContent,
  type FramedContentAuthData,
  framedContentAuthData,
  maxMessage,
  mlsContentType,
  mlsMessage,
  rest,
  senderData,
  struct,
} from '@twofold/codec'
import type { CommitFraming } from '@twofold/core'
import { TwofoldError } from '@twofold/interface'
import { ascii, concat, noBytes, sameBytes, startsWith } from './bytes.ts'
import { checkSize, type EngineContext, libraryContext } from './context.ts'
import { checkEncryptionKey, leafFault } from './leaf.ts'
import {
  type ClientState,
  type IncomingCommit,
  type LibraryKeyPair,
  type LibrarySuite,
  library,
  wireFormats,
} from './library.ts'
import { decodeMessage, encodeMessage } from './messages.ts'
import { leavesOf, rootKeyOf } from './tree.ts'

/** RFC 9420 section 12.4: an empty commit with a path. */
export async function createCommit(
  context: EngineContext,
  client: ClientState,
  framing: CommitFraming,
): Promise<{ readonly message: Uint8Array; readonly next: ClientState }> {
  const created = await library.createCommit({
    context: libraryContext(thriftySuite(context.cipherSuite)),
    state: client,
    wireAsPublicMessage: framing === 'public',
    extraProposals: [],
    ratchetTreeExtension: false,
  })
  return { message: encodeMessage(created.commit), next: created.newState }
}

const groupInfoLabel = ascii('MLS 1.0 GroupInfoTBS')
const groupInfoPrefix = concat(Uint8Array.of(groupInfoLabel.length), groupInfoLabel)

/**
 * The suite for one commit of ours, without what the library does for nothing: it signs and encrypts a GroupInfo (the only AEAD call without
 * additional data) even when nobody is added, and derives each key pair of the path twice.
 */
function thriftySuite(cipherSuite: LibrarySuite): LibrarySuite {
  const { signature, hpke } = cipherSuite
  const derived: { readonly ikm: Uint8Array; readonly pair: LibraryKeyPair }[] = []
  return {
    ...cipherSuite,
    signature: {
      ...signature,
      sign: (key, message) => (startsWith(message, groupInfoPrefix) ? noBytes : signature.sign(key, message)),
    },
    hpke: {
      ...hpke,
      encryptAead: (key, nonce, aad, plaintext) =>
        aad === undefined ? noBytes : hpke.encryptAead(key, nonce, aad, plaintext),
      deriveKeyPair: async (ikm) => {
        const known = derived.find((entry) => sameBytes(entry.ikm, ikm))
        if (known !== undefined) return known.pair
        const pair = await hpke.deriveKeyPair(ikm)
        derived.push({ ikm, pair })
        return pair
      },
    },
  }
}

/** RFC 9420 section 12.4.2, for a group of two: nothing is taken but an empty commit with a path of the other leaf. */
export async function verifyCommit(
  context: EngineContext,
  client: ClientState,
  message: Uint8Array,
): Promise<ClientState> {
  const incoming: Incoming = { context, peerIndex: 1 - client.privatePath.leafIndex, opened: 0, derived: [] }
  const format = checkClearPart(incoming, client, message)
  const { newState, kind } = await library.processMessage({
    context: libraryContext(guardedSuite(incoming)),
    state: client,
    message: decodeMessage(message, format),
    callback: (seen) => acceptOnly(seen, incoming.peerIndex),
  })
  if (kind !== 'newState') refuse('the message is not a commit')
  checkNext(incoming, client, newState)
  await checkEncryptionKey(context, leavesOf(newState).peer.hpkePublicKey)
  return newState
}

/** One incoming commit, and what was seen of it on the way. */
interface Incoming {
  readonly context: EngineContext
  readonly peerIndex: number
  /** How many AEAD ciphertexts were opened: first the sender data, then the content. */
  opened: number
  /** The public keys that the library derived from the path secret. */
  readonly derived: Uint8Array[]
}

/** What shows without keys, before the library looks at it; gives the wire format. */
function checkClearPart(incoming: Incoming, client: ClientState, message: Uint8Array): 1 | 2 {
  checkSize(incoming.context, message)
  const wire = decode(mlsMessage, message)
  if (wire.kind === 'private_message') {
    checkHeader(client, wire, wire.contentType)
    return wireFormats.privateMessage
  }
  if (wire.kind !== 'public_message') refuse('the message is not a commit')
  checkHeader(client, wire.content, mlsContentType[wire.content.content.kind])
  checkPublic(incoming, wire.content)
  return wireFormats.publicMessage
}

type Header = Pick<FramedContent, 'groupId' | 'epoch' | 'authenticatedData'>

function checkHeader(client: ClientState, header: Header, contentType: number): void {
  const { groupId, epoch } = client.groupContext
  if (!sameBytes(header.groupId, groupId)) refuse('the commit is for another group')
  if (header.epoch !== epoch) refuse('the commit is for another epoch')
  if (contentType === mlsContentType.proposal) forbid('a proposal by itself')
  if (contentType !== mlsContentType.commit) refuse('the message is not a commit')
  // docs/protocol.md, messages: it would be a channel beside the application's.
  if (header.authenticatedData.length !== 0) refuse('the commit has authenticated data')
}

function checkPublic(incoming: Incoming, { sender, content }: FramedContent): void {
  // RFC 9420 section 12.4.3.2: only who is not a member yet commits from outside.
  if (sender.kind !== 'member') forbid('a commit from outside')
  if (sender.leafIndex !== incoming.peerIndex) refuse("the commit is not the other leaf's")
  if (content.kind === 'commit') checkCommit(incoming.context, content.commit)
}

function checkCommit(context: EngineContext, { proposals, path }: Commit): void {
  if (proposals.length !== 0) forbid('a commit with proposals')
  if (path === undefined) refuse('the commit has no path')
  // RFC 9420 section 7.6: in a tree of two leaves the path has one node, encrypted to one leaf.
  const [node] = path.nodes
  if (path.nodes.length !== 1 || node?.encryptedPathSecret.length !== 1) refuse('the path is not one of two leaves')
  const fault = leafFault(context, path.leafNode)
  if (fault !== undefined) throw new TwofoldError('PEER_BAD_LEAF', fault)
}

/**
 * The suite for one incoming commit: what opens of a PrivateMessage is looked at before the library goes on. A sender beyond the tree
 * would send it into a loop of seconds and gigabytes, and it would work on proposals before it asks whether it should.
 */
function guardedSuite(incoming: Incoming): LibrarySuite {
  const { cipherSuite } = incoming.context
  const { hpke } = cipherSuite
  return {
    ...cipherSuite,
    hpke: {
      ...hpke,
      decryptAead: async (...args) => checkOpened(incoming, await hpke.decryptAead(...args)),
      deriveKeyPair: async (ikm) => {
        const pair = await hpke.deriveKeyPair(ikm)
        incoming.derived.push(pair.publicKey)
        return pair
      },
    },
  }
}

function checkOpened(incoming: Incoming, plaintext: Uint8Array): Uint8Array {
  if (incoming.opened++ === 0) checkSenderData(plaintext, incoming.peerIndex)
  else checkContent(incoming.context, plaintext)
  return plaintext
}

/** RFC 9420 section 6.3.2. */
function checkSenderData(plaintext: Uint8Array, peerIndex: number): void {
  const { leafIndex } = decode(senderData, plaintext)
  if (leafIndex !== peerIndex) refuse("the commit is not the other leaf's")
}

/** RFC 9420 section 6.3.1:  struct { Commit commit; FramedContentAuthData auth; opaque padding[length_of_padding]; } PrivateMessageContent */
interface PrivateCommit {
  readonly commit: Commit
  readonly auth: FramedContentAuthData
  readonly padding: Uint8Array
}
const privateCommit: Codec<PrivateCommit> = struct('PrivateMessageContent', {
  commit,
  auth: framedContentAuthData('commit'),
  padding: checked(rest(maxMessage), (padding) => (padding.some((byte) => byte !== 0) ? 'padding is zero' : undefined)),
})

function checkContent(context: EngineContext, plaintext: Uint8Array): void {
  // The first byte is the length of the proposals: one of a type that nobody knows cannot be parsed, and is forbidden all the same.
  if (plaintext.length > 0 && plaintext[0] !== 0) forbid('a commit with proposals')
  checkCommit(context, decode(privateCommit, plaintext).commit)
}

/** The library's last question before it applies a commit. It takes a promise and all but 'reject' for yes, so this throws. */
function acceptOnly(seen: IncomingCommit, peerIndex: number): 'accept' {
  if (seen.kind !== 'commit' || seen.proposals?.length !== 0) forbid('a proposal')
  if (seen.senderLeafIndex !== peerIndex) refuse("the commit is not the other leaf's")
  return 'accept'
}

/** What must hold of the state that a commit leads to, whatever the library let pass. */
function checkNext(incoming: Incoming, before: ClientState, after: ClientState): void {
  const [old, now] = [leavesOf(before), leavesOf(after)]
  const { groupContext } = after
  if (now.own !== old.own) refuse('the commit changed our leaf')
  if (groupContext.epoch !== before.groupContext.epoch + 1n) refuse('the commit does not lead to the next epoch')
  if (groupContext.extensions !== before.groupContext.extensions) refuse('the commit changed the group context')
  if (after.groupActiveState.kind !== 'active') refuse('the commit ended the group')
  checkFreshKeys(incoming, before, after)
}

/** RFC 9420 sections 7.5 and 12.4.2: the path's keys are new, and the path secret gives the one of the root. */
function checkFreshKeys(incoming: Incoming, before: ClientState, after: ClientState): void {
  const root = rootKeyOf(after)
  const { own, peer } = leavesOf(after)
  const { peer: oldPeer } = leavesOf(before)
  const used = [own.hpkePublicKey, oldPeer.hpkePublicKey, rootKeyOf(before) ?? noBytes]
  if (root === undefined || !incoming.derived.some((key) => sameBytes(key, root)))
    refuse('the path secret does not fit')
  const fresh = [peer.hpkePublicKey, root]
  if (fresh.some((key) => used.some((other) => sameBytes(key, other))) || sameBytes(peer.hpkePublicKey, root)) {
    refuse('the commit uses an encryption key again')
  }
}

function refuse(fault: string): never {
  throw new TwofoldError('PEER_BAD_COMMIT', fault)
}

function forbid(what: string): never {
  throw new TwofoldError('PEER_FORBIDDEN_PROPOSAL', `${what} has no place in a two-party group`)
}
