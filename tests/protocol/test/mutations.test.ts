import { frameType, messageType } from '@twofold/codec'
import type { Session } from '@twofold/core'
import { type Actor, otherActor, type SeededRandom, type Simulation, seededRandom } from '@twofold/simulator'
import { describe, expect, test } from 'vitest'
import { livesOn, realSimulation, sessionOf } from '../src/index.ts'

const maxBytes = 0x2_0000

/** What an attacker on the path does with a frame; `other` is another frame that was seen. */
const mutations: Readonly<Record<string, (frame: Uint8Array, random: SeededRandom, other: Uint8Array) => Uint8Array>> =
  {
    'bit flip': (frame, random) => {
      frame[random.below(frame.length)]! ^= 1 << random.below(8)
      return frame
    },
    'flip in the header': (frame, random) => {
      frame[random.below(Math.min(60, frame.length))]! ^= 1 << random.below(8)
      return frame
    },
    truncation: (frame, random) => frame.slice(0, random.below(frame.length)),
    extension: (frame, random) => Uint8Array.of(...frame, ...random.bytes(1 + random.below(20))).slice(0, maxBytes),
    splice: (frame, random, other) => {
      const at = random.below(Math.min(frame.length, other.length))
      return Uint8Array.of(...frame.subarray(0, at), ...other.subarray(at))
    },
    'other type': (frame, random) => {
      frame[1] = random.below(12)
      return frame
    },
    noise: (frame, random) => {
      frame.set(random.bytes(Math.min(16, frame.length)), random.below(Math.max(1, frame.length - 16)))
      return frame
    },
    replay: (frame) => frame,
  }
const names = Object.keys(mutations)

interface Phase {
  readonly name: string
  readonly frames: number
  /** Brings the simulation to where the frames come in, and gives what the attacker has to change. */
  readonly prepare: (simulation: Simulation) => Promise<Seen[]>
  /** Who asks first on each of the attacker's links. */
  readonly asks?: Actor
}

interface Seen {
  readonly from: Actor
  readonly frame: Uint8Array
}

const phases: readonly Phase[] = [
  { name: 'a live session', frames: 6_000, prepare: live },
  { name: 'a request under way', frames: 3_000, prepare: requestUnderWay },
  { name: 'a response under way', frames: 3_000, prepare: responseUnderWay, asks: 'alice' },
]

describe('bad input changes nothing, with the real engine', () => {
  test.each(phases)('$name: $frames frames that an attacker changed', async (phase) => {
    const random = seededRandom(2026)
    const simulation = await realSimulation()
    const seen = await phase.prepare(simulation)
    const ran = new Map<string, number>()
    const before = { alice: snapshot(simulation, 'alice'), bob: snapshot(simulation, 'bob') }
    for (let count = 0; count < phase.frames; count++) {
      const item = random.pick(seen)
      const name = random.pick(names)
      const frame = mutations[name]!(item.frame.slice(), random, random.pick(seen).frame)
      if (frame.length === 0) continue
      const to = random.chance(0.8) ? otherActor(item.from) : item.from
      ran.set(name, (ran.get(name) ?? 0) + 1)
      await feed(simulation, frame, to, count, phase.asks)
      for (const actor of ['alice', 'bob'] as const) {
        expect(sessionOf(simulation, actor), `${name} of a frame of type ${item.frame[1]}`).toBe(before[actor].session)
      }
      if (count % 100 === 99) {
        expect({ alice: snapshot(simulation, 'alice'), bob: snapshot(simulation, 'bob') }).toEqual(before)
      }
    }
    report(phase, simulation, ran)
    if (phase.prepare === live) expect(simulation.together()).toBe(true)
    await livesOn(simulation)
  }, 300_000)
})

function report(phase: Phase, simulation: Simulation, ran: ReadonlyMap<string, number>): void {
  const codes = new Map<string, number>()
  for (const party of [simulation.alice, simulation.bob]) {
    for (const item of party.happenings)
      if (item.kind === 'ended') codes.set(item.code, (codes.get(item.code) ?? 0) + 1)
  }
  console.log(
    `${phase.name}, ${phase.frames} frames:`,
    Object.fromEntries(ran),
    'ended links:',
    Object.fromEntries(codes),
  )
  expect(codes.size).toBeGreaterThan(5)
  expect(codes.get('CRYPTO_FAILED') ?? 0, 'some get as far as the cryptography').toBeGreaterThan(phase.frames / 100)
}

