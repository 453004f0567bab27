import {
  decode,
  type Extension,
  encode,
  extensionType,
  type GroupContext,
  type GroupInfo,
  groupInfo,
  groupSecrets,
  type LeafNode,
  leafNode,
  maxGroupId,
  minGroupId,
  mlsMessage,
  protocolVersion,
  requiredCapabilities,
  twoPartyRatchetTree,
} from '@twofold/codec'
import { TwofoldError } from '@twofold/interface'
import { sameBytes } from './bytes.ts'
import { checkSize, type EngineContext, libraryContext } from './context.ts'
import type { OwnPackage } from './key-package.ts'
import { checkEncryptionKey, leafCapabilities, leafFault } from './leaf.ts'
import { type ClientState, type LibrarySuite, library, wireFormats } from './library.ts'
import { checkLifetime } from './lifetime.ts'
import { decodeMessage } from './messages.ts'
import { leavesOf, rootKeyOf } from './tree.ts'

/**
 * RFC 9420 section 12.4.3.1, for a group of two: the creator is leaf 0 and we are leaf 1. Wipes its copy of the private keys,
 * but for what the state holds.
 */
export async function joinGroup(
  context: EngineContext,
  own: OwnPackage,
  welcome: Uint8Array,
  at: number,
): Promise<ClientState> {
  const { initPrivateKey, hpkePrivateKey, signaturePrivateKey } = own.privateKeys
  try {
    return await openWelcome({ context, at, own, derived: [] }, welcome)
  } catch (error) {
    hpkePrivateKey.fill(0)
    signaturePrivateKey.fill(0)
    throw error
  } finally {
    initPrivateKey.fill(0)
  }
}

async function openWelcome(opening: Opening, welcome: Uint8Array): Promise<ClientState> {
  const { context, own } = opening
  checkWelcome(context, welcome)
  const client = await library.joinGroup({
    context: libraryContext(guardedSuite(opening)),
    welcome: decodeMessage(welcome, wireFormats.welcome).welcome,
    keyPackage: own.keyPackage,
    privateKeys: own.privateKeys,
  })
  checkJoined(opening, client)
  await checkEncryptionKey(context, leavesOf(client).peer.hpkePublicKey)
  return client
}

/** One join: what to compare with, and what was seen on the way. */
interface Opening {
  readonly context: EngineContext
  readonly at: number
  readonly own: OwnPackage
  /** The public keys that the library derived from the path secret. */
  readonly derived: Uint8Array[]
}

function checkWelcome(context: EngineContext, message: Uint8Array): void {
  checkSize(context, message)
  const wire = decode(mlsMessage, message)
  if (wire.kind !== 'welcome') refuse('the message holds no welcome')
  if (wire.suite !== context.suite.id) refuse('the welcome is for another cipher suite')
  if (wire.secrets.length !== 1) refuse('the welcome is not for exactly one new member')
}

/**
 * The suite for one join. What opens is looked at before the library goes on: a pre-shared key would change the group's secrets, and a
 * ratchet tree with unmerged leaves that do not exist would keep the library busy for seconds and gigabytes.
 */
function guardedSuite(opening: Opening): LibrarySuite {
  const { cipherSuite } = opening.context
  const { hpke, signature } = cipherSuite
  return {
    ...cipherSuite,
    signature: {
      ...signature,
      // We signed our own leaf: to find these very bytes signed with this very key again needs no verification.
      verify: (...args) => sameParts(args, opening.own.signed) || signature.verify(...args),
    },
    hpke: {
      ...hpke,
      open: async (...args) => checkGroupSecrets(await hpke.open(...args)),
      decryptAead: async (...args) => checkGroupInfo(opening, await hpke.decryptAead(...args)),
      deriveKeyPair: async (ikm) => {
        const pair = await hpke.deriveKeyPair(ikm)
        opening.derived.push(pair.publicKey)
        return pair
      },
    },
  }
}

