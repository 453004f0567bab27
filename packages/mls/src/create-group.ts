import type { CreateGroup } from '@twofold/core'
import { TwofoldError } from '@twofold/interface'
import { copyOf } from './bytes.ts'
import { type EngineContext, libraryContext, wasVerified } from './context.ts'
import { wipeClient } from './group-state.ts'
import { checkKeyPackage, makeOwnPackage } from './key-package.ts'
import { supportsCredential } from './leaf.ts'
import { type ClientState, type Context, type KeyPackage, type LeafNode, type Lifetime, library } from './library.ts'
import { encodeMessage } from './messages.ts'

/** A group of two at epoch 1: an Add without a path, which nobody sees, and the Welcome that tells of it (RFC 9420 section 12.4.3.1). */
export async function createGroup(
  context: EngineContext,
  options: CreateGroup,
): Promise<{ readonly welcome: Uint8Array; readonly client: ClientState }> {
  const { keyPackage: peer } = checkKeyPackage(context, options.keyPackage, options.at)
  const own = await makeOwnPackage(context, options)
  checkCredentials(own.keyPackage.leafNode, peer.leafNode)
  const alone = await library.createGroup({
    context: libraryContext(context.cipherSuite),
    groupId: copyOf(options.groupId),
    keyPackage: own.keyPackage,
    privateKeyPackage: own.privateKeys,
  })
  const verified = await wasVerified(context, options.keyPackage)
  const { welcome, together } = await addPeer(context, alone, peer, verified)
  wipeClient(alone, [together])
  // Until here the identity's own array served, which a provider may have imported; the state needs a copy, since it lives longer.
  return { welcome, client: { ...together, signaturePrivateKey: copyOf(alone.signaturePrivateKey) } }
}

function checkCredentials(own: LeafNode, peer: LeafNode): void {
  if (supportsCredential(peer, own.credential) && supportsCredential(own, peer.credential)) return
  throw new TwofoldError('PEER_BAD_KEY_PACKAGE', 'the leaf does not support our credential type')
}

async function addPeer(
  context: EngineContext,
  alone: ClientState,
  peer: KeyPackage,
  verified: boolean,
): Promise<{ readonly welcome: Uint8Array; readonly together: ClientState }> {
  const { inputs, keyPackage } = withoutClock(context, peer, verified)
  const { newState, welcome } = await library.createCommit({
    context: inputs,
    state: alone,
    wireAsPublicMessage: true,
    extraProposals: [{ proposalType: 1, add: { keyPackage } }],
    ratchetTreeExtension: true,
  })
  const [ownNode] = newState.ratchetTree
  const ratchetTree = [ownNode, undefined, { nodeType: 1 as const, leaf: peer.leafNode }]
  return { welcome: encodeMessage(welcome!), together: { ...newState, ratchetTree } }
}

const endless: Lifetime = { notBefore: 0n, notAfter: 0xffff_ffff_ffff_ffffn }

/**
 * The library compares the lifetime of a leaf that it adds with the system's clock, whatever it is told, and what decides is
 * the caller's `at`. So the leaf shows an endless lifetime at that moment, which lies between the verification of its signature and the
 * question to the authentication service, and its own at any other. The two signatures are not verified again where they were `verified`.
 */
function withoutClock(
  context: EngineContext,
  peer: KeyPackage,
  verified: boolean,
): { readonly inputs: Context; readonly keyPackage: KeyPackage } {
  const { cipherSuite } = context
  let comparing = false
  let compared = false
  const verify: typeof cipherSuite.signature.verify = async (publicKey, message, signature) => {
    const valid = verified || (await cipherSuite.signature.verify(publicKey, message, signature))
    comparing = !compared
    return valid
  }
  const inputs = libraryContext({ ...cipherSuite, signature: { ...cipherSuite.signature, verify } }, () => {
    comparing = false
    compared = true
  })
  const leafNode = Object.defineProperty({ ...peer.leafNode }, 'lifetime', {
    enumerable: true,
    get: () => (comparing ? endless : peer.leafNode.lifetime),
  })
  return { inputs, keyPackage: { ...peer, leafNode } }
}
