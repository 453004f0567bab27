import { type Config, type Env, type State, step } from '@twofold/core'
import { type Action, type Actor, type Simulation, symbolicSimulation } from '@twofold/simulator'
import { describe, expect, test } from 'vitest'
import { livesOn, sessionOf } from '../src/index.ts'

const connect: readonly Action[] = [
  { do: 'link', wire: 'a' },
  { do: 'hello', actor: 'alice', wire: 'a' },
  { do: 'flush' },
]

function updates(simulation: Simulation, actor: Actor): number {
  return simulation.party(actor).happenings.filter((item) => item.kind === 'event' && item.event.name === 'updated')
    .length
}

describe('update policy and fairness', () => {
  test('by time: one update of each side in every period, also when both are due at once', async () => {
    const simulation = symbolicSimulation(5, { config: { updateEveryMs: 100_000 } })
    await simulation.run(connect)
    for (let period = 1; period <= 5; period++) {
      await simulation.perform({ do: 'wait', ms: 100_000 })
      await simulation.perform({ do: 'wait', ms: 6_000 })
      expect([updates(simulation, 'alice'), updates(simulation, 'bob')]).toEqual([period, period])
    }
    await livesOn(simulation)
  })

  test('by volume: what is reported while an update is pending asks for no second one', async () => {
    const simulation = symbolicSimulation(5, { config: { updateEveryBytes: 1_000, updateEveryRecords: 10 } })
    await simulation.run(connect)
    await simulation.alice.usage(999, 9, false)
    expect(sessionOf(simulation, 'alice').pending).toBeUndefined()
    for (let i = 0; i < 3; i++) await simulation.alice.usage(1_000, 9, i === 2)
    await simulation.perform({ do: 'flush' })
    expect(updates(simulation, 'alice')).toBe(1)
    await simulation.bob.usage(0, 10, false)
    await simulation.perform({ do: 'flush' })
    expect(updates(simulation, 'bob')).toBe(1)
    expect(simulation.together()).toBe(true)
  })

  test('a link that was silenced ends after 30 s, and so does the one that silenced it, where nothing follows', async () => {
    const simulation = symbolicSimulation(5)
    await simulation.run([...connect, { do: 'wait', ms: 40_000 }])
    await simulation.run([
      { do: 'crash', actor: 'alice' },
      { do: 'restart', actor: 'alice' },
      { do: 'link', wire: 'b' },
      { do: 'resume', actor: 'alice', wire: 'b' },
      { do: 'deliver', wire: 'b', to: 'bob' },
      { do: 'answer', actor: 'bob' },
    ])
    const { state } = simulation.bob.main()!
    const phases = (from: State) => [...from.links.values()].map(({ phase }) => phase)
    expect(phases(state)).toEqual(['silent', 'fresh'])
    const config = { linkTimeoutMs: 30_000, updateEveryMs: Number.POSITIVE_INFINITY } as Config
    const env = { config } as Env
    const tick = async (ms: number) => (await step(state, { kind: 'tick', at: simulation.now + ms }, env)).state
    expect(phases(await tick(29_999))).toEqual(['silent', 'fresh'])
    expect(phases(await tick(30_000))).toEqual([])
  })

  test('near a hard limit the winner of a crossing does not wait', async () => {
    const simulation = symbolicSimulation(5)
    await simulation.run([
      ...connect,
      { do: 'update', actor: 'bob' },
      { do: 'update', actor: 'alice' },
      { do: 'flush' },
    ])
    await simulation.perform({ do: 'update', actor: 'alice' })
    expect(sessionOf(simulation, 'alice').pending).toBeUndefined()
    await simulation.alice.usage(0, 0, true)
    await simulation.perform({ do: 'flush' })
    expect(updates(simulation, 'alice')).toBe(2)
    expect(simulation.together()).toBe(true)
  })

  test('a party whose commit is older than the resumption updates again', async () => {
    for (const asker of ['alice', 'bob'] as const) {
      const other = asker === 'alice' ? 'bob' : 'alice'
      const simulation = symbolicSimulation(5)
      await simulation.run([
        ...connect,
        { do: 'cut', wire: 'a' },
        { do: 'link', wire: 'b' },
        { do: 'resume', actor: asker, wire: 'b' },
      ])
      await simulation.run([
        { do: 'deliver', wire: 'b', to: other },
        { do: 'answer', actor: other },
        { do: 'cut', wire: 'b' },
      ])
      await simulation.run([
        { do: 'wait', ms: 60_000 },
        { do: 'link', wire: 'c' },
      ])
      const resumedAt = simulation.now
      await simulation.run([{ do: 'resume', actor: asker, wire: 'c' }, { do: 'flush' }, { do: 'wait', ms: 6_000 }])
      for (const actor of ['alice', 'bob'] as const) {
        expect(sessionOf(simulation, actor).freshness.own, `${actor}, asked by ${asker}`).toBeGreaterThanOrEqual(
          resumedAt,
        )
      }
      expect(simulation.together()).toBe(true)
    }
  })

  test('freshness tells no commit of the peer to be newer than it can be', async () => {
    const simulation = symbolicSimulation(5)
    await simulation.run([...connect, { do: 'cut', wire: 'a' }, { do: 'wait', ms: 10_000 }, { do: 'link', wire: 'b' }])
    await simulation.run([
      { do: 'resume', actor: 'alice', wire: 'b' },
      { do: 'deliver', wire: 'b', to: 'bob' },
      { do: 'answer', actor: 'bob' },
    ])
    const madeAt = simulation.now
    await simulation.perform({ do: 'wait', ms: 0 })
    await simulation.run([{ do: 'questions', held: true }, { do: 'update', actor: 'alice' }, { do: 'flush' }])
    const { freshness } = sessionOf(simulation, 'alice')
    expect(freshness.peerAfter).toBeLessThanOrEqual(madeAt)
    expect(freshness.peerBefore).toBeGreaterThanOrEqual(madeAt)
    const responder = sessionOf(simulation, 'bob').freshness
    expect(responder.peerAfter).toBeLessThanOrEqual(madeAt)
  })

  test('a crossing heals after a loss of minutes on an unordered link', async () => {
    const simulation = symbolicSimulation(5)
    await simulation.run([{ do: 'link', wire: 'a', ordered: false, reliable: false }, ...connect.slice(1)])
    await simulation.run([
      { do: 'update', actor: 'alice' },
      { do: 'update', actor: 'bob' },
    ])
    for (const to of ['alice', 'bob'] as const) simulation.wires.get('a')!.under[to].length = 0
    await outage(simulation, 45)
    await simulation.perform({ do: 'send', actor: 'bob', text: 'under the epoch that both still hold' })
    await simulation.perform({ do: 'deliver', wire: 'a', to: 'alice' })
    expect(simulation.alice.happenings.at(-1)).toEqual({ kind: 'data', text: 'under the epoch that both still hold' })
    await simulation.perform({ do: 'wait', ms: 70_000 })
    expect(simulation.together()).toBe(true)
  })
})

/** Time in which everything that is sent is lost. */
async function outage(simulation: Simulation, seconds: number): Promise<void> {
  const wire = simulation.wires.get('a')!
  for (let second = 0; second < seconds; second++) {
    const ends = new Map(wire.ends)
    wire.ends.clear()
    await simulation.perform({ do: 'wait', ms: 1_000 })
    for (const [actor, id] of ends) wire.ends.set(actor, id)
    for (const to of ['alice', 'bob'] as const) wire.under[to].length = 0
  }
}
