import { commit as commitCodec, encode } from '@twofold/codec'
import * as tsMls from 'ts-mls'
import { describe, expect, test } from 'vitest'
import {
  type Attacked,
  attackedInitiator,
  attackedResponder,
  commitOf,
  contextOf,
  encodeMessage,
  type Framing,
  forgeCommit,
  type MaliciousPeer,
  peerPackage,
  sealRaw,
  withSender,
} from '../src/malicious-peer.ts'
import { codeOfRefusal, expectRefused } from '../src/refusal.ts'
import { providers, subjectOf, testedSuites } from '../src/subject.ts'

const framings: readonly Framing[] = ['private', 'public']

const victims = {
  initiator: async (): Promise<Attacked> => attackedInitiator(await subject()),
  responder: async (): Promise<Attacked> => attackedResponder(await subject()),
}

function subject() {
  return subjectOf(providers[0]!, testedSuites[2]!)
}

const { defaultProposalTypes: types } = tsMls
const psk = { id: new Uint8Array(16).fill(5), secret: new Uint8Array(32).fill(6) }
const externalPsks = { [tsMls.bytesToBase64(psk.id)]: psk.secret }

type MakeProposal = (attacked: Attacked) => Promise<tsMls.Proposal> | tsMls.Proposal

/** Every proposal that a member can put into a commit with the library's blessing. */
const willing: Readonly<Record<string, MakeProposal>> = {
  'Add of a third member': async ({ peer }) => ({
    proposalType: types.add,
    add: { keyPackage: (await peerPackage(peer.suite, 'third')).publicPackage },
  }),
  'Remove of the victim': ({ peerIndex }) => ({ proposalType: types.remove, remove: { removed: 1 - peerIndex } }),
  ReInit: ({ peer }) => ({
    proposalType: types.reinit,
    reinit: { groupId: new Uint8Array(32), version: 1, cipherSuite: peer.suite.id, extensions: [] },
  }),
  PreSharedKey: () => ({
    proposalType: types.psk,
    psk: {
      preSharedKeyId: { psktype: tsMls.pskTypes.external, pskId: psk.id, pskNonce: new Uint8Array(32) },
    },
  }),
  GroupContextExtensions: () => ({
    proposalType: types.group_context_extensions,
    groupContextExtensions: {
      extensions: [
        {
          extensionType: tsMls.defaultExtensionTypes.required_capabilities,
          extensionData: { extensionTypes: [], proposalTypes: [], credentialTypes: [1] },
        },
      ],
    },
  }),
}

/** Those that it would not make. */
const unwilling: Readonly<Record<string, (attacked: Attacked) => unknown>> = {
  'Update of the committer': ({ peer }) => ({
    proposalType: types.update,
    update: { leafNode: ownLeaf(peer) },
  }),
  ExternalInit: () => ({ proposalType: types.external_init, externalInit: { kemOutput: new Uint8Array(32) } }),
  'proposal of a type that nobody knows': () => ({ proposalType: 0xf0f0, proposalData: new Uint8Array(3) }),
}

function ownLeaf({ state }: MaliciousPeer): tsMls.LeafNode {
  return tsMls.getOwnLeafNode(state)
}