async function requestUnderWay(simulation: Simulation): Promise<Seen[]> {
  await live(simulation)
  await simulation.run([
    { do: 'cut', wire: 'live' },
    { do: 'attack', wire: 'x', to: 'alice' },
  ])
  await simulation.run([
    { do: 'resume', actor: 'alice', wire: 'x' },
    { do: 'cut', wire: 'x' },
  ])
  return [{ from: 'alice', frame: simulation.recorded.at(-1)!.frame }]
}

async function responseUnderWay(simulation: Simulation): Promise<Seen[]> {
  const [request] = await requestUnderWay(simulation)
  await simulation.run([
    { do: 'attack', wire: 'y', to: 'bob' },
    { do: 'inject', wire: 'y', to: 'bob', frame: request!.frame },
  ])
  await simulation.run([
    { do: 'answer', actor: 'bob' },
    { do: 'cut', wire: 'y' },
  ])
  return [{ from: 'bob', frame: simulation.recorded.at(-1)!.frame }]
}

/** A live session on an unordered link, after everything that a session sends was seen: handshake, updates, resumptions, data. */
async function live(simulation: Simulation): Promise<Seen[]> {
  const lossy = { ordered: false, reliable: false } as const
  await simulation.run([
    { do: 'link', wire: 'first', ...lossy },
    { do: 'hello', actor: 'alice', wire: 'first' },
    { do: 'flush' },
  ])
  await livesOn(simulation)
  for (const [wire, actor] of [
    ['second', 'bob'],
    ['live', 'alice'],
  ] as const) {
    await simulation.run([{ do: 'link', wire, ...lossy }, { do: 'resume', actor, wire }, { do: 'flush' }])
    await livesOn(simulation)
  }
  const clear = simulation.recorded.filter((item) => item.clear)
  const records = simulation.recorded.filter((item) => !item.clear)
  return [...clear, ...clear, ...clear, ...records].map(({ from, frame }) => ({ from, frame }))
}

/** Records go into the live link, which must survive them; frames in clear go there too, and into links of the attacker. */
async function feed(simulation: Simulation, frame: Uint8Array, to: Actor, count: number, asks?: Actor): Promise<void> {
  if (simulation.wires.has('live') && frame.length >= 2 && frame[0] === 1 && (isRecord(frame) || count % 4 === 0)) {
    return void (await simulation.perform({ do: 'inject', wire: 'live', to, frame }))
  }
  const wire = `attack-${count}`
  await simulation.perform({ do: 'attack', wire, to, ordered: count % 2 === 0 })
  if (asks === to) await simulation.perform({ do: 'resume', actor: to, wire })
  await simulation.perform({ do: 'inject', wire, to, frame })
  // What gets as far as a question was not changed, or was bent into another honest message: the service refuses it.
  for (const party of [simulation.alice, simulation.bob]) {
    while (party.questions.length > 0) await party.answer({ kind: 'reject', reason: 'no' })
  }
  await simulation.perform({ do: 'cut', wire })
}

function isRecord(frame: Uint8Array): boolean {
  return frameType(frame) === messageType.record
}

interface Snapshot {
  readonly session: Session
  readonly deep: string
}

/** Every byte of the session, of the group states inside it, and of what is stored. */
function snapshot(simulation: Simulation, actor: Actor): Snapshot {
  const session = sessionOf(simulation, actor)
  const { engine, current, pending, ...fields } = session
  const groups = [current, pending?.next].map((state) => state && engine.encode(state, { exporter: true }))
  const { store } = simulation.party(actor)
  const stored = store.list().map((id) => [id, store.load(id)])
  const deep = JSON.stringify([fields, { ...pending, next: undefined }, groups, stored], (_, value) =>
    typeof value === 'bigint' ? `${value}n` : value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
  )
  return { session, deep }
}
