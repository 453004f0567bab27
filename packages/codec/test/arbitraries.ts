import fc from 'fast-check'
import * as wire from '../src/index.ts'
import { type Codec, maxGroupId, minGroupId, toEpoch, toSuiteId } from '../src/index.ts'

export interface Case<T = unknown> {
  readonly name: string
  readonly codec: Codec<T>
  readonly value: fc.Arbitrary<T>
  /** Ends with `opaque[rest]`: the end of the input is the only sign of its end. */
  readonly openEnded: boolean
}

const uint = (bits: number) => fc.oneof(fc.integer({ min: 0, max: 2 ** bits - 1 }), fc.constantFrom(0, 2 ** bits - 1))
const uint64 = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.constantFrom(0n, 2n ** 32n, 2n ** 64n - 1n))
const epoch = uint64.map(toEpoch)
const suite = uint(16).map(toSuiteId)

/** Lengths around the places where the vector header grows. */
function bytes(min = 0, max = 80): fc.Arbitrary<Uint8Array> {
  const some = fc.uint8Array({ minLength: min, maxLength: max })
  return min > 63 || max < 64
    ? some
    : fc.oneof(
        some,
        fc.constantFrom(63, 64).map((length) => new Uint8Array(length)),
      )
}
const hash = bytes(0, 64)
const key = bytes()

function list<T>(element: fc.Arbitrary<T>): fc.Arbitrary<T[]> {
  return fc.array(element, { maxLength: 3 })
}
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined })

/** A member of a union discriminated by `kind`. */
function kind<K extends string, T extends object>(name: K, value: fc.Arbitrary<T>): fc.Arbitrary<{ kind: K } & T> {
  return value.map((fields) => ({ kind: name, ...fields }))
}
const nothing = fc.constant({})

const credential: fc.Arbitrary<wire.Credential> = fc.oneof(
  kind('basic', fc.record({ identity: bytes() })),
  kind('x509', fc.record({ certificates: list(bytes()) })),
  kind('unknown', fc.record({ type: fc.integer({ min: 3, max: 0xffff }), data: bytes() })),
)
const extension: fc.Arbitrary<wire.Extension> = fc.record({ type: uint(16), data: bytes() })
const extensions = list(extension)
const codes = list(uint(16))
const capabilities: fc.Arbitrary<wire.Capabilities> = fc.record({
  versions: codes,
  suites: list(suite),
  extensions: codes,
  proposals: codes,
  credentials: codes,
})
const lifetime: fc.Arbitrary<wire.Lifetime> = fc.record({ notBefore: uint64, notAfter: uint64 })
const source: fc.Arbitrary<wire.LeafNodeSource> = fc.oneof(
  kind('key_package', fc.record({ lifetime })),
  kind('update', nothing),
  kind('commit', fc.record({ parentHash: hash })),
)
const leafNode: fc.Arbitrary<wire.LeafNode> = fc.record({
  encryptionKey: key,
  signatureKey: key,
  credential,
  capabilities,
  source,
  extensions,
  signature: bytes(),
})
const keyPackage: fc.Arbitrary<wire.KeyPackage> = fc.record({
  version: uint(16),
  suite,
  initKey: key,
  leafNode,
  extensions,
  signature: bytes(),
})
const groupContext: fc.Arbitrary<wire.GroupContext> = fc.record({
  version: uint(16),
  suite,
  groupId: bytes(),
  epoch,
  treeHash: hash,
  confirmedTranscriptHash: hash,
  extensions,
})
const externalSender: fc.Arbitrary<wire.ExternalSender> = fc.record({ signatureKey: key, credential })

const parentNode = fc.record({ encryptionKey: key, parentHash: hash, unmergedLeaves: list(uint(32)) })
const mergedParent = parentNode.map((node) => ({ ...node, unmergedLeaves: [] }))
const leaf = kind('leaf', leafNode)
const node: fc.Arbitrary<wire.Node> = fc.oneof(leaf, kind('parent', parentNode))
const twoPartyTree: fc.Arbitrary<wire.RatchetTree> = fc.oneof(
  fc.tuple(leaf),
  fc.tuple(maybe(leaf), maybe(kind('parent', mergedParent)), leaf),
)