describe.each(Object.entries(victims))('commits of a malicious peer against the %s', (_, attacked) => {
  describe.each(framings)('in a %s message', (framing) => {
    test.each(Object.entries(willing))('with %s, by value', async (_name, make) => {
      const target = await attacked()
      const message = await commitOf(target.peer, framing, {
        extraProposals: [await make(target)],
        externalPsks,
      })
      await expectRefused(target, message, 'PEER_FORBIDDEN_PROPOSAL')
    })

    test.each(Object.entries(unwilling))('with %s, by value', async (name, make) => {
      const target = await attacked()
      const proposal = { proposalOrRefType: tsMls.proposalOrRefTypes.proposal, proposal: make(target) }
      const message = await forgeCommit(target.peer, framing, { proposals: [proposal] })
      // A PublicMessage is parsed whole before anything else, and nothing tells how long an unknown proposal is.
      const unreadable = framing === 'public' && name.includes('nobody knows')
      await expectRefused(target, message, unreadable ? 'DECODE_INVALID_VALUE' : 'PEER_FORBIDDEN_PROPOSAL')
    })

    test('with a proposal by reference that was never sent', async () => {
      const target = await attacked()
      const reference = {
        proposalOrRefType: tsMls.proposalOrRefTypes.reference,
        reference: new Uint8Array(32).fill(1),
      }
      const message = await forgeCommit(target.peer, framing, { proposals: [reference] })
      await expectRefused(target, message, 'PEER_FORBIDDEN_PROPOSAL')
    })

    test('without a path', async () => {
      const target = await attacked()
      await expectRefused(target, await forgeCommit(target.peer, framing, {}), 'PEER_BAD_COMMIT')
    })

    test.each([
      ['no node', 0, 1],
      ['two nodes', 2, 1],
      ['no ciphertext', 1, 0],
      ['two ciphertexts', 1, 2],
    ])('with a path of %s', async (_name, nodes, ciphertexts) => {
      const target = await attacked()
      const path = await honestPath(target.peer)
      const [node] = path.nodes
      const [ciphertext] = node!.encryptedPathSecret
      const changed = { ...node!, encryptedPathSecret: Array<typeof ciphertext>(ciphertexts).fill(ciphertext) }
      const message = await forgeCommit(target.peer, framing, {
        path: { ...path, nodes: Array<typeof changed>(nodes).fill(changed) } as tsMls.UpdatePath,
      })
      await expectRefused(target, message, 'PEER_BAD_COMMIT')
    })

    test('of an epoch that is over, or of the one after the next', async () => {
      const target = await attacked()
      const { engine, peer } = target
      const first = await tsMls.createCommit({
        context: contextOf(peer.suite),
        state: peer.state,
        wireAsPublicMessage: framing === 'public',
      })
      const later = { ...peer, state: first.newState }
      await expectRefused(target, await commitOf(later, framing), 'PEER_BAD_COMMIT')
      const old = encodeMessage(first.commit)
      const { next } = await engine.verify(target.victimState, old)
      await expectRefused({ ...target, peer: later, victimState: next }, old, 'PEER_BAD_COMMIT')
    })

    test('of another group', async () => {
      const target = await attacked()
      const groupContext = { ...target.peer.state.groupContext, groupId: new Uint8Array(32).fill(77) }
      const foreign = { ...target.peer, state: { ...target.peer.state, groupContext } }
      await expectRefused(target, await commitOf(foreign, framing), 'PEER_BAD_COMMIT')
    })

    test('with authenticated data', async () => {
      const target = await attacked()
      const message = await commitOf(target.peer, framing, { authenticatedData: Uint8Array.of(1) })
      await expectRefused(target, message, 'PEER_BAD_COMMIT')
    })

    test("in the victim's name", async () => {
      const target = await attacked()
      const path = await honestPath(target.peer)
      const message = await forgeCommit(target.peer, framing, { leafIndex: 1 - target.peerIndex, path })
      await expectRefused(target, message, 'PEER_BAD_COMMIT')
    })

    test.each(Object.entries(willing))('a standalone %s, and a commit that refers to it', async (_name, make) => {
      const target = await attacked()
      const proposed = await tsMls.createProposal({
        context: contextOf(target.peer.suite),
        state: target.peer.state,
        proposal: await make(target),
        wireAsPublicMessage: framing === 'public',
      })
      await expectRefused(target, encodeMessage(proposed.message), 'PEER_FORBIDDEN_PROPOSAL')
      const peer = { ...target.peer, state: proposed.newState }
      const referring = await commitOf(peer, framing, { externalPsks })
      await expectRefused(target, referring, 'PEER_FORBIDDEN_PROPOSAL')
    })

    test('with a leaf that lost the mark of the profile', async () => {
      const target = await attacked()
      const message = await commitOf(withLeaf(target.peer, { extensions: [] }), framing)
      await expectRefused(target, message, 'PEER_BAD_LEAF')
    })

    test.each([
      ['its cipher suite', { ciphersuites: [2] }],
      ['MLS 1.0', { versions: [] }],
      ['the mark', { extensions: [] }],
    ])('with a leaf whose capabilities lack %s', async (_name, change) => {
      const target = await attacked()
      const capabilities = { ...ownLeaf(target.peer).capabilities, ...change }
      const message = await commitOf(withLeaf(target.peer, { capabilities }), framing)
      await expectRefused(target, message, 'PEER_BAD_LEAF')
    })

    test('with a credential of a type that we do not offer', async () => {
      const target = await attacked()
      const credential = { credentialType: 0xf0f0, data: new Uint8Array(3) }
      const message = await commitOf(withLeaf(target.peer, { credential }), framing)
      await expectRefused(target, message, 'PEER_BAD_LEAF')
    })

    test("with the victim's encryption key as its own", async () => {
      const target = await attacked()
      const { own } = target.engine.leaves(target.victimState)
      const message = await commitOf(target.peer, framing, exporting(target.peer, 2, own.encryptionKey))
      await expectRefused(target, message, 'PEER_BAD_COMMIT')
    })

    test('with its old encryption key', async () => {
      const target = await attacked()
      const message = await commitOf(
        target.peer,
        framing,
        exporting(target.peer, 2, ownLeaf(target.peer).hpkePublicKey),
      )
      await expectRefused(target, message, 'PEER_BAD_COMMIT')
    })

    test('with an encryption key to which nobody can encrypt', async () => {
      const target = await attacked()
      const message = await commitOf(target.peer, framing, exporting(target.peer, 2, new Uint8Array(32)))
      await expectRefused(target, message, 'CRYPTO_FAILED')
    })

    test('with an encryption key of another length', async () => {
      const target = await attacked()
      const message = await commitOf(target.peer, framing, exporting(target.peer, 2, new Uint8Array(31).fill(9)))
      await expectRefused(target, message, 'PEER_BAD_LEAF')
    })

    test('with a root key that the path secret does not give', async () => {
      const target = await attacked()
      const { publicKey } = await target.peer.suite.hpke.generateKeyPair()
      const other = await target.peer.suite.hpke.exportPublicKey(publicKey)
      const message = await commitOf(target.peer, framing, exporting(target.peer, 1, other))
      await expectRefused(target, message, 'PEER_BAD_COMMIT')
    })

    test('with another credential: verified, and reported', async () => {
      const target = await attacked()
      const credential = { credentialType: tsMls.defaultCredentialTypes.basic, identity: Uint8Array.of(1) }
      const message = await commitOf(withLeaf(target.peer, { credential }), framing)
      const verified = await target.engine.verify(target.victimState, message)
      expect(verified.identityChanged).toBe(true)
      expect(verified.leaf.credential).toEqual({ kind: 'basic', identity: Uint8Array.of(1) })
      expect(verified.previous.credential).not.toEqual(verified.leaf.credential)
    })

    test('with another signature key: verified, and reported', async () => {
      const target = await attacked()
      const { suite } = target.peer
      const fresh = await suite.signature.keygen()
      const signature: typeof suite.signature = {
        ...suite.signature,
        sign: (key, message) => suite.signature.sign(isLabelled(message, 'LeafNodeTBS') ? fresh.signKey : key, message),
      }
      const message = await commitOf(withLeaf(target.peer, { signaturePublicKey: fresh.publicKey }), framing, {
        suite: { ...suite, signature },
      })
      const verified = await target.engine.verify(target.victimState, message)
      expect(verified.identityChanged).toBe(true)
      expect(verified.leaf.signatureKey).toEqual(fresh.publicKey)
      expect(verified.previous.signatureKey).toEqual(ownLeaf(target.peer).signaturePublicKey)
    })
  })

  test.each([
    2, 3, 1000, 0x7fff_ffff, 0xffff_ffff,
  ])('with leaf index %i in the encrypted sender data', async (index) => {
    const target = await attacked()
    const message = await withSender(target.peer, await commitOf(target.peer, 'private'), index)
    await expectRefused(target, message, 'PEER_BAD_COMMIT')
  })

  test.each([
    17, 1000, 0xffff_ffff,
  ])('with generation %i of the ratchet in the encrypted sender data', async (generation) => {
    const target = await attacked()
    const honest = await commitOf(target.peer, 'private')
    const message = await withSender(target.peer, honest, target.peerIndex, generation)
    await expectRefused(target, message, 'PEER_BAD_COMMIT')
  })

  test('as an external commit', async () => {
    const target = await attacked()
    const { suite, state } = target.peer
    const joiner = await peerPackage(suite, 'third')
    const { publicMessage } = await tsMls.joinGroupExternal({
      context: contextOf(suite),
      groupInfo: await tsMls.createGroupInfoWithExternalPubAndRatchetTree(state, [], suite),
      keyPackage: joiner.publicPackage,
      privateKeys: joiner.privatePackage,
      resync: false,
    })
    const message = encodeMessage({ version: 1, wireformat: tsMls.wireformats.mls_public_message, publicMessage })
    await expectRefused(target, message, 'PEER_FORBIDDEN_PROPOSAL')
  })

  test('as an Add that somebody proposes from outside', async () => {
    const target = await attacked()
    const { suite, state } = target.peer
    const joiner = await peerPackage(suite, 'third')
    const groupInfo = await tsMls.createGroupInfoWithExternalPubAndRatchetTree(state, [], suite)
    const message = await tsMls.proposeAddExternal(groupInfo, joiner.publicPackage, joiner.privatePackage, suite)
    await expectRefused(target, encodeMessage(message), 'PEER_FORBIDDEN_PROPOSAL')
  })

  test('as an application message', async () => {
    const target = await attacked()
    const { message } = await tsMls.createApplicationMessage({
      context: contextOf(target.peer.suite),
      state: target.peer.state,
      message: new Uint8Array(10),
    })
    await expectRefused(target, encodeMessage(message), 'PEER_BAD_COMMIT')
  })

  test('with encrypted content that is no commit, or not in its one encoding', async () => {
    const target = await attacked()
    const empty = encode(commitCodec, { proposals: [], path: undefined })
    for (const plaintext of [new Uint8Array(13), Uint8Array.of(0x40, 0, ...empty), new Uint8Array(100).fill(0xff)]) {
      const code = await codeOfRefusal(async () =>
        target.engine.verify(target.victimState, await sealRaw(target.peer, plaintext)),
      )
      expect(code).toMatch(/^(DECODE_|PEER_)/)
      await expectRefused(target, await sealRaw(target.peer, plaintext), code!)
    }
  })

  test('with padding: zeros are taken, as RFC 9420 says, and anything else is refused', async () => {
    const target = await attacked()
    await target.engine.verify(target.victimState, await padded(target.peer, new Uint8Array(100)))
    await expectRefused(target, await padded(target.peer, Uint8Array.of(0, 0, 1)), 'DECODE_INVALID_VALUE')
  })
})