function sameParts(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return a.length === b.length && a.every((part, i) => sameBytes(part, b[i]!))
}

function checkGroupSecrets(plaintext: Uint8Array): Uint8Array {
  const { joinerSecret, pathSecret, psks } = decode(groupSecrets, plaintext)
  joinerSecret.fill(0)
  pathSecret?.fill(0)
  if (psks.length !== 0) refuse('the group would use a pre-shared key')
  return plaintext
}

function checkGroupInfo(opening: Opening, plaintext: Uint8Array): Uint8Array {
  const info = decode(groupInfo, plaintext)
  checkGroupContext(opening.context, info.groupContext)
  if (info.signer !== 0) refuse('the welcome is not signed by leaf 0')
  if (new Set(info.extensions.map(({ type }) => type)).size !== info.extensions.length) {
    refuse('the GroupInfo has an extension twice')
  }
  checkTree(opening, info)
  return plaintext
}

function checkGroupContext(context: EngineContext, group: GroupContext): void {
  const { groupId, epoch, suite, version, extensions } = group
  if (version !== protocolVersion.mls10 || suite !== context.suite.id)
    refuse('the group has another version or cipher suite')
  if (groupId.length < minGroupId || groupId.length > maxGroupId) refuse('a group id has 16 to 32 bytes')
  // docs/protocol.md, first handshake: a group at another epoch has a history with others.
  if (epoch !== 1n) refuse('the group is not at epoch 1')
  for (const extension of extensions) checkGroupExtension(context, extension)
  if (extensions.length > 1) refuse('a group context extension stands there twice')
}

/** external_senders, and whatever we do not know, would let somebody else act on the group. */
function checkGroupExtension(context: EngineContext, extension: Extension): void {
  if (extension.type !== extensionType.required_capabilities)
    refuse('the group context has an extension that is not ours')
  const required = decode(requiredCapabilities, extension.data)
  const own = leafCapabilities(context.profile, [])
  const met =
    required.extensions.every((type) => own.extensions.includes(type)) &&
    required.proposals.every((type) => own.proposals.includes(type)) &&
    required.credentials.every((type) => own.credentials.includes(type))
  if (!met) refuse('the group requires capabilities that we do not have')
}

function checkTree(opening: Opening, info: GroupInfo): void {
  const extension = info.extensions.find(({ type }) => type === extensionType.ratchet_tree)
  if (extension === undefined) refuse('the welcome has no ratchet tree')
  const [creator, , own] = decode(twoPartyRatchetTree, extension.data)
  if (creator?.kind !== 'leaf' || own?.kind !== 'leaf') refuse('the group does not have exactly two members')
  // docs/protocol.md, first handshake: the library knows our leaf by its signature key alone.
  if (!sameBytes(encode<LeafNode>(leafNode, own), opening.own.leaf)) refuse('our leaf is not the one that we sent')
  checkCreator(opening, creator)
}

/** RFC 9420 section 7.3; its signature is verified by the library. */
function checkCreator({ context, at }: Opening, creator: LeafNode): void {
  const fault = leafFault(context, creator)
  if (fault !== undefined) throw new TwofoldError('PEER_BAD_LEAF', fault)
  checkLifetime(creator.source, at, context.profile)
}

function checkJoined(opening: Opening, client: ClientState): void {
  const { privatePath, groupActiveState } = client
  if (privatePath.leafIndex !== 1 || groupActiveState.kind !== 'active') refuse('we are not leaf 1 of an active group')
  const root = rootKeyOf(client)
  const derived = opening.derived.map((key) => root !== undefined && sameBytes(key, root))
  // RFC 9420 section 12.4.3.1: the path secret is there if and only if there was a path, and gives the keys in the tree.
  if (derived.includes(false) || derived.length !== (root === undefined ? 0 : 1)) refuse('the path secret does not fit')
}

function refuse(fault: string): never {
  throw new TwofoldError('PEER_BAD_WELCOME', fault)
}
