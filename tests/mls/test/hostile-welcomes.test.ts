import {
  decode,
  type Extension,
  encode,
  type GroupInfo,
  groupInfo as groupInfoCodec,
  groupSecrets as groupSecretsCodec,
  leafNode as leafNodeCodec,
  opaque,
  type RequiredCapabilities,
  ratchetTree as ratchetTreeCodec,
  requiredCapabilities as requiredCapabilitiesCodec,
  struct,
} from '@twofold/codec'
import type { ErrorCode } from '@twofold/interface'
import * as tsMls from 'ts-mls'
import { describe, expect, test } from 'vitest'
import {
  encodeMessage,
  honestCapabilities,
  hostileWelcome,
  lifetimeNow,
  type PeerPackage,
  peerPackage,
  type Victim,
  victim,
  type WelcomeOptions,
} from '../src/malicious-peer.ts'
import { codeOfRefusal } from '../src/refusal.ts'
import { providers, type Subject, subjectOf, testedSuites } from '../src/subject.ts'

const psk = { id: new Uint8Array(16).fill(5), secret: new Uint8Array(32).fill(6) }

interface Attempt {
  readonly subject: Subject
  readonly invited: Victim
}

async function attempt(): Promise<Attempt> {
  const subject = await subjectOf(providers[0]!, testedSuites[2]!)
  return { subject, invited: await victim(subject) }
}

/** The Welcome is refused with `code`, in time, and an honest one is taken with the same secrets afterwards. */
async function expectRefused({ subject, invited }: Attempt, welcome: Uint8Array, code: ErrorCode): Promise<void> {
  const { message: keyPackage, secrets, at } = invited
  const join = (bytes: Uint8Array) => subject.engine.join({ welcome: bytes, keyPackage, secrets, at })
  expect(await codeOfRefusal(() => join(welcome))).toBe(code)
  const { state } = await join((await hostileWelcome(invited)).welcome)
  expect(subject.engine.epoch(state)).toBe(1n)
}