/** The path of a commit that the peer makes honestly. */
async function honestPath(peer: MaliciousPeer): Promise<tsMls.UpdatePath> {
  const { commit } = await tsMls.createCommit({
    context: contextOf(peer.suite),
    state: peer.state,
    wireAsPublicMessage: true,
  })
  const content = commit.wireformat === tsMls.wireformats.mls_public_message ? commit.publicMessage.content : undefined
  if (content?.contentType !== tsMls.contentTypes.commit) throw new Error('no commit')
  return content.commit.path!
}

/** The peer with another leaf of its own, which its next commit signs and shows. */
function withLeaf(
  peer: MaliciousPeer,
  change: Partial<tsMls.LeafNodeData> & { extensions?: tsMls.LeafNodeExtension[] },
): MaliciousPeer {
  const { state } = peer
  const ratchetTree = [...state.ratchetTree]
  const leaf = { ...ownLeaf(peer), ...change } as tsMls.LeafNode
  ratchetTree[2 * state.privatePath.leafIndex] = { nodeType: tsMls.nodeTypes.leaf, leaf }
  return { ...peer, state: { ...state, ratchetTree } }
}

/** A suite that gives `key` in place of the nth public key of a path: the root's is the first and the leaf's the second. */
function exporting({ suite }: MaliciousPeer, nth: number, key: Uint8Array): { readonly suite: tsMls.CiphersuiteImpl } {
  let exported = 0
  const exportPublicKey: typeof suite.hpke.exportPublicKey = async (own) => {
    exported += 1
    return exported === nth ? key : suite.hpke.exportPublicKey(own)
  }
  return { suite: { ...suite, hpke: { ...suite.hpke, exportPublicKey } } }
}

function isLabelled(message: Uint8Array, label: string): boolean {
  return new TextDecoder().decode(message.subarray(1, 9 + label.length)) === `MLS 1.0 ${label}`
}

async function padded(peer: MaliciousPeer, padding: Uint8Array): Promise<Uint8Array> {
  const { suite } = peer
  const encryptAead: typeof suite.hpke.encryptAead = (key, nonce, aad, plaintext) =>
    suite.hpke.encryptAead(
      key,
      nonce,
      aad,
      aad !== undefined && plaintext.length > 12 ? Uint8Array.of(...plaintext, ...padding) : plaintext,
    )
  return commitOf(peer, 'private', { suite: { ...suite, hpke: { ...suite.hpke, encryptAead } } })
}
