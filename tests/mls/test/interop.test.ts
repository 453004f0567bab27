import { toGroupId } from '@twofold/codec'
import * as tsMls from 'ts-mls'
import { describe, expect, test } from 'vitest'
import { contextOf, encodeMessage, type Framing, suiteName } from '../src/malicious-peer.ts'
import { providers, subjectOf, testedSuites } from '../src/subject.ts'

/* Profile bare against ts-mls as anybody would use it: its own provider, capabilities with GREASE, lifetimes and padding. */

const framings: readonly Framing[] = ['private', 'public']

async function stranger() {
  const suite = await tsMls.getCiphersuiteImpl(suiteName)
  const credential = { credentialType: tsMls.defaultCredentialTypes.basic, identity: new TextEncoder().encode('they') }
  const own = await tsMls.generateKeyPackage({ credential, cipherSuite: suite })
  const context = {
    ...contextOf(suite),
    clientConfig: { ...contextOf(suite).clientConfig!, paddingConfig: tsMls.defaultPaddingConfig },
  }
  return { suite, own, context }
}

function decoded<W extends tsMls.MlsMessage['wireformat']>(bytes: Uint8Array, wireformat: W) {
  const message = tsMls.decode(tsMls.mlsMessageDecoder, bytes.slice())
  if (message?.wireformat !== wireformat) throw new Error('another message')
  return message as Extract<tsMls.MlsMessage, { wireformat: W }>
}

describe.each(providers)('with crypto-$name', (provider) => {
  test.each(framings)('they join our group, and both commit in %s messages', async (framing) => {
    const { engine, identity } = await subjectOf(provider, testedSuites[2]!, 'bare')
    const { own, context } = await stranger()
    const keyPackage = encodeMessage({
      version: 1,
      wireformat: tsMls.wireformats.mls_key_package,
      keyPackage: own.publicPackage,
    })
    const at = Date.now()
    await engine.inspectKeyPackage(keyPackage, at)
    const groupId = toGroupId(new Uint8Array(16).fill(8))
    const host = { identity: await identity('we'), suites: [engine.suite], at, lifetimeMs: 600_000 }
    const { welcome, state } = await engine.createGroup({ groupId, keyPackage, ...host })
    const joined = await tsMls.joinGroup({
      context,
      welcome: decoded(welcome, tsMls.wireformats.mls_welcome).welcome,
      keyPackage: own.publicPackage,
      privateKeys: own.privatePackage,
    })
    await commitBothWays(engine, state, joined, context, framing)
  })

  test.each(framings)('we join their group, and both commit in %s messages', async (framing) => {
    const { engine, identity } = await subjectOf(provider, testedSuites[2]!, 'bare')
    const { own, context } = await stranger()
    const at = Date.now()
    const guest = { identity: await identity('we'), suites: [engine.suite], at, lifetimeMs: 600_000 }
    const { message, secrets } = await engine.createKeyPackage(guest)
    const alone = await tsMls.createGroup({
      context,
      groupId: new Uint8Array(16).fill(8),
      keyPackage: own.publicPackage,
      privateKeyPackage: own.privatePackage,
    })
    const { keyPackage } = decoded(message, tsMls.wireformats.mls_key_package)
    const added = await tsMls.createCommit({
      context,
      state: alone,
      extraProposals: [{ proposalType: tsMls.defaultProposalTypes.add, add: { keyPackage } }],
      ratchetTreeExtension: true,
    })
    const joined = await engine.join({ welcome: encodeMessage(added.welcome!), keyPackage: message, secrets, at })
    await commitBothWays(engine, joined.state, added.newState, context, framing)
  })
})

type Ours = Awaited<ReturnType<typeof subjectOf>>['engine']

async function commitBothWays(
  engine: Ours,
  ourState: ReturnType<Ours['decode']>,
  theirState: tsMls.ClientState,
  context: tsMls.MlsContext,
  framing: Framing,
): Promise<void> {
  let [ours, theirs] = [ourState, theirState]
  for (let i = 0; i < 3; i++) {
    const mine = await engine.commit(ours, framing)
    const message = tsMls.decode(tsMls.mlsMessageDecoder, mine.message.slice()) as tsMls.MlsFramedMessage
    theirs = (await tsMls.processMessage({ context, state: theirs, message })).newState
    expect(engine.epochAuthenticator(mine.next)).toEqual(theirs.keySchedule.epochAuthenticator)
    const made = await tsMls.createCommit({ context, state: theirs, wireAsPublicMessage: framing === 'public' })
    ours = (await engine.verify(mine.next, encodeMessage(made.commit))).next
    theirs = made.newState
    expect(engine.epochAuthenticator(ours)).toEqual(theirs.keySchedule.epochAuthenticator)
  }
  const exported = await tsMls.mlsExporter(
    theirs.keySchedule.exporterSecret,
    'label',
    new Uint8Array(5),
    48,
    context.cipherSuite,
  )
  expect(await engine.export(ours, 'label', new Uint8Array(5), 48)).toEqual(exported)
}
