import { type WalkNetwork, walk } from '@twofold/simulator'
import { describe, expect, test } from 'vitest'
import { livesOn } from '../src/index.ts'

const walks = Number(process.env.TWOFOLD_WALKS ?? 21_000)
const steps = 60
const networks: readonly WalkNetwork[] = ['ordered', 'unordered', 'overlapping']

describe('random walks with the symbolic engine', () => {
  test.each(
    networks,
  )('%s: no fork, no second commit, no nonce twice, and both come together again', async (network) => {
    const share = Math.ceil(walks / networks.length)
    const met = new Map<string, number>()
    const count = (name: string): unknown => met.set(name, (met.get(name) ?? 0) + 1)
    for (let seed = 1; seed <= share; seed++) {
      try {
        const { outcome, simulation } = await walk({ seed: seed * 3 + networks.indexOf(network), network, steps })
        count(`${outcome.kind} at attempt ${outcome.attempts}`)
        for (const { happenings } of [simulation.alice, simulation.bob]) {
          for (const item of happenings) count(item.kind === 'event' ? `event ${item.event.name}` : item.kind)
        }
        if (seed % 8 === 0) await livesOn(simulation)
      } catch (cause) {
        throw new Error(`walk ${seed * 3 + networks.indexOf(network)} on ${network} links: ${String(cause)}`, { cause })
      }
    }
    console.log(`${share} walks of ${steps} steps on ${network} links:`, Object.fromEntries([...met].sort()))
    for (const name of ['event updated', 'event superseded', 'event resumed', 'lost', 'data']) {
      expect(met.get(name) ?? 0, `${name} happens`).toBeGreaterThan(share / 20)
    }
    expect((met.get('renewed at attempt 1') ?? 0) / share, 'few walks lose their hello').toBeLessThan(0.1)
  }, 900_000)
})
