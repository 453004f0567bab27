import type { Action, Actor } from '@twofold/simulator'
import { describe, expect, test } from 'vitest'
import { both, livesOn, sessionOf } from '../src/index.ts'

const connect: readonly Action[] = [
  { do: 'link', wire: 'a' },
  { do: 'hello', actor: 'alice', wire: 'a' },
  { do: 'flush' },
]

/** What is pending, at whom, and how it came to that; every wire is cut then. */
const states: {
  readonly name: string
  readonly at?: Actor
  readonly kinds: readonly string[]
  readonly script: readonly Action[]
}[] = [
  { name: 'nothing', kinds: [], script: connect },
  {
    name: 'a hello that the initiator has joined',
    at: 'bob',
    kinds: ['hello'],
    script: [
      ...connect.slice(0, 2),
      { do: 'deliver', wire: 'a', to: 'bob' },
      { do: 'answer', actor: 'bob' },
      { do: 'deliver', wire: 'a', to: 'alice' },
      { do: 'answer', actor: 'alice' },
    ],
  },
  ...(['alice', 'bob'] as const).flatMap((at) => {
    const other = at === 'alice' ? 'bob' : 'alice'
    return [
      {
        name: `an update of ${at} that was lost`,
        at,
        kinds: ['update'],
        script: [...connect, { do: 'update', actor: at }],
      },
      {
        name: `an update of ${at} that the other has applied`,
        at,
        kinds: ['update'],
        script: [...connect, { do: 'update', actor: at }, { do: 'deliver', wire: 'a', to: other }],
      },
      {
        name: `a request of ${at} that was lost`,
        at,
        kinds: ['request'],
        script: [
          ...connect,
          { do: 'cut', wire: 'a' },
          { do: 'link', wire: 'b' },
          { do: 'resume', actor: at, wire: 'b' },
        ],
      },
      {
        name: `a response of ${at} that was lost`,
        at,
        kinds: ['response'],
        script: [
          ...connect,
          { do: 'cut', wire: 'a' },
          { do: 'link', wire: 'b' },
          { do: 'resume', actor: other, wire: 'b' },
          { do: 'deliver', wire: 'b', to: at },
          { do: 'answer', actor: at },
        ],
      },
      {
        name: `a response of ${at} that the other has applied`,
        at,
        kinds: ['response'],
        script: [
          ...connect,
          { do: 'cut', wire: 'a' },
          { do: 'link', wire: 'b' },
          { do: 'resume', actor: other, wire: 'b' },
          { do: 'deliver', wire: 'b', to: at },
          { do: 'answer', actor: at },
          { do: 'deliver', wire: 'b', to: other },
          { do: 'answer', actor: other },
        ],
      },
    ] satisfies { name: string; at: Actor; kinds: string[]; script: Action[] }[]
  }),
]

const restarts = ['nobody', 'alice', 'bob', 'both'] as const

describe.each(both)('$name', ({ make }) => {
  describe.each(states)('resumption with $name pending', ({ script, at, kinds }) => {
    test.each([
      'alice',
      'bob',
      'both on one link',
      'both on two links',
    ])('asked by %s, whoever was restarted', async (who) => {
      for (const restarted of restarts) {
        const simulation = await make()
        await simulation.run([...script])
        if (at !== undefined) expect(sessionOf(simulation, at).pending?.kinds).toEqual(kinds)
        for (const wire of [...simulation.wires.keys()]) await simulation.perform({ do: 'cut', wire })
        for (const actor of ['alice', 'bob'] as const) {
          if (restarted !== actor && restarted !== 'both') continue
          await simulation.run([
            { do: 'crash', actor },
            { do: 'restart', actor },
          ])
        }
        const askers: readonly Actor[] = who === 'alice' || who === 'bob' ? [who] : ['alice', 'bob']
        const refused: unknown[] = []
        for (const [index, actor] of askers.entries()) {
          const wire = who === 'both on two links' ? `r${index}` : 'r'
          if (!simulation.wires.has(wire)) await simulation.perform({ do: 'link', wire })
          refused.push(await simulation.perform({ do: 'resume', actor, wire }))
        }
        await simulation.perform({ do: 'flush' })
        const waits = kinds.includes('hello') && who === 'bob'
        expect(refused).toContain(kinds.includes('hello') && who !== 'alice' ? 'USAGE_NOT_NOW' : undefined)
        expect(simulation.together(), `${restarted} restarted`).toBe(!waits)
        await livesOn(simulation)
      }
    })
  })
})
