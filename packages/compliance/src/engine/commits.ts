import type { Case } from '../case.ts'
import { assert, assertDifferent, assertSame } from './assert.ts'
import { handshake, other, type Pair, type Role, update } from './pair.ts'
import type { EngineState, EngineSubject } from './subject.ts'

const roles: readonly Role[] = ['initiator', 'responder']

export const commitCases: readonly Case<EngineSubject>[] = [
  ...roles.flatMap((author) =>
    (['private', 'public'] as const).map(
      (framing): Case<EngineSubject> => ({
        name: `a ${framing} commit of the ${author} leads both to one next epoch`,
        async run(subject) {
          const { engine } = subject
          const before = await handshake(subject)
          const after = await update(subject, before, author, framing)
          assertTogether(subject, after, 2n)
          const [was, is] = [engine.leaves(before[other(author)]), engine.leaves(after[other(author)])]
          assertDifferent(was.peer.encryptionKey, is.peer.encryptionKey, "the committer's encryption key")
          assertSame(was.own.encryptionKey, is.own.encryptionKey, "the other's encryption key")
        },
      }),
    ),
  ),
  {
    name: 'ten commits in turns, and three by one in a row',
    async run(subject) {
      let pair: Pair = await handshake(subject)
      const authors: readonly Role[] = [
        ...Array.from({ length: 10 }, (_, i) => roles[i % 2]!),
        ...Array(3).fill('initiator'),
      ]
      for (const [i, author] of authors.entries()) {
        pair = await update(subject, pair, author)
        assertTogether(subject, pair, BigInt(i + 2))
      }
    },
  },
  {
    name: 'a verified commit tells who committed, before and after',
    async run(subject) {
      const { engine } = subject
      const { initiator, responder } = await handshake(subject)
      const { message, next } = await engine.commit(responder, 'private')
      const verified = await engine.verify(initiator, message)
      assert(!verified.identityChanged, 'neither credential nor signature key changed')
      assertSame(verified.previous.encryptionKey, engine.leaves(responder).own.encryptionKey, 'the leaf before')
      assertSame(verified.leaf.encryptionKey, engine.leaves(next).own.encryptionKey, 'the leaf after')
      assertSame(verified.previous.signatureKey, verified.leaf.signatureKey, 'the signature key')
    },
  },
  {
    name: 'neither making nor verifying a commit changes the state it started from',
    async run(subject) {
      const { initiator, responder } = await handshake(subject)
      const before = [initiator, responder].map((state) => snapshot(subject, state))
      const { message } = await subject.engine.commit(responder, 'private')
      await subject.engine.verify(initiator, message)
      const after = [initiator, responder].map((state) => snapshot(subject, state))
      after.forEach((bytes, i) => {
        assertSame(bytes, before[i]!, `state ${i}`)
      })
    },
  },
  {
    name: 'a commit verifies twice, to the same next state',
    async run(subject) {
      const { engine } = subject
      const { initiator, responder } = await handshake(subject)
      const { message } = await engine.commit(responder, 'private')
      const first = await engine.verify(initiator, message)
      const second = await engine.verify(initiator, message)
      assertSame(engine.epochAuthenticator(first.next), engine.epochAuthenticator(second.next), 'the authenticators')
      assertSame(snapshot(subject, first.next), snapshot(subject, second.next), 'the next states')
    },
  },
  {
    name: 'a commit of the other verifies under a pending state that nobody has confirmed yet',
    async run(subject) {
      const { engine } = subject
      const { initiator, responder } = await handshake(subject)
      const own = await engine.commit(initiator, 'private')
      const theirs = await engine.verify(responder, own.message)
      const answer = await engine.commit(theirs.next, 'private')
      const verified = await engine.verify(own.next, answer.message)
      assertTogether(subject, { initiator: verified.next, responder: answer.next }, 3n)
    },
  },
  {
    name: 'of two commits at one epoch either one can be applied, and the other one dropped',
    async run(subject) {
      const { engine } = subject
      const { initiator, responder } = await handshake(subject)
      const mine = await engine.commit(initiator, 'private')
      const theirs = await engine.commit(responder, 'private')
      const byResponder = await engine.verify(responder, mine.message)
      assertTogether(subject, { initiator: mine.next, responder: byResponder.next }, 2n)
      const byInitiator = await engine.verify(initiator, theirs.message)
      assertTogether(subject, { initiator: byInitiator.next, responder: theirs.next }, 2n)
    },
  },
  {
    name: 'leaving a state wipes nothing that a kept one needs',
    async run(subject) {
      const { engine } = subject
      const before = await handshake(subject)
      const after = await update(subject, before, 'responder')
      engine.leave(before.initiator, [after.initiator])
      engine.leave(before.responder, [after.responder])
      assertTogether(subject, await update(subject, after, 'responder'), 3n)
      assertTogether(subject, await update(subject, after, 'initiator'), 3n)
    },
  },
]

function assertTogether({ engine }: EngineSubject, pair: Pair, epoch: bigint): void {
  assert(engine.epoch(pair.initiator) === epoch && engine.epoch(pair.responder) === epoch, `both are at epoch ${epoch}`)
  assertSame(engine.epochAuthenticator(pair.initiator), engine.epochAuthenticator(pair.responder), `epoch ${epoch}`)
}

function snapshot({ engine }: EngineSubject, state: EngineState): Uint8Array {
  return engine.encode(state, { exporter: true })
}
