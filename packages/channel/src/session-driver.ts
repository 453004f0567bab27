import {
  type Effect,
  type Env,
  type Input,
  type LinkId,
  mustWait,
  type SessionEvent,
  type State,
  type Step,
  sessionId,
  step,
} from '@twofold/core'
import { type AuthVerdict, codeOf, type ErrorCode, type SuiteId, TwofoldError } from '@twofold/interface'
import type { AuthenticationService, Store } from '@twofold/interface/io'
import { recordLayer } from '@twofold/record'
import type { Engines } from './engines.ts'
import type { LinkDriver, LinkInput } from './link.ts'
import { queue } from './queue.ts'
import { within } from './signal.ts'

/** What a session needs from its endpoint. */
export interface SessionContext {
  readonly env: Env
  readonly engines: Engines
  readonly store: Store
  readonly authentication: AuthenticationService
  readonly now: () => number
  /** How long the authentication service may take. */
  readonly questionTimeoutMs: number
}

export type Deliver = (event: SessionEvent) => void

/** Where application data of a link goes; the promise is back-pressure. */
export interface DataSink {
  data(bytes: Uint8Array): Promise<void>
  /** The peer sends no more data. */
  end(): void
}

/**
 * Pumps one session: inputs go into core one after the other, and the effects of each step become actions in their order,
 * persist first. What throws before `persist` has succeeded leaves the state as it was.
 */
export interface SessionDriver {
  readonly state: State
  readonly hasLinks: boolean
  /** No step is under way or waiting. */
  readonly isIdle: boolean
  /** Somebody else has written this session: what is held here is of no use any more. */
  readonly isStale: boolean
  submit(input: Input): Promise<void>
  /** Adds a link and reads it until it ends. `first` is what was read from it to find the session. */
  attach(link: LinkDriver, first?: LinkInput): Promise<void>
  /** Where the data of a link goes from now on; what came before waits for it. */
  sink(link: LinkId, sink: DataSink): void
  link(id: LinkId): LinkDriver | undefined
  /** Whether application data may be sent there: on the live link only, never on one that a newer one is about to replace. */
  isLive(id: LinkId): boolean
  /** Runs a job while no step is under way, whose keys, records and secrets it could get in between. */
  between<T>(job: () => Promise<T>): Promise<T>
  /** Tells core what the keys have carried, once it matters. */
  reportUsage(link: LinkDriver): Promise<void>
  /** Settles when all steps so far, with their effects, are done. */
  idle(): Promise<void>
  stop(): void
}

const retries = 2
const firstPauseMs = 500
/** A tick that failed, because the store did, comes again. */
const tickAgainMs = 30_000
const nowhere: DataSink = { data: async () => undefined, end: () => undefined }