const hpkeCiphertext: fc.Arbitrary<wire.HpkeCiphertext> = fc.record({ kemOutput: key, ciphertext: bytes() })
const updatePathNode: fc.Arbitrary<wire.UpdatePathNode> = fc.record({
  encryptionKey: key,
  encryptedPathSecret: list(hpkeCiphertext),
})
const updatePath: fc.Arbitrary<wire.UpdatePath> = fc.record({ leafNode, nodes: list(updatePathNode) })
const preSharedKeyId: fc.Arbitrary<wire.PreSharedKeyId> = fc.record({
  psk: fc.oneof(
    kind('external', fc.record({ pskId: bytes() })),
    kind('resumption', fc.record({ usage: uint(8), groupId: bytes(), epoch })),
  ),
  nonce: hash,
})
const add = fc.record({ keyPackage })
const update = fc.record({ leafNode })
const remove = fc.record({ removed: uint(32) })
const preSharedKey = fc.record({ psk: preSharedKeyId })
const reInit = fc.record({ groupId: bytes(), version: uint(16), suite, extensions })
const externalInit = fc.record({ kemOutput: key })
const groupContextExtensions = fc.record({ extensions })
const proposal: fc.Arbitrary<wire.Proposal> = fc.oneof(
  kind('add', add),
  kind('update', update),
  kind('remove', remove),
  kind('psk', preSharedKey),
  kind('reinit', reInit),
  kind('external_init', externalInit),
  kind('group_context_extensions', groupContextExtensions),
)
const proposalOrRef: fc.Arbitrary<wire.ProposalOrRef> = fc.oneof(
  kind('proposal', fc.record({ proposal })),
  kind('reference', fc.record({ reference: hash })),
)
const commit: fc.Arbitrary<wire.Commit> = fc.record({ proposals: list(proposalOrRef), path: maybe(updatePath) })

const groupInfo: fc.Arbitrary<wire.GroupInfo> = fc.record({
  groupContext,
  extensions,
  confirmationTag: hash,
  signer: uint(32),
  signature: bytes(),
})
const groupSecrets: fc.Arbitrary<wire.GroupSecrets> = fc.record({
  joinerSecret: hash,
  pathSecret: maybe(hash),
  psks: list(preSharedKeyId),
})
const encryptedGroupSecrets = fc.record({ newMember: hash, encryptedGroupSecrets: hpkeCiphertext })
const welcome: fc.Arbitrary<wire.Welcome> = fc.record({
  suite,
  secrets: list(encryptedGroupSecrets),
  encryptedGroupInfo: bytes(),
})

const sender: fc.Arbitrary<wire.Sender> = fc.oneof(
  kind('member', fc.record({ leafIndex: uint(32) })),
  kind('external', fc.record({ senderIndex: uint(32) })),
  kind('new_member_proposal', nothing),
  kind('new_member_commit', nothing),
)
const content: fc.Arbitrary<wire.Content> = fc.oneof(
  kind('application', fc.record({ data: bytes() })),
  kind('proposal', fc.record({ proposal })),
  kind('commit', fc.record({ commit })),
)
const framedContent: fc.Arbitrary<wire.FramedContent> = fc.record({
  groupId: bytes(minGroupId, maxGroupId),
  epoch,
  sender,
  authenticatedData: bytes(),
  content,
})
const publicMessage: fc.Arbitrary<wire.PublicMessage> = fc
  .record({ content: framedContent, signature: bytes(), confirmationTag: hash, tag: hash })
  .map(({ content, signature, confirmationTag, tag }) => ({
    content,
    auth: { signature, confirmationTag: content.content.kind === 'commit' ? confirmationTag : undefined },
    membershipTag: content.sender.kind === 'member' ? tag : undefined,
  }))
const privateMessage: fc.Arbitrary<wire.PrivateMessage> = fc.record({
  groupId: bytes(minGroupId, maxGroupId),
  epoch,
  contentType: uint(8),
  authenticatedData: bytes(),
  encryptedSenderData: bytes(0, 40),
  ciphertext: bytes(),
})
const mlsMessage: fc.Arbitrary<wire.MlsMessage> = fc.oneof(
  kind('public_message', publicMessage),
  kind('private_message', privateMessage),
  kind('welcome', welcome),
  kind('group_info', groupInfo),
  kind('key_package', keyPackage),
)
const message = fc.record({ message: bytes() })

function entry<T>(name: string, codec: Codec<T>, value: fc.Arbitrary<NoInfer<T>>, openEnded = false): Case {
  return { name, codec, value, openEnded } as unknown as Case
}

