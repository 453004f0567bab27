import {
  type Codec,
  decode,
  encode,
  leafNode,
  mlsMessage,
  opaque,
  struct,
  toEpoch,
  uint8,
  uint16,
} from '@twofold/codec'
import type { CreateGroup, JoinGroup } from '@twofold/core'
import { TwofoldError } from '@twofold/interface'
import { equalBytes, joinBytes, noBytes } from '../bytes.ts'
import type { SymbolicContext } from './context.ts'
import { digest } from './digest.ts'
import { inspectKeyPackage, openSecrets, readKeyPackage } from './key-package.ts'
import { checkLeaf, newLeaf, signatureKeyFor } from './leaf.ts'
import { exporterOf, leafOf, type SymbolicState } from './state.ts'
import { mask, publicOf, signSymbolically, symbolicLength } from './suite.ts'

/** What stands in the place of a Welcome's encrypted GroupInfo. */
interface SymbolicGroupInfo {
  readonly groupId: Uint8Array
  readonly members: number
  readonly creator: Uint8Array
  readonly joiner: Uint8Array
  readonly signature: Uint8Array
  readonly tag: Uint8Array
}
const leafBytes = opaque({ max: 0x8000 })
const short = opaque({ max: 64 })
const groupInfo: Codec<SymbolicGroupInfo> = struct('SymbolicGroupInfo', {
  groupId: opaque({ min: 16, max: 32 }),
  members: uint8,
  creator: leafBytes,
  joiner: leafBytes,
  signature: short,
  tag: short,
})

export function createGroup(
  context: SymbolicContext,
  options: CreateGroup,
): { welcome: Uint8Array; state: SymbolicState } {
  const { identity, suites, keyPackage } = options
  inspectKeyPackage(context, keyPackage, options.at)
  const key = signatureKeyFor(identity, context.suite)
  const pack = readKeyPackage(keyPackage)
  const source = { kind: 'commit', parentHash: digest(symbolicLength, 'parent', keyPackage) } as const
  const encryptionKey = context.random(symbolicLength)
  const own = leafOf(newLeaf({ identity, suites, encryptionKey, source }, key, context.profile))
  const peer = leafOf(pack.leafNode)
  const secret = context.random(symbolicLength)
  const info = { groupId: options.groupId.slice(), members: 2, creator: own.bytes, joiner: peer.bytes }
  const welcome = writeWelcome(context, info, keyPackage, pack.initKey, own.node.signatureKey, secret)
  return {
    welcome,
    state: { ...firstEpoch(info.groupId, secret), signaturePrivateKey: key.privateKey.slice(), ownIndex: 0, own, peer },
  }
}

function writeWelcome(
  context: SymbolicContext,
  info: Pick<SymbolicGroupInfo, 'groupId' | 'members' | 'creator' | 'joiner'>,
  keyPackage: Uint8Array,
  initKey: Uint8Array,
  signer: Uint8Array,
  secret: Uint8Array,
): Uint8Array {
  const kemOutput = context.random(16)
  const hidden = {
    newMember: reference(keyPackage),
    encryptedGroupSecrets: { kemOutput, ciphertext: mask(secret, initKey, kemOutput) },
  }
  const covered = coveredBytes(context, info, hidden.newMember, hidden.encryptedGroupSecrets)
  const signature = signSymbolically(signer, covered)
  const tag = welcomeTag(secret, covered, signature)
  return encode(mlsMessage, {
    kind: 'welcome',
    suite: context.suite,
    secrets: [hidden],
    encryptedGroupInfo: encode(groupInfo, { ...info, signature, tag }),
  })
}

export function joinGroup(context: SymbolicContext, options: JoinGroup): SymbolicState {
  const value = decode(mlsMessage, options.welcome)
  const { initPrivateKey, signaturePrivateKey } = openSecrets(options.secrets)
  if (value.kind !== 'welcome' || value.suite !== context.suite) bad('this is no Welcome of our cipher suite')
  const [hidden, ...others] = value.secrets
  if (hidden === undefined || others.length > 0 || !equalBytes(hidden.newMember, reference(options.keyPackage))) {
    bad('a Welcome for another key package')
  }
  const { kemOutput, ciphertext } = hidden.encryptedGroupSecrets
  const secret = mask(ciphertext, publicOf(initPrivateKey), kemOutput)
  const info = decode(groupInfo, value.encryptedGroupInfo)
  const creator = decode(leafNode, info.creator)
  const covered = coveredBytes(context, info, hidden.newMember, hidden.encryptedGroupSecrets)
  if (
    !equalBytes(signSymbolically(creator.signatureKey, covered), info.signature) ||
    !equalBytes(welcomeTag(secret, covered, info.signature), info.tag)
  ) {
    throw new TwofoldError('CRYPTO_FAILED', 'a Welcome does not verify')
  }
  checkLeaf(creator, context.suite, context.profile)
  const own = leafOf(readKeyPackage(options.keyPackage).leafNode)
  if (info.members !== 2 || !equalBytes(own.bytes, info.joiner)) bad('a Welcome into a group that is not of us two')
  return { ...firstEpoch(info.groupId, secret), signaturePrivateKey, ownIndex: 1, own, peer: leafOf(creator) }
}

function firstEpoch(
  groupId: Uint8Array,
  secret: Uint8Array,
): Pick<SymbolicState, 'groupId' | 'epoch' | 'secret' | 'exporter'> {
  return { groupId, epoch: toEpoch(1), secret, exporter: exporterOf(secret) }
}

/** Everything in a Welcome but its signature and tag. */
function coveredBytes(
  context: SymbolicContext,
  info: Pick<SymbolicGroupInfo, 'groupId' | 'members' | 'creator' | 'joiner'>,
  newMember: Uint8Array,
  sealed: { readonly kemOutput: Uint8Array; readonly ciphertext: Uint8Array },
): Uint8Array {
  const unsigned = encode(groupInfo, { ...info, signature: noBytes, tag: noBytes })
  return joinBytes(encode(uint16, context.suite), newMember, sealed.kemOutput, sealed.ciphertext, unsigned)
}

function welcomeTag(secret: Uint8Array, covered: Uint8Array, signature: Uint8Array): Uint8Array {
  return digest(symbolicLength, 'welcome', secret, covered, signature)
}

function reference(keyPackage: Uint8Array): Uint8Array {
  return digest(symbolicLength, 'reference', keyPackage)
}

function bad(text: string): never {
  throw new TwofoldError('PEER_BAD_WELCOME', text)
}
