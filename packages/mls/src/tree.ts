import { TwofoldError } from '@twofold/interface'
import type { ClientState, LeafNode } from './library.ts'

/** The leaves of a state, as they stand in it. Throws BUG_INVARIANT where there are not exactly two. */
export function leavesOf(client: ClientState): { readonly own: LeafNode; readonly peer: LeafNode } {
  const [left, , right] = client.ratchetTree
  const { leafIndex } = client.privatePath
  if (client.ratchetTree.length !== 3 || left?.nodeType !== 1 || right?.nodeType !== 1 || leafIndex > 1) {
    throw new TwofoldError('BUG_INVARIANT', 'a two-party group has two leaves')
  }
  return leafIndex === 0 ? { own: left.leaf, peer: right.leaf } : { own: right.leaf, peer: left.leaf }
}

/** The root's public key; undefined while the root is blank. */
export function rootKeyOf(client: ClientState): Uint8Array | undefined {
  const root = client.ratchetTree[1]
  return root?.nodeType === 2 ? root.parent.hpkePublicKey : undefined
}
