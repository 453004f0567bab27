import type { Case } from '../case.ts'
import { assert, assertDifferent, assertSame } from './assert.ts'
import { handshake, update } from './pair.ts'
import type { EngineSubject } from './subject.ts'

const label = 'compliance'
const context = Uint8Array.of(1, 2, 3)

export const exportCases: readonly Case<EngineSubject>[] = [
  {
    name: 'both export the same secret, of the length asked for',
    async run(subject) {
      const { engine } = subject
      const { initiator, responder } = await handshake(subject)
      for (const length of [1, 16, engine.Nh, engine.Nh + 1, 3 * engine.Nh]) {
        const mine = await engine.export(initiator, label, context, length)
        assert(mine.length === length, `${length} bytes`)
        assertSame(mine, await engine.export(responder, label, context, length), `an export of ${length} bytes`)
      }
    },
  },
  {
    name: 'exports differ by label, context, length, epoch and group',
    async run(subject) {
      const { engine } = subject
      const pair = await handshake(subject, 1)
      const later = await update(subject, pair, 'initiator')
      const foreign = await handshake(subject, 2)
      const all = [
        await engine.export(pair.initiator, label, context, engine.Nh),
        await engine.export(pair.initiator, `${label}2`, context, engine.Nh),
        await engine.export(pair.initiator, label, Uint8Array.of(1, 2), engine.Nh),
        await engine.export(pair.initiator, label, new Uint8Array(0), engine.Nh),
        (await engine.export(pair.initiator, label, context, engine.Nh + 1)).subarray(0, engine.Nh),
        await engine.export(later.initiator, label, context, engine.Nh),
        await engine.export(foreign.initiator, label, context, engine.Nh),
      ]
      all.forEach((a, i) => {
        all.slice(i + 1).forEach((b, j) => {
          assertDifferent(a, b, `exports ${i} and ${i + 1 + j}`)
        })
      })
    },
  },
  {
    name: 'epoch authenticators differ by epoch and are fresh copies',
    async run(subject) {
      const { engine } = subject
      const pair = await handshake(subject)
      const later = await update(subject, pair, 'responder')
      const first = engine.epochAuthenticator(pair.initiator)
      assertDifferent(first, engine.epochAuthenticator(later.initiator), 'two epochs')
      first.fill(0)
      assertSame(engine.epochAuthenticator(pair.initiator), engine.epochAuthenticator(pair.responder), 'after a change')
    },
  },
]
