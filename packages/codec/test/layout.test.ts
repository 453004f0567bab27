import { expect, it } from 'vitest'
import * as wire from '../src/index.ts'
import { type Codec, decode, encode, toEpoch, toSuiteId } from '../src/index.ts'
import { hex, unhex } from './vectors.ts'

// A round trip cannot see two fields of one type that were swapped, nor a wrong number for a tag: these bytes are written by hand from
// the structs in RFC 9420.

const b = (text: string) => unhex(text)
const suite = toSuiteId(0x0102)
const epoch = toEpoch(5n)
const epochHex = '0000000000000005'

const basic: wire.Credential = { kind: 'basic', identity: b('ce') }
const basicHex = '0001 01ce'
const ext: wire.Extension = { type: 0x0e0f, data: b('ed') }
const extHex = '0e0f 01ed'
const extsHex = `04 ${extHex}`

const capabilities: wire.Capabilities = {
  versions: [1],
  suites: [suite],
  extensions: [3],
  proposals: [4],
  credentials: [5],
}
const capabilitiesHex = '020001 020102 020003 020004 020005'

const update: wire.LeafNode = {
  encryptionKey: b('e1'),
  signatureKey: b('51'),
  credential: basic,
  capabilities,
  source: { kind: 'update' },
  extensions: [ext],
  signature: b('5e'),
}
const leafHead = `01e1 0151 ${basicHex} ${capabilitiesHex}`
const updateHex = `${leafHead} 02 ${extsHex} 015e`

const keyPackage: wire.KeyPackage = {
  version: 1,
  suite,
  initKey: b('11'),
  leafNode: update,
  extensions: [ext],
  signature: b('55'),
}
const keyPackageHex = `000101020111 ${updateHex} ${extsHex} 0155`

const hpke: wire.HpkeCiphertext = { kemOutput: b('c0'), ciphertext: b('c1') }
const hpkeHex = '01c0 01c1'
const path: wire.UpdatePath = { leafNode: update, nodes: [{ encryptionKey: b('e2'), encryptedPathSecret: [hpke] }] }
const pathHex = `${updateHex} 07 01e2 04 ${hpkeHex}`
const psk: wire.PreSharedKeyId = { psk: { kind: 'external', pskId: b('a1') }, nonce: b('a2') }
const pskHex = '01 01a1 01a2'
const resumption: wire.PreSharedKeyId = {
  psk: { kind: 'resumption', usage: 3, groupId: b('a3'), epoch },
  nonce: b('a2'),
}

const context: wire.GroupContext = {
  version: 1,
  suite,
  groupId: b('0a'),
  epoch,
  treeHash: b('0b'),
  confirmedTranscriptHash: b('0c'),
  extensions: [ext],
}
const contextHex = `00010102 010a ${epochHex} 010b 010c ${extsHex}`
const groupInfo: wire.GroupInfo = {
  groupContext: context,
  extensions: [],
  confirmationTag: b('f1'),
  signer: 7,
  signature: b('f2'),
}
const groupInfoHex = `${contextHex} 00 01f1 00000007 01f2`
const secrets: wire.EncryptedGroupSecrets = { newMember: b('d1'), encryptedGroupSecrets: hpke }
const welcome: wire.Welcome = { suite, secrets: [secrets], encryptedGroupInfo: b('d2') }
const welcomeHex = `010206 01d1 ${hpkeHex} 01d2`

const content: wire.FramedContent = {
  groupId: b('0a'),
  epoch,
  sender: { kind: 'member', leafIndex: 1 },
  authenticatedData: b('ad'),
  content: { kind: 'commit', commit: { proposals: [{ kind: 'reference', reference: b('fe') }], path: undefined } },
}
const contentHex = `010a ${epochHex} 0100000001 01ad 03 03 02 01fe 00`
const publicMessage: wire.PublicMessage = {
  content,
  auth: { signature: b('91'), confirmationTag: b('92') },
  membershipTag: b('93'),
}
const publicHex = `${contentHex} 0191 0192 0193`
const privateMessage: wire.PrivateMessage = {
  groupId: b('0a'),
  epoch,
  contentType: 3,
  authenticatedData: b('81'),
  encryptedSenderData: b('82'),
  ciphertext: b('83'),
}
const privateHex = `010a ${epochHex} 03 0181 0182 0183`
const parent: wire.ParentNode = { encryptionKey: b('e3'), parentHash: b('e4'), unmergedLeaves: [9] }
const parentHex = `01e3 01e4 0400000009`