/** Every codec that the package exports, under the name of its export. */
export const exported: readonly Case[] = [
  entry('uint8', wire.uint8, uint(8)),
  entry('uint16', wire.uint16, uint(16)),
  entry('uint24', wire.uint24, uint(24)),
  entry('uint32', wire.uint32, uint(32)),
  entry('uint64', wire.uint64, uint64),
  entry('epoch', wire.epoch, epoch),
  entry('suiteId', wire.suiteId, suite),
  entry('vectorLength', wire.vectorLength, fc.oneof(uint(6), uint(14), uint(30))),
  entry('credential', wire.credential, credential),
  entry('extension', wire.extension, extension),
  entry('extensions', wire.extensions, extensions),
  entry('capabilities', wire.capabilities, capabilities),
  entry('lifetime', wire.lifetime, lifetime),
  entry('leafNodeSource', wire.leafNodeSource, source),
  entry('leafNode', wire.leafNode, leafNode),
  entry('keyPackage', wire.keyPackage, keyPackage),
  entry('groupContext', wire.groupContext, groupContext),
  entry(
    'requiredCapabilities',
    wire.requiredCapabilities,
    fc.record({ extensions: codes, proposals: codes, credentials: codes }),
  ),
  entry('externalSender', wire.externalSender, externalSender),
  entry('externalSenders', wire.externalSenders, list(externalSender)),
  entry('parentNode', wire.parentNode, parentNode),
  entry('node', wire.node, node),
  entry('ratchetTree', wire.ratchetTree, list(maybe(node))),
  entry('twoPartyRatchetTree', wire.twoPartyRatchetTree, twoPartyTree),
  entry('hpkeCiphertext', wire.hpkeCiphertext, hpkeCiphertext),
  entry('updatePathNode', wire.updatePathNode, updatePathNode),
  entry('updatePath', wire.updatePath, updatePath),
  entry('preSharedKeyId', wire.preSharedKeyId, preSharedKeyId),
  entry('add', wire.add, add),
  entry('update', wire.update, update),
  entry('remove', wire.remove, remove),
  entry('preSharedKey', wire.preSharedKey, preSharedKey),
  entry('reInit', wire.reInit, reInit),
  entry('externalInit', wire.externalInit, externalInit),
  entry('groupContextExtensions', wire.groupContextExtensions, groupContextExtensions),
  entry('proposal', wire.proposal, proposal),
  entry('proposalOrRef', wire.proposalOrRef, proposalOrRef),
  entry('commit', wire.commit, commit),
  entry('groupInfo', wire.groupInfo, groupInfo),
  entry('groupSecrets', wire.groupSecrets, groupSecrets),
  entry('encryptedGroupSecrets', wire.encryptedGroupSecrets, encryptedGroupSecrets),
  entry('welcome', wire.welcome, welcome),
  entry('sender', wire.sender, sender),
  entry('content', wire.content, content),
  entry('framedContent', wire.framedContent, framedContent),
  entry('publicMessage', wire.publicMessage, publicMessage),
  entry('privateMessage', wire.privateMessage, privateMessage),
  entry(
    'senderData',
    wire.senderData,
    fc.record({ leafIndex: uint(32), generation: uint(32), reuseGuard: bytes(4, 4) }),
  ),
  entry('mlsMessage', wire.mlsMessage, mlsMessage),
  entry('twoPartyMessage', wire.twoPartyMessage, fc.record({ type: uint(8), body: bytes() }), true),
  entry('clientHello', wire.clientHello, message, true),
  entry('serverHello', wire.serverHello, message, true),
  entry('connectionUpdate', wire.connectionUpdate, message, true),
  entry('epochKeyUpdate', wire.epochKeyUpdate, fc.record({ epoch })),
  entry('resumptionRequest', wire.resumptionRequest, message, true),
  entry('resumptionResponse', wire.resumptionResponse, message, true),
  entry('helloRetry', wire.helloRetry, fc.record({ suite, clientHelloHash: bytes(32, 64) })),
  entry('alert', wire.alert, fc.record({ code: uint(16) })),
  entry('recordHeader', wire.recordHeader, fc.record({ epochByte: uint(8), sequenceNumber: uint(32) })),
]

/** What the combinators make that no exported codec has, and the codecs that a function gives. */
export const composed: readonly Case[] = [
  entry('fixed(5)', wire.fixed(5), bytes(5, 5)),
  entry('opaque<3..70>', wire.opaque({ min: 3, max: 70 }), bytes(3, 70)),
  entry('rest(80)', wire.rest(80), bytes(), true),
  entry('vector of uint24', wire.vector(wire.uint24, { max: 90 }), fc.array(uint(24), { maxLength: 30 })),
  entry('vector of vectors', wire.vector(wire.vector(wire.uint8, { max: 99 }), { max: 999 }), list(list(uint(8)))),
  entry('optional', wire.optional(wire.uint16), maybe(uint(16))),
  entry('preceded', wire.preceded(wire.constant(wire.uint16, 7), wire.uint8), uint(8)),
  entry(
    'checked',
    wire.checked(wire.uint8, (value) => (value % 2 === 0 ? undefined : 'odd')),
    uint(7).map((half) => 2 * half),
  ),
  entry(
    'auth of a commit',
    wire.framedContentAuthData('commit'),
    fc.record({ signature: bytes(), confirmationTag: hash }),
  ),
  entry(
    'auth of a proposal',
    wire.framedContentAuthData('proposal'),
    fc.record({ signature: bytes(), confirmationTag: fc.constant(undefined) }),
  ),
]
