import {
  type Commit,
  type Extension,
  encode,
  extensionType,
  type GroupInfo,
  groupInfo,
  groupSecrets,
  type KeyPackage,
  type LeafNode,
  type MlsMessage,
  maxCapability,
  maxCredential,
  maxGroupId,
  maxKey,
  maxTwoPartyExtensions,
  opaque,
  type Proposal,
  type PublicMessage,
  ratchetTree,
  type SuiteSizes,
  toEpoch,
  toSuiteId,
  type UpdatePath,
  updatePath,
} from '../src/index.ts'

const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(0x11)
const tag = 16
const suite = toSuiteId(0xf002)
const epoch = toEpoch(2n ** 64n - 1n)

/** A suite as small as none is, and fields that are easy to find in the bytes. */
export const smallSizes: SuiteSizes = { kemPublicKey: 8, enc: 8, signaturePublicKey: 4, signature: 4, hash: 32 }

/** One extension that fills what two parties may use. */
const extensions: readonly Extension[] = [{ type: 0xf2f0, data: bytes(maxTwoPartyExtensions - 4) }]

/** A short leaf: an empty identity, little else. */
export function leafOf(sizes: SuiteSizes): LeafNode {
  return {
    encryptionKey: bytes(sizes.kemPublicKey),
    signatureKey: bytes(sizes.signaturePublicKey),
    credential: { kind: 'basic', identity: bytes(3) },
    capabilities: { versions: [1], suites: [suite], extensions: [], proposals: [], credentials: [1] },
    source: { kind: 'commit', parentHash: bytes(sizes.hash) },
    extensions: [],
    signature: bytes(sizes.signature),
  }
}

/** The longest leaf: everything at its limit. */
export function longestLeaf(sizes: SuiteSizes): LeafNode {
  const list = new Array<number>(maxCapability / 2).fill(0xf002)
  const lifetime = { notBefore: 0n, notAfter: 1n }
  return {
    ...leafOf(sizes),
    credential: { kind: 'basic', identity: bytes(maxCredential) },
    capabilities: { versions: list, suites: list.map(toSuiteId), extensions: list, proposals: list, credentials: list },
    source: sizes.hash >= 16 ? { kind: 'commit', parentHash: bytes(sizes.hash) } : { kind: 'key_package', lifetime },
    extensions,
  }
}

export function longestKeyPackage(sizes: SuiteSizes): KeyPackage {
  const initKey = bytes(sizes.kemPublicKey)
  return { version: 1, suite, initKey, leafNode: longestLeaf(sizes), extensions, signature: bytes(sizes.signature) }
}

export function longestWelcome(sizes: SuiteSizes): MlsMessage {
  const secrets = { joinerSecret: bytes(sizes.hash), pathSecret: bytes(sizes.hash), psks: [] }
  const ciphertext = bytes(encode(groupSecrets, secrets).length + tag)
  return {
    kind: 'welcome',
    suite,
    secrets: [{ newMember: bytes(sizes.hash), encryptedGroupSecrets: { kemOutput: bytes(sizes.enc), ciphertext } }],
    encryptedGroupInfo: bytes(encode(groupInfo, longestGroupInfo(sizes)).length + tag),
  }
}

/** A PublicMessage with a commit of a member whose leaf is short, or with the given proposals. */
export function commitOf(
  sizes: SuiteSizes,
  proposals: readonly Proposal[] = [],
  path: UpdatePath = commitPath(sizes),
): PublicMessage {
  const commit: Commit = { proposals: proposals.map((proposal) => ({ kind: 'proposal', proposal })), path }
  return {
    content: {
      groupId: bytes(maxGroupId),
      epoch,
      sender: { kind: 'member', leafIndex: 1 },
      authenticatedData: bytes(0),
      content: { kind: 'commit', commit },
    },
    auth: { signature: bytes(sizes.signature), confirmationTag: bytes(sizes.hash) },
    membershipTag: bytes(sizes.hash),
  }
}

export function commitPath(sizes: SuiteSizes, leafNode: LeafNode = leafOf(sizes)): UpdatePath {
  const encryptedPathSecret = [{ kemOutput: bytes(sizes.enc), ciphertext: bytes(sizes.hash + tag) }]
  return { leafNode, nodes: [{ encryptionKey: bytes(sizes.kemPublicKey), encryptedPathSecret }] }
}

export function longestPublicCommit(sizes: SuiteSizes): MlsMessage {
  return { kind: 'public_message', ...commitOf(sizes, [], commitPath(sizes, longestLeaf(sizes))) }
}

/** The ciphertext holds Commit, FramedContentAuthData and the AEAD's tag (RFC 9420 section 6.3.1). */
export function longestPrivateCommit(sizes: SuiteSizes): MlsMessage {
  const commit = 1 + 1 + encode(updatePath, commitPath(sizes, longestLeaf(sizes))).length
  const auth = 4 + sizes.signature + 2 + sizes.hash
  return {
    kind: 'private_message',
    groupId: bytes(maxGroupId),
    epoch,
    contentType: 3,
    authenticatedData: bytes(0),
    encryptedSenderData: bytes(12 + tag),
    ciphertext: bytes(commit + auth + tag),
  }
}

function longestGroupInfo(sizes: SuiteSizes): GroupInfo {
  const leaf = { kind: 'leaf', ...longestLeaf(sizes) } as const
  const parent = { encryptionKey: bytes(sizes.kemPublicKey), parentHash: bytes(sizes.hash), unmergedLeaves: [] }
  const tree = encode(ratchetTree, [leaf, { kind: 'parent', ...parent }, leaf])
  const externalPub = { type: extensionType.external_pub, data: encode(opaque({ max: maxKey }), parent.encryptionKey) }
  return {
    groupContext: {
      version: 1,
      suite,
      groupId: bytes(maxGroupId),
      epoch,
      treeHash: bytes(sizes.hash),
      confirmedTranscriptHash: bytes(sizes.hash),
      extensions,
    },
    extensions: [{ type: extensionType.ratchet_tree, data: tree }, externalPub, ...extensions],
    confirmationTag: bytes(sizes.hash),
    signer: 0,
    signature: bytes(sizes.signature),
  }
}
