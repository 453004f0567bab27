import type { Action } from '@twofold/simulator'
import { describe, expect, test } from 'vitest'
import { both, livesOn, type Make } from '../src/index.ts'

/** A handshake, updates both ways, crossing updates, and resumptions from either side, with a commit pending and without. */
const script: readonly Action[] = [
  { do: 'link', wire: 'a' },
  { do: 'hello', actor: 'alice', wire: 'a' },
  { do: 'flush' },
  { do: 'send', actor: 'alice', text: 'one' },
  { do: 'update', actor: 'alice' },
  { do: 'flush' },
  { do: 'update', actor: 'bob' },
  { do: 'flush' },
  { do: 'update', actor: 'alice' },
  { do: 'update', actor: 'bob' },
  { do: 'flush' },
  { do: 'update', actor: 'alice' },
  { do: 'cut', wire: 'a' },
  { do: 'link', wire: 'b' },
  { do: 'resume', actor: 'bob', wire: 'b' },
  { do: 'flush' },
  { do: 'send', actor: 'bob', text: 'two' },
  { do: 'flush' },
  { do: 'cut', wire: 'b' },
  { do: 'link', wire: 'c' },
  { do: 'resume', actor: 'alice', wire: 'c' },
  { do: 'flush' },
  { do: 'cut', wire: 'c' },
  { do: 'link', wire: 'd' },
  { do: 'resume', actor: 'alice', wire: 'd' },
  { do: 'resume', actor: 'bob', wire: 'd' },
  { do: 'flush' },
  { do: 'update', actor: 'bob' },
  { do: 'flush' },
]

describe.each(both)('$name', ({ name, make }) => {
  test('a crash at every effect of a session, and the session lives on', async () => {
    const points = await effects(make)
    expect(points).toBeGreaterThan(80)
    for (let point = 0; point < points; point++) {
      const simulation = await make()
      simulation.crashAt(point)
      await guarded(`a crash at effect ${point} of ${points}`, async () => {
        await simulation.run(script)
        await simulation.settle()
        await livesOn(simulation)
      })
    }
    console.log(`${name}: crashed at each of ${points} effects`)
  }, 300_000)

  test('every write fails once, written or not, and the session lives on', async () => {
    let failures = 0
    for (const how of ['nothing-written', 'answer-lost'] as const) {
      for (const actor of ['alice', 'bob'] as const) {
        for (let place = 2; place < script.length; place++) {
          const simulation = await make()
          await guarded(`${actor}'s store fails (${how}) after action ${place}`, async () => {
            await simulation.run(script.slice(0, place))
            await simulation.perform({ do: 'storeFails', actor, how })
            await simulation.run(script.slice(place))
            if (!simulation.party(actor).store.failing()) failures++
            await simulation.settle()
            await livesOn(simulation)
          })
        }
      }
    }
    console.log(`${name}: ${failures} writes failed`)
    expect(failures).toBeGreaterThan(80)
  }, 300_000)
})

async function effects(make: Make): Promise<number> {
  const simulation = await make()
  await simulation.run(script)
  expect(simulation.together()).toBe(true)
  return simulation.boundaries
}

async function guarded(what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (cause) {
    throw new Error(`${what}: ${String(cause)}`, { cause })
  }
}