describe('welcomes of a malicious peer', () => {
  const unfit: readonly [string, WelcomeOptions, ErrorCode][] = [
    ['for a group id of 15 bytes', { groupId: new Uint8Array(15) }, 'PEER_BAD_WELCOME'],
    ['for a group id of 33 bytes', { groupId: new Uint8Array(33) }, 'PEER_BAD_WELCOME'],
    ['for a group at epoch 2', { epochsBefore: 1 }, 'PEER_BAD_WELCOME'],
    ['without a ratchet tree', { withoutTree: true }, 'PEER_BAD_WELCOME'],
    ['of a creator without the mark of the profile', { leaf: { leafNodeExtensions: [] } }, 'PEER_BAD_LEAF'],
    [
      'of a creator whose capabilities lack the cipher suite',
      { leaf: { capabilities: { ...honestCapabilities, ciphersuites: [2] } } },
      'PEER_BAD_LEAF',
    ],
    [
      'of a creator whose capabilities lack MLS 1.0',
      { leaf: { capabilities: { ...honestCapabilities, versions: [] } } },
      'PEER_BAD_LEAF',
    ],
    ['of a creator whose leaf lives too long', { leaf: { lifetime: lifetimeNow(4000) } }, 'PEER_BAD_LIFETIME'],
    ['of a creator whose leaf is over', { leaf: { lifetime: lifetimeNow(-301) } }, 'PEER_BAD_LIFETIME'],
    [
      'with external senders',
      {
        groupExtensions: [
          {
            extensionType: tsMls.defaultExtensionTypes.external_senders,
            extensionData: {
              credential: { credentialType: 1, identity: new Uint8Array(3) },
              signaturePublicKey: new Uint8Array(32),
            },
          },
        ],
      },
      'PEER_BAD_WELCOME',
    ],
    ['with a pre-shared key', withPsk(), 'PEER_BAD_WELCOME'],
  ]

  test.each(unfit)('%s', async (_, options, code) => {
    const tried = await attempt()
    await expectRefused(tried, (await hostileWelcome(tried.invited, options)).welcome, code)
  })

  test.each([
    ['extension that nobody knows', { type: 0xf0f0, data: new Uint8Array(3) }],
    ['required extension that we do not have', requiring({ extensions: [0xf0f0] })],
    ['required proposal type that we do not have', requiring({ proposals: [0xf0f0] })],
    ['required credential type that we do not have', requiring({ credentials: [0xf0f0] })],
    ['ratchet tree', { type: tsMls.defaultExtensionTypes.ratchet_tree, data: new Uint8Array(3) }],
  ])('with a GroupContext that has a(n) %s', async (_, extension) => {
    const tried = await attempt()
    const welcome = await altered(tried, (info) => ({
      ...info,
      groupContext: { ...info.groupContext, extensions: [extension] },
    }))
    await expectRefused(tried, welcome, 'PEER_BAD_WELCOME')
  })

  test('with required capabilities twice', async () => {
    const tried = await attempt()
    const extensions = [requiring({}), requiring({})]
    const welcome = await altered(tried, (info) => ({ ...info, groupContext: { ...info.groupContext, extensions } }))
    await expectRefused(tried, welcome, 'PEER_BAD_WELCOME')
  })

  test('with required capabilities that we have: taken', async () => {
    const { subject, invited } = await attempt()
    const { welcome } = await hostileWelcome(invited, required({ extensionTypes: [0xf2f0], credentialTypes: [1] }))
    const { message: keyPackage, secrets, at } = invited
    await subject.engine.join({ welcome, keyPackage, secrets, at })
  })

  test('for two new members', async () => {
    const tried = await attempt()
    await expectRefused(tried, (await hostileWelcome(tried.invited, await withThird())).welcome, 'PEER_BAD_WELCOME')
  })

  test('for two new members, of whom it shows one', async () => {
    const tried = await attempt()
    const { parsed } = await hostileWelcome(tried.invited, await withThird())
    for (const secret of parsed.secrets) {
      const welcome = encodeMessage({
        version: 1,
        wireformat: tsMls.wireformats.mls_welcome,
        welcome: { ...parsed, secrets: [secret] },
      })
      const code = await codeOfRefusal(() => expectJoin(tried, welcome))
      // One of the two is not for us, and the other one shows a tree of three.
      expect(['PEER_BAD_WELCOME', 'DECODE_INVALID_VALUE']).toContain(code)
      await expectRefused(tried, welcome, code!)
    }
  })

  test('with a tree that has three leaves', async () => {
    const tried = await attempt()
    const welcome = await altered(tried, (info) => withTree(info, (tree) => [...tree, undefined, tree[0]]))
    await expectRefused(tried, welcome, 'DECODE_INVALID_VALUE')
  })

  test.each([
    ['one', [2]],
    ['the last possible', [0xffff_ffff]],
    ['many', [1000, 0x7fff_ffff, 0x8000_0000]],
  ])('with a parent node that has unmerged leaves that do not exist: %s', async (_, unmergedLeaves) => {
    const tried = await attempt()
    const parent = { kind: 'parent' as const, encryptionKey: new Uint8Array(32), parentHash: new Uint8Array(0) }
    const welcome = await altered(tried, (info) =>
      withTree(info, ([left, , right]) => [left, { ...parent, unmergedLeaves }, right]),
    )
    await expectRefused(tried, welcome, 'DECODE_LENGTH_OUT_OF_RANGE')
  })

  test('with a leaf of ours that is not the one we sent', async () => {
    const tried = await attempt()
    const welcome = await altered(tried, (info) =>
      withTree(info, ([left, middle, right]) => {
        if (right?.kind !== 'leaf') throw new Error('no leaf')
        return [left, middle, { ...right, encryptionKey: new Uint8Array(32).fill(7) }]
      }),
    )
    await expectRefused(tried, welcome, 'PEER_BAD_WELCOME')
  })

  test('with a leaf of ours from another key package', async () => {
    const tried = await attempt()
    const { engine } = tried.subject
    const { identity, at } = tried.invited
    const second = await engine.createKeyPackage({ identity, suites: [engine.suite], at, lifetimeMs: 500_000 })
    const decoded = tsMls.decode(tsMls.mlsMessageDecoder, second.message.slice())
    if (decoded?.wireformat !== tsMls.wireformats.mls_key_package) throw new Error('no key package')
    // Same identity and signature key, which is all that the library compares; the init key is the one that was offered.
    const swapped = { ...tried.invited.keyPackage, leafNode: decoded.keyPackage.leafNode }
    const other = await altered(tried, (info) =>
      withTree(info, ([left, middle]) => [
        left,
        middle,
        { kind: 'leaf', ...decode(leafNodeCodec, encodeLeaf(swapped.leafNode)) },
      ]),
    )
    await expectRefused(tried, other, 'PEER_BAD_WELCOME')
  })

  test('with leaf 1 as its signer', async () => {
    const tried = await attempt()
    await expectRefused(tried, await altered(tried, (info) => ({ ...info, signer: 1 })), 'PEER_BAD_WELCOME')
  })

  test('with a signer beyond the tree', async () => {
    const tried = await attempt()
    await expectRefused(tried, await altered(tried, (info) => ({ ...info, signer: 0xffff_ffff })), 'PEER_BAD_WELCOME')
  })

  test('with an extension twice', async () => {
    const tried = await attempt()
    const welcome = await altered(tried, (info) => ({ ...info, extensions: [...info.extensions, ...info.extensions] }))
    await expectRefused(tried, welcome, 'PEER_BAD_WELCOME')
  })

  test('with another confirmation tag', async () => {
    const tried = await attempt()
    const welcome = await altered(tried, (info) => ({ ...info, confirmationTag: new Uint8Array(32) }))
    await expectRefused(tried, welcome, 'CRYPTO_FAILED')
  })

  test('with a signature that is not the creator’s', async () => {
    const tried = await attempt()
    const welcome = await altered(tried, (info) => info, new Uint8Array(64))
    await expectRefused(tried, welcome, 'CRYPTO_FAILED')
  })

  test('with a path secret where there was no path', async () => {
    const tried = await attempt()
    const { welcome } = await hostileWelcome(tried.invited, {
      hook: (suite) => ({
        ...suite,
        hpke: {
          ...suite.hpke,
          seal: (key, plaintext, info, aad) => {
            const opened = decode(groupSecretsCodec, plaintext)
            const secrets = encode(groupSecretsCodec, { ...opened, pathSecret: new Uint8Array(32) })
            return suite.hpke.seal(key, secrets, info, aad)
          },
        },
      }),
    })
    await expectRefused(tried, welcome, 'PEER_BAD_WELCOME')
  })

  test('that is a key package', async () => {
    const tried = await attempt()
    await expectRefused(tried, tried.invited.message, 'PEER_BAD_WELCOME')
  })
})

