import type { Codec } from './codec.ts'
import { checked, optional, select, struct, vector } from './combinators.ts'
import { maxHash, maxKey, maxMessage } from './limits.ts'
import { type LeafNode, leafNode } from './mls-leaf.ts'
import { opaque, uint8, uint32 } from './primitives.ts'

/**
 * RFC 9420 section 7.1:
 * struct { HPKEPublicKey encryption_key; opaque parent_hash<V>; uint32 unmerged_leaves<V>; } ParentNode
 */
export interface ParentNode {
  readonly encryptionKey: Uint8Array
  readonly parentHash: Uint8Array
  readonly unmergedLeaves: readonly number[]
}
export const parentNode: Codec<ParentNode> = parentNodeOf(maxMessage)

/**
 * RFC 9420 section 12.4.3.3:
 * struct { NodeType node_type; select (Node.node_type) { case leaf: LeafNode leaf_node; case parent: ParentNode parent_node; }; } Node
 */
export type Node = ({ readonly kind: 'leaf' } & LeafNode) | ({ readonly kind: 'parent' } & ParentNode)
export const node: Codec<Node> = nodeOf(parentNode)

/** RFC 9420 section 12.4.3.3, the data of the extension ratchet_tree:  optional<Node> ratchet_tree<V>. undefined is a blank node. */
export type RatchetTree = readonly (Node | undefined)[]
export const ratchetTree: Codec<RatchetTree> = vector(optional(node), { max: maxMessage })

/**
 * The ratchet tree of a group of one or two members: one or three nodes, leaves at the even places and at most a parent
 * between them, the last not blank, no unmerged leaves. Anything else is refused before a library sees it, which could be sent
 * into loops by it.
 */
export const twoPartyRatchetTree: Codec<RatchetTree> = checked(
  vector(optional(nodeOf(parentNodeOf(0))), { max: maxMessage }),
  refuseTree,
)

function parentNodeOf(maxUnmergedLeaves: number): Codec<ParentNode> {
  return struct('ParentNode', {
    encryptionKey: opaque({ max: maxKey }),
    parentHash: opaque({ max: maxHash }),
    unmergedLeaves: vector(uint32, { max: maxUnmergedLeaves }),
  })
}

function nodeOf(parent: Codec<ParentNode>): Codec<Node> {
  return select<Node>('Node', uint8, { leaf: [1, leafNode], parent: [2, parent] })
}

function refuseTree(tree: RatchetTree): string | undefined {
  if (tree.length !== 1 && tree.length !== 3) return 'a two-party tree has one or three nodes'
  if (tree.at(-1) === undefined) return 'the last node of a tree is not blank'
  if (tree.some((entry, i) => entry !== undefined && entry.kind !== (i % 2 === 0 ? 'leaf' : 'parent'))) {
    return 'leaves stand at even places and parents at odd ones'
  }
  return undefined
}
