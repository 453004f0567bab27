import type { Case } from '../case.ts'
import { assert, assertSame, assertThrows } from './assert.ts'
import { handshake, type Pair, update } from './pair.ts'
import type { EngineState, EngineSubject } from './subject.ts'

const noContext = new Uint8Array(0)

export const storageCases: readonly Case<EngineSubject>[] = [
  {
    name: 'a state that was stored and loaded after every step goes on as if it had not been',
    async run(subject) {
      const { engine } = subject
      let pair: Pair = reload(subject, await handshake(subject))
      for (const author of ['responder', 'initiator', 'initiator', 'responder'] as const) {
        pair = reload(subject, await update(subject, pair, author))
        const [a, b] = [engine.epochAuthenticator(pair.initiator), engine.epochAuthenticator(pair.responder)]
        assertSame(a, b, `after a commit of the ${author}`)
      }
    },
  },
  {
    name: 'encoding is deterministic and decoding gives it back',
    async run(subject) {
      const { engine } = subject
      const { initiator } = await handshake(subject)
      for (const exporter of [true, false]) {
        const bytes = engine.encode(initiator, { exporter })
        assertSame(bytes, engine.encode(initiator, { exporter }), 'encoded twice')
        const loaded = engine.decode(bytes)
        assertSame(bytes, engine.encode(loaded, { exporter }), 'encoded, decoded, encoded')
        assert(engine.epoch(loaded) === engine.epoch(initiator), 'the epoch')
        assertSame(engine.groupId(loaded), engine.groupId(initiator), 'the group id')
        const [own, ownLoaded] = [engine.leaves(initiator).own, engine.leaves(loaded).own]
        assertSame(own.signatureKey, ownLoaded.signatureKey, 'our signature key')
      }
    },
  },
  {
    name: 'without the exporter secret a state exports nothing and commits all the same',
    async run(subject) {
      const { engine } = subject
      const { initiator, responder } = await handshake(subject)
      const bare = engine.decode(engine.encode(initiator, { exporter: false }))
      await assertThrows('an export', 'USAGE_EXPORT_UNAVAILABLE', () => engine.export(bare, 'label', noContext, 32))
      const { message, next } = await engine.commit(bare, 'private')
      const verified = await engine.verify(responder, message)
      const exported = await engine.export(next, 'label', noContext, 32)
      assertSame(exported, await engine.export(verified.next, 'label', noContext, 32), 'the next epoch exports again')
    },
  },
  {
    name: 'with the exporter secret a loaded state exports what it did before',
    async run(subject) {
      const { engine } = subject
      const { initiator } = await handshake(subject)
      const loaded = engine.decode(engine.encode(initiator, { exporter: true }))
      const before = await engine.export(initiator, 'label', noContext, 32)
      assertSame(before, await engine.export(loaded, 'label', noContext, 32), 'the export')
    },
  },
  {
    name: 'decoding keeps no view into the bytes, and leaving does not wipe them',
    async run(subject) {
      const { engine } = subject
      const { initiator, responder } = await handshake(subject)
      const bytes = engine.encode(initiator, { exporter: true })
      const copy = bytes.slice()
      engine.leave(engine.decode(bytes), [])
      assertSame(bytes, copy, 'the stored bytes')
      const loaded = engine.decode(bytes)
      bytes.fill(0)
      assertSame(engine.epochAuthenticator(loaded), engine.epochAuthenticator(responder), 'the loaded state')
    },
  },
  {
    name: 'truncated, extended and foreign bytes are no state',
    async run(subject) {
      const { engine } = subject
      const { initiator } = await handshake(subject)
      const bytes = engine.encode(initiator, { exporter: true })
      const step = Math.max(1, Math.floor(bytes.length / 64))
      const damaged = [Uint8Array.of(...bytes, 0), new Uint8Array(bytes.length), new TextEncoder().encode('no state')]
      for (let length = 0; length < bytes.length; length += step) damaged.push(bytes.slice(0, length))
      for (const input of damaged) {
        await assertThrows(`${input.length} damaged bytes`, 'STORE_CORRUPT', () => engine.decode(input))
      }
    },
  },
]

function reload({ engine }: EngineSubject, pair: Pair): Pair {
  const again = (state: EngineState): EngineState => engine.decode(engine.encode(state, { exporter: true }))
  return { initiator: again(pair.initiator), responder: again(pair.responder) }
}