const rows: readonly (readonly [string, Codec<never>, unknown, string])[] = [
  row('Credential basic', wire.credential, basic, basicHex),
  row('Credential x509', wire.credential, { kind: 'x509', certificates: [b('c1'), b('c2')] }, '00020401c101c2'),
  row('Credential unknown', wire.credential, { kind: 'unknown', type: 3, data: b('c3') }, '000301c3'),
  row('Extension', wire.extension, ext, extHex),
  row('Capabilities', wire.capabilities, capabilities, capabilitiesHex),
  row('Lifetime', wire.lifetime, { notBefore: 1n, notAfter: 2n }, '00000000000000010000000000000002'),
  row(
    'LeafNode key_package',
    wire.leafNode,
    { ...update, source: { kind: 'key_package', lifetime: { notBefore: 1n, notAfter: 2n } } },
    `${leafHead} 0100000000000000010000000000000002 ${extsHex} 015e`,
  ),
  row('LeafNode update', wire.leafNode, update, updateHex),
  row(
    'LeafNode commit',
    wire.leafNode,
    { ...update, source: { kind: 'commit', parentHash: b('e5') } },
    `${leafHead} 03 01e5 ${extsHex} 015e`,
  ),
  row('KeyPackage', wire.keyPackage, keyPackage, keyPackageHex),
  row('GroupContext', wire.groupContext, context, contextHex),
  row(
    'RequiredCapabilities',
    wire.requiredCapabilities,
    { extensions: [1], proposals: [2], credentials: [3] },
    '020001020002020003',
  ),
  row('ExternalSender', wire.externalSender, { signatureKey: b('5a'), credential: basic }, `015a ${basicHex}`),
  row('ParentNode', wire.parentNode, parent, parentHex),
  row('Node leaf', wire.node, { kind: 'leaf', ...update }, `01 ${updateHex}`),
  row('Node parent', wire.node, { kind: 'parent', ...parent }, `02 ${parentHex}`),
  row('ratchet_tree', wire.ratchetTree, [undefined, { kind: 'parent', ...parent }], `0c0001 02 ${parentHex}`),
  row('UpdatePath', wire.updatePath, path, pathHex),
  row('PreSharedKeyID external', wire.preSharedKeyId, psk, pskHex),
  row('PreSharedKeyID resumption', wire.preSharedKeyId, resumption, `02 03 01a3 ${epochHex} 01a2`),
  row('Proposal add', wire.proposal, { kind: 'add', keyPackage }, `0001 ${keyPackageHex}`),
  row('Proposal update', wire.proposal, { kind: 'update', leafNode: update }, `0002 ${updateHex}`),
  row('Proposal remove', wire.proposal, { kind: 'remove', removed: 8 }, '000300000008'),
  row('Proposal psk', wire.proposal, { kind: 'psk', psk }, `0004 ${pskHex}`),
  row(
    'Proposal reinit',
    wire.proposal,
    { kind: 'reinit', groupId: b('0a'), version: 1, suite, extensions: [ext] },
    `0005 010a 00010102 ${extsHex}`,
  ),
  row('Proposal external_init', wire.proposal, { kind: 'external_init', kemOutput: b('c0') }, '000601c0'),
  row(
    'Proposal group_context_extensions',
    wire.proposal,
    { kind: 'group_context_extensions', extensions: [ext] },
    `0007 ${extsHex}`,
  ),
  row(
    'Commit',
    wire.commit,
    { proposals: [{ kind: 'proposal', proposal: { kind: 'remove', removed: 8 } }], path },
    `0701 000300000008 01 ${pathHex}`,
  ),
  row('GroupInfo', wire.groupInfo, groupInfo, groupInfoHex),
  row(
    'GroupSecrets',
    wire.groupSecrets,
    { joinerSecret: b('01'), pathSecret: b('02'), psks: [psk] },
    `0101 01 0102 05 ${pskHex}`,
  ),
  row('Welcome', wire.welcome, welcome, welcomeHex),
  row('Sender member', wire.sender, { kind: 'member', leafIndex: 1 }, '0100000001'),
  row('Sender external', wire.sender, { kind: 'external', senderIndex: 1 }, '0200000001'),
  row('Sender new_member_proposal', wire.sender, { kind: 'new_member_proposal' }, '03'),
  row('Sender new_member_commit', wire.sender, { kind: 'new_member_commit' }, '04'),
  row('Content application', wire.content, { kind: 'application', data: b('da') }, '0101da'),
  row(
    'Content proposal',
    wire.content,
    { kind: 'proposal', proposal: { kind: 'remove', removed: 8 } },
    `02 000300000008`,
  ),
  row('FramedContent', wire.framedContent, content, contentHex),
  row('PublicMessage', wire.publicMessage, publicMessage, publicHex),
  row('PrivateMessage', wire.privateMessage, privateMessage, privateHex),
  row(
    'SenderData',
    wire.senderData,
    { leafIndex: 1, generation: 2, reuseGuard: b('0a0b0c0d') },
    '00000001000000020a0b0c0d',
  ),
  row('MLSMessage public', wire.mlsMessage, { kind: 'public_message', ...publicMessage }, `00010001 ${publicHex}`),
  row('MLSMessage private', wire.mlsMessage, { kind: 'private_message', ...privateMessage }, `00010002 ${privateHex}`),
  row('MLSMessage welcome', wire.mlsMessage, { kind: 'welcome', ...welcome }, `00010003 ${welcomeHex}`),
  row('MLSMessage group_info', wire.mlsMessage, { kind: 'group_info', ...groupInfo }, `00010004 ${groupInfoHex}`),
  row('MLSMessage key_package', wire.mlsMessage, { kind: 'key_package', ...keyPackage }, `00010005 ${keyPackageHex}`),
]

it.each(rows)('%s', (_, codec, value, bytes) => {
  expect(hex(encode(codec, value as never))).toBe(bytes)
  expect(decode(codec, unhex(bytes))).toEqual(value)
})

function row<T>(name: string, codec: Codec<T>, value: NoInfer<T>, bytes: string) {
  return [name, codec as unknown as Codec<never>, value, bytes.replaceAll(' ', '')] as const
}
