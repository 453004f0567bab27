import type { Case } from '../case.ts'
import { assert, assertDifferent, assertRefused, assertSame, sameBytes } from './assert.ts'
import { at, handshake, lifetimeMs, offer } from './pair.ts'
import type { EngineSubject } from './subject.ts'

export const handshakeCases: readonly Case<EngineSubject>[] = [
  {
    name: 'a handshake ends in one epoch 1 with one secret',
    async run(subject) {
      const { engine } = subject
      const { initiator, responder, groupId } = await handshake(subject)
      for (const state of [initiator, responder]) {
        assert(engine.epoch(state) === 1n, 'the epoch is 1')
        assertSame(engine.groupId(state), groupId, 'the group id')
      }
      assertSame(engine.epochAuthenticator(initiator), engine.epochAuthenticator(responder), 'the epoch authenticators')
    },
  },
  {
    name: 'a key package tells suite, leaf and the end of its lifetime',
    async run(subject) {
      const { engine } = subject
      const { identity, message } = await offer(subject, 'alice')
      const info = await engine.inspectKeyPackage(message, at)
      const key = identity.keys.find((candidate) => sameBytes(candidate.publicKey, info.leaf.signatureKey))
      assert(info.suite === engine.suite, 'the suite')
      assert(info.expiresAt === at + lifetimeMs, 'the end of the lifetime')
      assert(key !== undefined, "the signature key is one of the identity's")
      assert(info.leaf.credential.kind === 'basic', 'the credential is a basic one')
      assert(info.leaf.suites.length === 1 && info.leaf.suites[0] === engine.suite, 'the suites')
    },
  },
  {
    name: 'both know both leaves',
    async run(subject) {
      const { engine } = subject
      const { offer: offered, welcome, initiator, responder } = await handshake(subject)
      const atInitiator = engine.leaves(initiator)
      const atResponder = engine.leaves(responder)
      const { leaf } = await engine.inspectKeyPackage(offered.message, at)
      const { creator } = await engine.join({
        welcome,
        keyPackage: offered.message,
        secrets: offered.secrets,
        at,
      })
      assertSame(atInitiator.own.encryptionKey, leaf.encryptionKey, "the initiator's own key")
      assertSame(atResponder.peer.encryptionKey, leaf.encryptionKey, "the initiator's key at the responder")
      assertSame(atInitiator.peer.encryptionKey, atResponder.own.encryptionKey, "the responder's key")
      assertSame(atInitiator.peer.signatureKey, atResponder.own.signatureKey, "the responder's signature key")
      assertSame(creator.signatureKey, atResponder.own.signatureKey, 'the creator')
      assertDifferent(atInitiator.own.signatureKey, atInitiator.peer.signatureKey, 'the two signature keys')
    },
  },
  {
    name: 'two key packages of one identity share no key',
    async run(subject) {
      const { engine } = subject
      const identity = await subject.identity('alice')
      const options = { identity, suites: [engine.suite], at, lifetimeMs }
      const first = await engine.createKeyPackage(options)
      const second = await engine.createKeyPackage(options)
      const [a, b] = [
        await engine.inspectKeyPackage(first.message, at),
        await engine.inspectKeyPackage(second.message, at),
      ]
      assertDifferent(a.leaf.encryptionKey, b.leaf.encryptionKey, 'the encryption keys')
      assertSame(a.leaf.signatureKey, b.leaf.signatureKey, 'the signature key')
    },
  },
  {
    name: 'a lifetime that is over or has not begun is refused, within 5 minutes of clock skew',
    async run(subject) {
      const { engine } = subject
      const { message } = await offer(subject, 'alice')
      const skew = 5 * 60_000
      await engine.inspectKeyPackage(message, at - skew + 2000)
      await engine.inspectKeyPackage(message, at + lifetimeMs + skew - 2000)
      await assertRefused('too early', () => engine.inspectKeyPackage(message, at - skew - 2000))
      await assertRefused('too late', () => engine.inspectKeyPackage(message, at + lifetimeMs + skew + 2000))
    },
  },
  {
    name: 'secrets survive a welcome that is refused, and a welcome opens twice to the same state',
    async run(subject) {
      const { engine } = subject
      const { offer: offered, welcome, responder } = await handshake(subject, 1)
      const foreign = await handshake(subject, 2)
      const { message: keyPackage, secrets } = offered
      await assertRefused('the welcome for another key package', () =>
        engine.join({ welcome: foreign.welcome, keyPackage, secrets, at }),
      )
      const again = await engine.join({ welcome, keyPackage, secrets, at })
      assertSame(
        engine.epochAuthenticator(again.state),
        engine.epochAuthenticator(responder),
        'the epoch authenticators',
      )
    },
  },
  {
    name: 'a joined state outlives the wiping of the secrets',
    async run(subject) {
      const { engine } = subject
      const { offer: offered, initiator, responder } = await handshake(subject)
      offered.secrets.wipe()
      const { message } = await engine.commit(responder, 'private')
      const { next } = await engine.verify(initiator, message)
      await engine.commit(next, 'private')
    },
  },
  {
    name: 'no bytes that go in are changed',
    async run(subject) {
      const { engine } = subject
      const { offer: offered, welcome, responder, initiator } = await handshake(subject)
      const { message } = await engine.commit(responder, 'private')
      const given = [offered.message, offered.secrets.bytes, welcome, message]
      const before = given.map((bytes) => bytes.slice())
      await engine.inspectKeyPackage(offered.message, at)
      await engine.join({ welcome, keyPackage: offered.message, secrets: offered.secrets, at })
      const { next } = await engine.verify(initiator, message)
      engine.leave(next, [])
      given.forEach((bytes, i) => {
        assertSame(bytes, before[i]!, `input ${i}`)
      })
    },
  },
]