function required(change: Partial<tsMls.RequiredCapabilities>): WelcomeOptions {
  const extensionData = { extensionTypes: [], proposalTypes: [], credentialTypes: [], ...change }
  return { groupExtensions: [{ extensionType: tsMls.defaultExtensionTypes.required_capabilities, extensionData }] }
}

/** The same as the codec has it, since the malicious creator's library would not add a victim that lacks them. */
function requiring(change: Partial<RequiredCapabilities>): Extension {
  const data = encode(requiredCapabilitiesCodec, { extensions: [], proposals: [], credentials: [], ...change })
  return { type: tsMls.defaultExtensionTypes.required_capabilities, data }
}

function withPsk(): WelcomeOptions {
  const preSharedKeyId = { psktype: tsMls.pskTypes.external, pskId: psk.id, pskNonce: new Uint8Array(32) }
  return {
    proposals: [{ proposalType: tsMls.defaultProposalTypes.psk, psk: { preSharedKeyId } }],
    externalPsks: { [tsMls.bytesToBase64(psk.id)]: psk.secret },
  }
}

async function withThird(): Promise<WelcomeOptions> {
  const suite = await tsMls.getCiphersuiteImpl('MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519')
  const third = await peerPackage(suite, 'third')
  const add = { proposalType: tsMls.defaultProposalTypes.add, add: { keyPackage: third.publicPackage } }
  return { proposals: [add] }
}

async function expectJoin({ subject, invited }: Attempt, welcome: Uint8Array): Promise<void> {
  const { message: keyPackage, secrets, at } = invited
  await subject.engine.join({ welcome, keyPackage, secrets, at })
}

const signContent = struct<{ label: Uint8Array; content: Uint8Array }>('SignContent', {
  label: opaque({ max: 255 }),
  content: opaque({ max: 0xff_ffff }),
})

/** A Welcome whose GroupInfo is another one, signed again by the creator (or with a given signature). */
async function altered(
  { invited }: Attempt,
  change: (info: GroupInfo) => GroupInfo,
  signature?: Uint8Array,
): Promise<Uint8Array> {
  const hook = (suite: tsMls.CiphersuiteImpl, own: PeerPackage): tsMls.CiphersuiteImpl => ({
    ...suite,
    hpke: {
      ...suite.hpke,
      encryptAead: async (key, nonce, aad, plaintext) => {
        if (aad !== undefined) return suite.hpke.encryptAead(key, nonce, aad, plaintext)
        const info = { ...change(decode(groupInfoCodec, plaintext)), signature: new Uint8Array(0) }
        const content = encode(groupInfoCodec, info).subarray(0, -1)
        const label = new TextEncoder().encode('MLS 1.0 GroupInfoTBS')
        const tbs = encode(signContent, { label, content })
        const signed = signature ?? (await suite.signature.sign(own.privatePackage.signaturePrivateKey, tbs))
        return suite.hpke.encryptAead(key, nonce, aad, encode(groupInfoCodec, { ...info, signature: signed }))
      },
    },
  })
  return (await hostileWelcome(invited, { hook })).welcome
}

type Tree = ReturnType<typeof decodeTree>

function decodeTree(data: Uint8Array) {
  return decode(ratchetTreeCodec, data)
}

/** The same GroupInfo with another tree, and the tree hash that belongs to it left as it was: what is refused, is so before. */
function withTree(info: GroupInfo, change: (tree: Tree) => Tree): GroupInfo {
  const extensions = info.extensions.map((extension) =>
    extension.type === tsMls.defaultExtensionTypes.ratchet_tree
      ? { ...extension, data: encode(ratchetTreeCodec, change(decodeTree(extension.data))) }
      : extension,
  )
  return { ...info, extensions }
}

function encodeLeaf(leaf: tsMls.LeafNode): Uint8Array {
  // A key package ends with the leaf, its own extensions (none) and its signature (none here).
  const message = tsMls.encode(tsMls.keyPackageEncoder, {
    version: 1,
    cipherSuite: 1,
    initKey: new Uint8Array(0),
    leafNode: leaf as tsMls.LeafNodeKeyPackage,
    extensions: [],
    signature: new Uint8Array(0),
  })
  return message.slice(5, -2)
}
