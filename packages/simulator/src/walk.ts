import { type SeededRandom, seededRandom } from './random.ts'
import { type Outcome, type Simulation, type SimulationOptions, simulate } from './simulate.ts'
import { symbolicEngine, symbolicIdentity } from './symbolic/engine.ts'
import { symbolicSuite } from './symbolic/suite.ts'
import type { Actor, Wire } from './wire.ts'

/** What the network of a walk does: cuts ordered links; loses, repeats and reorders frames; or lets many links overlap, with an attacker. */
export type WalkNetwork = 'ordered' | 'unordered' | 'overlapping'

export interface WalkOptions {
  readonly seed: number
  readonly network: WalkNetwork
  readonly steps: number
}

export interface WalkResult {
  readonly outcome: Outcome
  readonly simulation: Simulation
}

/** A simulation with the symbolic engine, all of whose randomness comes from the seed. */
export function symbolicSimulation(seed: number, options: Partial<SimulationOptions> = {}): Simulation {
  const random = seededRandom(seed).bytes
  return simulate({
    engine: () => symbolicEngine({ random }),
    suite: symbolicSuite({ random }),
    identity: (actor) => symbolicIdentity(actor, random),
    random,
    ...options,
  })
}

const actors: readonly Actor[] = ['alice', 'bob']

/** One random walk from a first handshake to its end, where both have to come together again. */
export async function walk(options: WalkOptions): Promise<WalkResult> {
  const { seed, network, steps } = options
  const random = seededRandom(seed ^ 0x5bd1e995)
  const simulation = symbolicSimulation(seed)
  await simulation.run([
    { do: 'link', wire: 'first', ordered: network !== 'unordered', reliable: network !== 'unordered' },
    { do: 'hello', actor: random.pick(actors), wire: 'first' },
  ])
  if (random.chance(0.8)) await simulation.perform({ do: 'flush' })
  const moves = movesFor(simulation, random, network)
  for (let step = 0; step < steps; step++) await moves()
  return { outcome: await simulation.settle(), simulation }
}

type Move = readonly [weight: number, run: () => Promise<unknown>]

/** Gives a function that makes one random move. */
function movesFor(simulation: Simulation, random: SeededRandom, network: WalkNetwork): () => Promise<unknown> {
  const { perform } = simulation
  const actor = (): Actor => random.pick(actors)
  let named = 0
  let texts = 0

  function wire(): Wire | undefined {
    const all = [...simulation.wires.values()]
    return all.length === 0 ? undefined : random.pick(all)
  }

  function onFrame(action: 'deliver' | 'drop' | 'duplicate'): Promise<unknown> {
    const busy = [...simulation.wires.values()].flatMap((candidate) =>
      actors.filter((to) => candidate.under[to].length > 0 && candidate.ends.has(to)).map((to) => ({ candidate, to })),
    )
    if (busy.length === 0) return perform({ do: 'flush' })
    const { candidate, to } = random.pick(busy)
    if (action !== 'deliver' && candidate.ordered) return Promise.resolve()
    return perform({ do: action, wire: candidate.name, to, index: random.below(candidate.under[to].length) })
  }

  async function resume(): Promise<void> {
    const most = network === 'overlapping' ? 4 : 2
    while (simulation.wires.size >= most) await perform({ do: 'cut', wire: random.pick([...simulation.wires.keys()]) })
    const name = `wire-${named++}`
    const ordered = network === 'overlapping' ? random.chance(0.7) : network === 'ordered'
    await perform({ do: 'link', wire: name, ordered, reliable: ordered })
    const who = actor()
    const fresh = simulation.party(who).main() === undefined
    await perform({ do: fresh ? 'hello' : 'resume', actor: who, wire: name })
    if (random.chance(0.2)) await perform({ do: 'resume', actor: who === 'alice' ? 'bob' : 'alice', wire: name })
  }

  async function cut(): Promise<void> {
    const chosen = wire()
    if (chosen !== undefined) await perform({ do: 'cut', wire: chosen.name })
  }

  /** The attacker has every frame that was ever sent in clear, and begins links of its own. */
  async function replay(): Promise<void> {
    const clear = simulation.recorded.filter((item) => item.clear)
    if (clear.length === 0) return
    const { frame } = random.pick(clear)
    const to = actor()
    const existing = wire()
    if (existing !== undefined && random.chance(0.4))
      return void (await perform({ do: 'inject', wire: existing.name, to, frame }))
    const name = `attack-${named++}`
    await perform({ do: 'attack', wire: name, to })
    await perform({ do: 'inject', wire: name, to, frame })
  }

  async function crash(): Promise<void> {
    if (random.chance(0.5)) return simulation.crashAt(simulation.boundaries + random.below(5))
    const who = actor()
    await perform({ do: 'crash', actor: who })
    await perform({ do: 'restart', actor: who })
  }

  const lossy = network === 'ordered' ? 0 : 1
  const hostile = network === 'overlapping' ? 1 : 0
  const moves: readonly Move[] = [
    [44, () => onFrame('deliver')],
    [14, () => perform({ do: 'answer', actor: actor() })],
    [8, () => perform({ do: 'update', actor: actor() })],
    [8, () => perform({ do: 'send', actor: actor(), text: `text ${texts++}` })],
    [6, resume],
    [4, cut],
    [3, crash],
    [2, () => perform({ do: 'flush' })],
    [3, () => perform({ do: 'wait', ms: random.pick([1, 1_000, 2_500, 6_000, 31_000]) })],
    [1, () => perform({ do: 'storeFails', actor: actor(), how: random.pick(['nothing-written', 'answer-lost']) })],
    [1, () => perform({ do: 'answer', actor: actor(), verdict: { kind: 'unavailable', reason: 'down' } })],
    [lossy * 6, () => onFrame('drop')],
    [lossy * 6, () => onFrame('duplicate')],
    [hostile * 6, replay],
  ]
  const total = moves.reduce((sum, [weight]) => sum + weight, 0)

  return () => {
    let left = random.below(total)
    for (const [weight, run] of moves) {
      left -= weight
      if (left < 0) return run()
    }
    return Promise.resolve()
  }
}
