import { type Action, type Actor, type Simulation, symbolicSimulation } from '@twofold/simulator'
import { describe, expect, test } from 'vitest'
import { livesOn } from '../src/index.ts'

/** How many deliveries are tried in every order; what comes after goes in the order in which it was sent, or is cut off. */
const variants = [
  { cut: false, depth: 5 },
  { cut: true, depth: 4 },
] as const

type Move = 'update' | 'request' | 'update, request' | 'request, request'

const moves: readonly Move[] = ['update', 'request', 'update, request', 'request, request']

function actionsOf(actor: Actor, move: Move): Action[] {
  return move.split(', ').flatMap((one, index): Action[] => {
    if (one === 'update') return [{ do: 'update', actor }]
    const wire = `${actor}-${index}`
    return [
      { do: 'link', wire },
      { do: 'resume', actor, wire },
    ]
  })
}

const starts: { readonly name: string; readonly script: readonly Action[] }[] = moves.flatMap((alice) =>
  moves.flatMap((bob) => [
    { name: `alice ${alice}; bob ${bob}`, script: [...actionsOf('alice', alice), ...actionsOf('bob', bob)] },
    { name: `bob ${bob}; alice ${alice}`, script: [...actionsOf('bob', bob), ...actionsOf('alice', alice)] },
  ]),
)

/** Bob's response is lost, so that what he repeats as a request is a response too. */
const afterLostResponse: readonly Action[] = [
  { do: 'cut', wire: 'a' },
  { do: 'link', wire: 'lost' },
  { do: 'resume', actor: 'alice', wire: 'lost' },
  { do: 'deliver', wire: 'lost', to: 'bob' },
  { do: 'answer', actor: 'bob' },
  { do: 'cut', wire: 'lost' },
]

describe('every order of deliveries after crossing commits, with the symbolic engine', () => {
  test.each([
    { name: 'on a live link', before: [] as readonly Action[] },
    { name: 'with a response that was lost', before: afterLostResponse },
  ])('$name', async ({ name, before }) => {
    let runs = 0
    for (const start of starts) {
      for (const { cut, depth } of variants) {
        for (const order of allOrders()) {
          const simulation = await play([...before, ...start.script], order, depth)
          runs++
          try {
            if (cut) for (const wire of [...simulation.wires.keys()]) await simulation.perform({ do: 'cut', wire })
            await simulation.perform({ do: 'flush' })
            const connected = !cut && (before.length === 0 || start.name.includes('request'))
            if (connected) expect(simulation.together(), 'both come together without a new link').toBe(true)
            else await simulation.settle()
            if (runs % 16 === 0) await livesOn(simulation)
          } catch (cause) {
            throw new Error(`${start.name}, ${order.taken.join(' ')}${cut ? ', cut' : ''}: ${String(cause)}`, { cause })
          }
        }
      }
    }
    console.log(`${name}: ${runs} orders of deliveries from ${starts.length} starts`)
    expect(runs).toBeGreaterThan(4_000)
  }, 600_000)
})

/** Which of the possible deliveries is taken at each place, and how many were possible: it counts through all of them. */
interface Order {
  taken: number[]
  possible: number[]
}

function* allOrders(): Generator<Order> {
  const order: Order = { taken: [], possible: [] }
  for (;;) {
    yield order
    while (order.taken.length > 0 && order.taken.at(-1)! + 1 >= order.possible[order.taken.length - 1]!)
      order.taken.pop()
    if (order.taken.length === 0) return
    order.taken[order.taken.length - 1]!++
    order.possible.length = order.taken.length
  }
}

async function play(script: readonly Action[], order: Order, depth: number): Promise<Simulation> {
  const simulation = symbolicSimulation(7)
  await simulation.run([{ do: 'link', wire: 'a' }, { do: 'hello', actor: 'alice', wire: 'a' }, { do: 'flush' }])
  await simulation.run([{ do: 'questions', held: true }, ...script])
  for (let place = 0; place < depth; place++) {
    const choices = choicesOf(simulation)
    if (choices.length === 0) break
    order.possible[place] = choices.length
    order.taken[place] ??= 0
    await simulation.perform(choices[order.taken[place]!]!)
  }
  await simulation.perform({ do: 'questions', held: false })
  return simulation
}

function choicesOf(simulation: Simulation): Action[] {
  const answers = ([simulation.alice, simulation.bob] as const)
    .filter((party) => party.questions.length > 0)
    .map((party): Action => ({ do: 'answer', actor: party.name }))
  const deliveries = [...simulation.wires.values()].flatMap((wire) =>
    (['alice', 'bob'] as const)
      .filter((to) => wire.ends.has(to) && wire.under[to].length > 0)
      .map((to): Action => ({ do: 'deliver', wire: wire.name, to })),
  )
  return [...answers, ...deliveries]
}
