import { frameType, messageType } from '@twofold/codec'
import { type Config, defaults, type Effect, type Engine, type Env } from '@twofold/core'
import {
  type AuthVerdict,
  type CryptoSuite,
  checkOptions,
  type ErrorCode,
  type Identity,
  type MaybePromise,
  type RandomBytes,
  type SuiteId,
} from '@twofold/interface'
import { CrashSignal, newParty, type Party } from './party.ts'
import { type StoreFailure, simulatedStore } from './store.ts'
import { digest } from './symbolic/digest.ts'
import { InvariantError, watch } from './watch.ts'
import { type Actor, type InFlight, isBusy, newWire, otherActor, type Wire } from './wire.ts'

export interface SimulationOptions {
  /** An engine for each party: a symbolic one, or a real one. */
  readonly engine: (actor: Actor) => Engine
  /** The cryptography of records; the symbolic one or a real one. */
  readonly suite: CryptoSuite
  readonly identity: (actor: Actor) => Identity
  readonly random: RandomBytes
  /** SHA-256 for core; a symbolic hash unless given. */
  readonly sha256?: (data: Uint8Array) => MaybePromise<Uint8Array>
  readonly config?: Partial<Config>
  /** Most bytes that a stored session may have; 16 KiB unless given. */
  readonly maxStored?: number
}

/** One step of a script. Wires are named by whoever makes them; `to` says in which direction. */
export type Action =
  /** A connection between both; ordered and reliable unless said otherwise. */
  | { readonly do: 'link'; readonly wire: string; readonly ordered?: boolean; readonly reliable?: boolean }
  /** A connection of an attacker to one of them. */
  | { readonly do: 'attack'; readonly wire: string; readonly to: Actor; readonly ordered?: boolean }
  | { readonly do: 'cut'; readonly wire: string }
  /** Delivers what is under way at `index` (0: the oldest); on an ordered wire always the oldest. */
  | { readonly do: 'deliver'; readonly wire: string; readonly to: Actor; readonly index?: number }
  | { readonly do: 'drop'; readonly wire: string; readonly to: Actor; readonly index?: number }
  | { readonly do: 'duplicate'; readonly wire: string; readonly to: Actor; readonly index?: number }
  | { readonly do: 'inject'; readonly wire: string; readonly to: Actor; readonly frame: Uint8Array }
  /** Delivers and answers until nothing is left, without time passing. */
  | { readonly do: 'flush' }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'hello'; readonly actor: Actor; readonly wire: string; readonly expected?: string }
  | { readonly do: 'resume'; readonly actor: Actor; readonly wire: string }
  | { readonly do: 'update' | 'close' | 'forget' | 'crash' | 'restart' | 'rollBack'; readonly actor: Actor }
  | { readonly do: 'send'; readonly actor: Actor; readonly text: string }
  | { readonly do: 'answer'; readonly actor: Actor; readonly verdict?: AuthVerdict }
  /** Whether `flush` answers questions of the authentication service; it does unless told otherwise. */
  | { readonly do: 'questions'; readonly held: boolean }
  | { readonly do: 'storeFails'; readonly actor: Actor; readonly how: StoreFailure }

export interface RecordedFrame {
  readonly from: Actor
  readonly clear: boolean
  readonly frame: Uint8Array
}

export interface Outcome {
  /** `renewed`: no session was stored by both, so that a first handshake was needed. */
  readonly kind: 'resumed' | 'renewed'
  readonly attempts: number
}

/** Two endpoints, the wires between them and their time. Every invariant of `Watch` is checked at every step. */
export interface Simulation {
  readonly alice: Party
  readonly bob: Party
  readonly wires: ReadonlyMap<string, Wire>
  /** Every frame that left a party, in order, as an attacker on the path sees them. */
  readonly recorded: readonly RecordedFrame[]
  readonly now: number
  /** How many effects were begun so far: the places where `crashAt` can strike. */
  readonly boundaries: number
  party(actor: Actor): Party
  /** Gives the code with which core refused a command, if it did. */
  perform(action: Action): Promise<ErrorCode | undefined>
  run(script: readonly Action[]): Promise<void>
  /** The party that begins effect number `boundary` crashes there, and comes back at once. */
  crashAt(boundary: number): void
  /**
   * Brings everybody back, cuts every wire, and resumes on one new wire after the other until both are together; where they
   * share no session they begin a new one. Throws InvariantError after a dozen attempts.
   */
  settle(): Promise<Outcome>
  /** Whether both are in one epoch with one secret on one live link, with nothing pending. */
  together(): boolean
}

/** 2026-01-01, in ms: the time at which simulations begin. */
export const simulationBegin = 1_767_225_600_000

const maxAttempts = 12
const maxFlush = 4_000