export function sessionDriver(
  context: SessionContext,
  initial: State,
  deliver: Deliver,
  /** Called after steps that leave no links. */
  emptied: () => void,
): SessionDriver {
  const { env, store, authentication, now } = context
  const jobs = queue()
  const links = new Map<LinkId, LinkDriver>()
  const sinks = new Map<LinkId, PromiseWithResolvers<DataSink>>()
  const asking = new Map<number, AbortController>()
  let turn = Promise.withResolvers<void>()
  let timer: ReturnType<typeof setTimeout> | undefined
  let state = initial
  let stopped = false
  let stale = false

  async function submit(input: Input): Promise<void> {
    try {
      for (;;) {
        const wait = await jobs.run(async () => {
          if (mustWait(state, input) || asksMeanwhile(input)) return { until: turn.promise }
          return run(input)
        })
        if (wait === undefined) return
        await wait.until
      }
    } finally {
      if (links.size === 0) emptied()
    }
  }

  /** The peer's request may just be with the authentication service when the application resumes: ours waits for the answer. */
  function asksMeanwhile(input: Input): boolean {
    return input.kind === 'command' && input.command.name === 'resume' && questionOf(state) !== undefined
  }

  async function run(input: Input): Promise<void> {
    const next = await step(state, input, env)
    const asked = questionOf(state)
    await makeDurable(next)
    state = next.state
    for (const secret of next.consumed) secret.wipe()
    if (asked !== undefined && questionOf(state) !== asked) answered(asked)
    for (const effect of next.effects) await carryOut(effect).catch((error) => notCarriedOut(effect, error))
  }

  /** The state is in force already: what fails now ends the link that it belongs to, and the others get theirs. */
  async function notCarriedOut(effect: Effect, error: unknown): Promise<void> {
    if ('link' in effect) void failed(effect.link, error)
    else if (effect.kind === 'deliver' && 'link' in effect.event) void failed(effect.event.link, error)
  }

  function answered(question: number): void {
    asking.get(question)?.abort()
    asking.delete(question)
    turn.resolve()
    turn = Promise.withResolvers<void>()
  }

  /** Nothing leaves before it is stored; a failed write sends nothing and leaves the state as it was. */
  async function makeDurable(next: Step): Promise<void> {
    try {
      const isStored = await persist(next)
      // An erasure beside a write that has succeeded is made up for when the store is swept.
      await erase(next).catch((error) => (isStored ? undefined : Promise.reject(error)))
    } catch (error) {
      for (const effect of next.effects) if (effect.kind === 'keys') effect.secret.wipe()
      throw error
    }
  }

  async function persist(next: Step): Promise<boolean> {
    const effect = next.effects.find((candidate) => candidate.kind === 'persist')
    if (effect === undefined) return false
    const { session, revision, bytes, also } = effect
    try {
      await store.commit([{ id: sessionId(session), revision, bytes }, ...also])
    } catch (cause) {
      if (codeOf(cause) === 'STORE_CONFLICT' && revision > 1) lost(cause)
      throw storeError(cause, revision, also.length > 0)
    } finally {
      bytes.fill(0)
    }
    return true
  }

  async function erase(next: Step): Promise<void> {
    const effect = next.effects.find((candidate) => candidate.kind === 'forget')
    if (effect !== undefined) await store.forget(sessionId(effect.session))
  }

  /** Another process goes on with the session: this one must not, from a state that is over. */
  function lost(error: unknown): void {
    stale = true
    endAll(error)
  }

  async function carryOut(effect: Effect): Promise<void> {
    switch (effect.kind) {
      case 'persist':
      case 'forget':
        return
      case 'keys':
        return installKeys(effect)
      case 'send':
        return send(effect)
      case 'deliver':
        return deliver(effect.event)
      case 'ask':
        void question(effect)
        return
      case 'close':
        return closeLink(effect.link, effect.code)
      case 'wake':
        return wake(effect.at)
      default:
        return effect satisfies never
    }
  }

  async function installKeys(effect: Extract<Effect, { kind: 'keys' }>): Promise<void> {
    const link = links.get(effect.link)
    try {
      if (link !== undefined && 'session' in state) await installOn(link, state.session.suite, effect)
    } finally {
      effect.secret.wipe()
    }
  }

  async function installOn(
    link: LinkDriver,
    suiteId: SuiteId,
    { epoch, direction, secret }: Extract<Effect, { kind: 'keys' }>,
  ): Promise<void> {
    const { suite } = await context.engines.get(suiteId)
    const { ordered, reliable } = link.connection.properties
    link.records ??= recordLayer({ suite, ordered: ordered && reliable })
    await link.records.install(epoch, direction, secret.bytes, now())
    if (link.isOver) link.records.wipe()
  }

  function send({ link: id, content, body, epoch }: Extract<Effect, { kind: 'send' }>): void {
    const link = links.get(id)
    if (link === undefined) return
    if (epoch === undefined) {
      link.sendFrame(content, body)
      return
    }
    if (!link.isOver && link.records?.writeEpoch !== epoch) {
      throw new TwofoldError('BUG_INVARIANT', 'a record under keys that are not the newest; please report this')
    }
    link.sendRecord(content, body)
  }

  function closeLink(id: LinkId, code: ErrorCode | undefined): void {
    const link = links.get(id)
    links.delete(id)
    void link?.end(code, code === undefined ? undefined : new TwofoldError(code, 'the protocol ended this link'))
  }

  function wake(at: number): void {
    clearTimeout(timer)
    if (stopped) return
    const delay = Math.min(Math.max(at - now(), 0), 2 ** 31 - 1)
    timer = setTimeout(() => void submit({ kind: 'tick', at: now() }).catch(tickFailed), delay)
    // A timer alone must not keep a program from ending.
    ;(timer as { unref?: () => void }).unref?.()
  }

  function tickFailed(error: unknown): void {
    endAll(error)
    if (!stale) wake(now() + tickAgainMs)
  }

  /** A time-out or a throw is `unavailable`, tried again a little, never final and never an acceptance. */
  async function question(effect: Extract<Effect, { kind: 'ask' }>): Promise<void> {
    if (stopped) return
    const abort = new AbortController()
    asking.set(effect.question, abort)
    let verdict: AuthVerdict = { kind: 'unavailable', reason: 'not asked yet' }
    for (let attempt = 0; attempt <= retries && !abort.signal.aborted; attempt++) {
      if (attempt > 0) await pause(firstPauseMs * 2 ** (attempt - 1), abort.signal)
      verdict = await validate(effect, abort.signal)
      if (verdict.kind !== 'unavailable') break
    }
    if (abort.signal.aborted) return
    await submit({ kind: 'answer', at: now(), question: effect.question, verdict }).catch((error: unknown) =>
      failed(effect.link, error),
    )
  }

  async function validate(effect: Extract<Effect, { kind: 'ask' }>, gone: AbortSignal): Promise<AuthVerdict> {
    const signal = AbortSignal.any([gone, AbortSignal.timeout(context.questionTimeoutMs)])
    const timeout = aborted(signal).then(() => ({ kind: 'unavailable', reason: 'timed out' }) as const)
    try {
      const verdict = await Promise.race([authentication.validate(effect.about, signal), timeout])
      return checkVerdict(verdict, effect.about.expected)
    } catch {
      return { kind: 'unavailable', reason: 'the authentication service failed' }
    }
  }

  async function read(link: LinkDriver, first: LinkInput | undefined): Promise<void> {
    try {
      if (first !== undefined) await take(link, first)
      for (;;) {
        const input = await link.read()
        if (input === undefined || link.isOver) break
        await take(link, input)
      }
      await link.end()
    } catch (error) {
      await failed(link.id, error)
    }
  }

  async function take(link: LinkDriver, input: LinkInput): Promise<void> {
    try {
      await handIn(link, input)
    } catch (error) {
      if (input.kind !== 'frame' || !link.forgives(error)) throw error
    }
    await reportUsage(link)
  }

  async function handIn(link: LinkDriver, input: LinkInput): Promise<void> {
    const at = now()
    if (input.kind === 'data') {
      if (input.first) await submit({ kind: 'confirmed', at, link: link.id, epoch: input.epoch })
      if (input.body.length > 0) await (await sinkOf(link.id).promise).data(input.body)
    } else {
      const { content, body } = input
      const epoch = input.kind === 'record' ? { epoch: input.epoch } : {}
      await submit({ kind: 'message', at, link: link.id, content, body, ...epoch })
      if (content === 'close' && input.kind === 'record') (await sinkOf(link.id).promise).end()
    }
  }

  async function reportUsage(link: LinkDriver): Promise<void> {
    const usage = link.records?.usage()
    if (usage === undefined) return
    const { updateEveryBytes, updateEveryRecords } = env.config
    if (usage.bytes < updateEveryBytes && usage.records < updateEveryRecords && !usage.urgent) return
    if (state.kind !== 'established' || state.wanted || state.session.pending !== undefined) return
    await submit({ kind: 'usage', at: now(), ...usage }).catch((error: unknown) => failed(link.id, error))
  }

  /** What a peer did wrong ends its link with the alert that belongs to it; the session lives on. */
  async function failed(id: LinkId, error: unknown): Promise<void> {
    const code = codeOf(error) ?? 'TRANSPORT_CLOSED'
    await links.get(id)?.end(code, error)
  }

  /** Whoever still waits for the link's sink is let go, and core hears of it unless it ended the link itself. */
  async function gone(link: LinkDriver): Promise<void> {
    sinks.get(link.id)?.resolve(nowhere)
    sinks.delete(link.id)
    if (links.get(link.id) !== link) return
    links.delete(link.id)
    if (!stopped) await submit({ kind: 'linkDown', at: now(), link: link.id }).catch(endAll)
  }

  function endAll(error: unknown): void {
    for (const link of links.values()) void failed(link.id, error)
  }

  function sinkOf(id: LinkId): PromiseWithResolvers<DataSink> {
    const known = sinks.get(id) ?? Promise.withResolvers<DataSink>()
    if (links.has(id)) sinks.set(id, known)
    else known.resolve(nowhere)
    return known
  }

  return {
    get state() {
      return state
    },
    get hasLinks() {
      return links.size > 0
    },
    get isIdle() {
      return jobs.isIdle
    },
    get isStale() {
      return stale
    },
    submit,
    isLive: (id) => state.kind === 'established' && state.live === id && links.has(id),
    between: (job) => jobs.run(job),
    async attach(link, first) {
      links.set(link.id, link)
      void link.ended.then(() => gone(link))
      const { ordered, reliable } = link.connection.properties
      await submit({ kind: 'linkUp', at: now(), link: link.id, ordered, reliable })
      void read(link, first)
    },
    sink: (id, sink) => sinkOf(id).resolve(sink),
    link: (id) => links.get(id),
    reportUsage,
    idle: () => jobs.idle(),
    stop() {
      stopped = true
      clearTimeout(timer)
      for (const abort of asking.values()) abort.abort()
    },
  }
}

function questionOf(state: State): number | undefined {
  return 'question' in state ? state.question?.id : undefined
}

/** A hello that was seen before, and a group id that is taken, show themselves as conflicts of the first write. */
function storeError(cause: unknown, revision: number, isHello: boolean): unknown {
  if (codeOf(cause) !== 'STORE_CONFLICT' || revision !== 1) return cause
  return isHello
    ? new TwofoldError('PEER_REPLAYED', 'that ClientHello was used before', { cause })
    : new TwofoldError('PEER_GROUP_ID_IN_USE', 'the Welcome is for a group id that a session here uses', { cause })
}

/** Whom the application dialed is checked here too, whatever the service made of it. */
function checkVerdict(verdict: AuthVerdict, expected: string | undefined): AuthVerdict {
  if (verdict.kind !== 'accept') return verdict
  if (typeof verdict.identity !== 'string' || verdict.identity === '') {
    return { kind: 'unavailable', reason: 'the authentication service accepts without an identity' }
  }
  if (expected === undefined || verdict.identity === expected) return verdict
  return { kind: 'reject', reason: 'the peer is not the one that was dialed' }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await within(aborted(signal), ms)
}