export function simulate(options: SimulationOptions): Simulation {
  checkOptions(options, ['engine', 'suite', 'identity', 'random', 'sha256', 'config', 'maxStored'], 'simulate')
  const watcher = watch({ maxStored: options.maxStored ?? 16_384 })
  const suite = watcher.suite(options.suite)
  const wires = new Map<string, Wire>()
  const recorded: RecordedFrame[] = []
  let now = simulationBegin
  let boundaries = 0
  let crashBoundary = -1
  let nextLink = 1
  let held = false
  let settling = 0

  const parties = { alice: partyOf('alice'), bob: partyOf('bob') }

  function partyOf(actor: Actor): Party {
    const env = envOf(options, actor)
    const store = simulatedStore()
    return newParty(actor, { env, suite, store, watch: watcher, now: () => now, boundary, post, hangUp })
  }

  function boundary(actor: Actor, _effect: Effect): void {
    if (boundaries++ === crashBoundary) throw Object.assign(new CrashSignal(actor), { actor })
  }

  function post(wire: Wire, from: Actor, frame: Uint8Array): void {
    recorded.push({ from, clear: frameType(frame) !== messageType.record, frame })
    if (recorded.length > 512) recorded.shift()
    const to = otherActor(from)
    if (wire.ends.has(to)) wire.under[to].push(frame)
  }

  function hangUp(wire: Wire, from: Actor): void {
    wire.ends.delete(from)
    wire.under[from].length = 0
    const to = otherActor(from)
    if (wire.ends.has(to)) wire.under[to].push(undefined)
    else wires.delete(wire.name)
  }

  /** Whoever crashes loses all that is in memory, and is back at once. */
  async function guarded<T>(actor: Actor, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof CrashSignal)) throw error
      parties[actor].crash()
      return restart(actor)
    }
  }

  async function restart(actor: Actor): Promise<undefined> {
    await guarded(actor, () => parties[actor].restart())
    return undefined
  }

  function link(name: string, ends: readonly Actor[], ordered: boolean, reliable: boolean): void {
    if (wires.has(name)) throw new RangeError(`there is a wire ${name} already`)
    const wire = newWire(name, ordered, reliable)
    wires.set(name, wire)
    for (const actor of ends) {
      if (!parties[actor].up) continue
      const id = nextLink++
      wire.ends.set(actor, id)
      parties[actor].accept(wire, id)
    }
  }

  async function deliver(name: string, to: Actor, index: number): Promise<void> {
    const wire = wires.get(name)
    const id = wire?.ends.get(to)
    if (wire === undefined || id === undefined || wire.under[to].length === 0) return
    const [item] = wire.under[to].splice(wire.ordered ? 0 : Math.min(index, wire.under[to].length - 1), 1)
    await hand(to, id, item)
  }

  async function hand(to: Actor, id: number, item: InFlight): Promise<void> {
    const party = parties[to]
    await guarded(to, () => (item === undefined ? party.linkDown(id) : party.receive(id, item)))
  }

  function takeAway(name: string, to: Actor, index: number, keep: boolean): void {
    const under = wires.get(name)?.under[to] ?? []
    const [item] = under.splice(Math.min(index, under.length - 1), 1)
    if (keep && item !== undefined) under.push(item, item.slice())
  }

  async function cut(name: string): Promise<void> {
    const wire = wires.get(name)
    if (wire === undefined) return
    for (const [actor, id] of [...wire.ends]) await guarded(actor, () => parties[actor].linkDown(id))
    wires.delete(name)
  }

  async function flush(): Promise<void> {
    for (let round = 0; round < maxFlush; round++) if (!(await flushOne())) return
    throw new InvariantError('the parties never stop talking')
  }

  async function flushOne(): Promise<boolean> {
    for (const actor of ['alice', 'bob'] as const) {
      if (held || parties[actor].questions.length === 0) continue
      await guarded(actor, () => parties[actor].answer())
      return true
    }
    const busy = [...wires.values()].find(isBusy)
    if (busy === undefined) return false
    const to = busy.under.alice.length > 0 && busy.ends.has('alice') ? 'alice' : 'bob'
    await deliver(busy.name, to, 0)
    return true
  }

  /** Time passes from one due time to the next, and what is under way arrives in between. */
  async function wait(ms: number): Promise<void> {
    const end = now + ms
    for (let round = 0; round < maxFlush; round++) {
      await flush()
      const due = Math.min(parties.alice.due() ?? end, parties.bob.due() ?? end)
      if (due > end || (due === end && now === end)) break
      now = Math.max(now, due)
      await tick()
      if (now >= end) break
    }
    now = end
    await tick()
    await flush()
  }

  async function tick(): Promise<void> {
    for (const actor of ['alice', 'bob'] as const) await guarded(actor, () => parties[actor].tick())
  }

  async function command(
    actor: Actor,
    wire: string,
    name: 'hello' | 'resume',
    expected?: string,
  ): Promise<ErrorCode | undefined> {
    const link = wires.get(wire)?.ends.get(actor)
    if (link === undefined) return 'USAGE_NOT_NOW'
    const order = name === 'resume' || expected === undefined ? { name, link } : { name, link, expected }
    return guarded(actor, () => parties[actor].command(order))
  }

  async function perform(action: Action): Promise<ErrorCode | undefined> {
    switch (action.do) {
      case 'link':
        return void link(action.wire, ['alice', 'bob'], action.ordered ?? true, action.reliable ?? true)
      case 'attack':
        return void link(action.wire, [action.to], action.ordered ?? true, true)
      case 'cut':
        return void (await cut(action.wire))
      case 'deliver':
        return void (await deliver(action.wire, action.to, action.index ?? 0))
      case 'drop':
      case 'duplicate':
        return void takeAway(action.wire, action.to, action.index ?? 0, action.do === 'duplicate')
      case 'inject': {
        const id = wires.get(action.wire)?.ends.get(action.to)
        return id === undefined ? undefined : void (await hand(action.to, id, action.frame))
      }
      case 'flush':
        return void (await flush())
      case 'wait':
        return void (await wait(action.ms))
      case 'questions':
        held = action.held
        return undefined
      case 'hello':
        return command(action.actor, action.wire, 'hello', action.expected)
      case 'resume':
        return command(action.actor, action.wire, 'resume')
      default:
        return performOn(parties[action.actor], action)
    }
  }

  async function performOn(
    party: Party,
    action: Extract<Action, { readonly actor: Actor }>,
  ): Promise<ErrorCode | undefined> {
    switch (action.do) {
      case 'update':
      case 'close':
      case 'forget':
        return guarded(party.name, () => party.command({ name: action.do as 'update' | 'close' | 'forget' }))
      case 'crash':
        return void party.crash()
      case 'restart':
        return party.up ? undefined : restart(party.name)
      case 'rollBack':
        watcher.forgive()
        return void party.store.rollBack()
      case 'send':
        return void (await party.send(action.text))
      case 'answer':
        return void (await guarded(party.name, () => party.answer(action.verdict)))
      case 'storeFails':
        return void party.store.failNext(action.how)
      default:
        throw new RangeError(`"${action.do}" needs a wire`)
    }
  }

  function together(): boolean {
    const [a, b] = [parties.alice.main()?.state, parties.bob.main()?.state]
    if (a?.kind !== 'established' || b?.kind !== 'established') return false
    const [x, y] = [a.session, b.session]
    if (x.pending !== undefined || y.pending !== undefined || x.epoch !== y.epoch) return false
    if (x.current === undefined || y.current === undefined) return false
    const [p, q] = [x.engine.epochAuthenticator(x.current), y.engine.epochAuthenticator(y.current)]
    const wire = [...wires.values()].find((candidate) => candidate.ends.get('alice') === a.live)
    return wire?.ends.get('bob') === b.live && p.every((byte, index) => byte === q[index])
  }

  async function settle(): Promise<Outcome> {
    crashBoundary = -1
    held = false
    for (const party of [parties.alice, parties.bob]) {
      party.store.heal()
      if (!party.up) await party.restart()
    }
    for (const name of [...wires.keys()]) await cut(name)
    const session = sharedSessions()[0]
    for (let attempt = 1; attempt <= maxAttempts; attempt++) {
      await tryAgain(attempt % 2 === 1 ? 'alice' : 'bob', session)
      if (together()) return { kind: session === undefined ? 'renewed' : 'resumed', attempts: attempt }
    }
    throw new InvariantError(`the parties do not come together again (${session ?? 'no session is shared'})`)
  }

  /** What both have stored. */
  function sharedSessions(): string[] {
    const theirs = parties.bob.store.list()
    return parties.alice.store.list().filter((id) => id.startsWith('session/') && theirs.includes(id))
  }

  async function tryAgain(actor: Actor, session: string | undefined): Promise<void> {
    for (const party of [parties.alice, parties.bob]) party.prefer(session)
    const wire = `settle-${settling++}`
    link(wire, ['alice', 'bob'], true, true)
    await command(actor, wire, session === undefined ? 'hello' : 'resume')
    await flush()
    if (!together()) await wait(1)
  }

  return {
    ...parties,
    wires,
    recorded,
    get now() {
      return now
    },
    get boundaries() {
      return boundaries
    },
    party: (actor) => parties[actor],
    perform,
    async run(script) {
      for (const action of script) await perform(action)
    },
    crashAt(boundaryNumber) {
      crashBoundary = boundaryNumber
    },
    settle,
    together,
  }
}

function envOf(options: SimulationOptions, actor: Actor): Env {
  const engine = options.engine(actor)
  const config: Config = {
    identity: options.identity(actor),
    suites: [engine.suite],
    profile: 'framed',
    commits: 'private',
    keyPackageLifetimeMs: defaults.keyPackageLifetimeMs,
    handshakeTimeoutMs: defaults.handshakeTimeoutMs,
    linkTimeoutMs: defaults.linkTimeoutMs,
    updateEveryMs: Number.POSITIVE_INFINITY,
    updateEveryBytes: Number.POSITIVE_INFINITY,
    updateEveryRecords: Number.POSITIVE_INFINITY,
    holdMs: defaults.holdMs,
    ...options.config,
  }
  return {
    engine: (id: SuiteId) => (id === engine.suite ? engine : undefined),
    random: options.random,
    sha256: options.sha256 ?? ((data) => digest(32, 'sha-256', data)),
    config,
  }
}
