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
import { type AuthVerdict, codeOf, type ErrorCode, TwofoldError } from '@twofold/interface'
import type { AuthenticationService, Store } from '@twofold/interface/io'
import { recordLayer } from '@twofold/record'
import type { Engines } from './engines.ts'
import type { LinkDriver, LinkInput } from './link.ts'
import { queue } from './queue.ts'

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
  submit(input: Input): Promise<void>
  /** Adds a link and reads it until it ends. `first` is what was read from it to find the session. */
  attach(link: LinkDriver, first?: LinkInput): Promise<void>
  /** Where the data of a link goes from now on; what came before waits for it. */
  sink(link: LinkId, sink: DataSink): void
  link(id: LinkId): LinkDriver | undefined
  /** Tells core what the keys have carried, once it matters. */
  reportUsage(link: LinkDriver): Promise<void>
  /** Settles when all steps so far, with their effects, are done. */
  idle(): Promise<void>
  stop(): void
}

const retries = 2
const firstPauseMs = 500

export function sessionDriver(
  context: SessionContext,
  initial: State,
  deliver: Deliver,
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

  async function submit(input: Input): Promise<void> {
    for (;;) {
      const wait = await jobs.run(async () => {
        if (mustWait(state, input)) return { until: turn.promise }
        return run(input)
      })
      if (wait === undefined) return
      await wait.until
    }
  }

  async function run(input: Input): Promise<void> {
    const next = await step(state, input, env)
    const asked = questionOf(state)
    await persist(next)
    state = next.state
    for (const secret of next.consumed) secret.wipe()
    if (asked !== undefined && questionOf(state) !== asked) answered(asked)
    for (const effect of next.effects) await carryOut(effect)
    if (links.size === 0) emptied()
  }

  function answered(question: number): void {
    asking.get(question)?.abort()
    asking.delete(question)
    turn.resolve()
    turn = Promise.withResolvers<void>()
  }

  /** Nothing leaves before it is stored; a failed write sends nothing and leaves the state as it was. */
  async function persist(next: Step): Promise<void> {
    const effect = next.effects.find((candidate) => candidate.kind === 'persist')
    if (effect === undefined) return
    const { session, revision, bytes, also } = effect
    try {
      await store.commit([{ id: sessionId(session), revision, bytes }, ...also])
    } catch (cause) {
      throw storeError(cause, revision, also.length > 0)
    }
  }

  async function carryOut(effect: Effect): Promise<void> {
    switch (effect.kind) {
      case 'persist':
        return
      case 'forget':
        return store.forget(sessionId(effect.session))
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
    if (link !== undefined && !link.isOver && 'session' in state) {
      const { suite } = await context.engines.get(state.session.suite)
      link.records ??= recordLayer({ suite, ordered: link.connection.properties.ordered })
      await link.records.install(effect.epoch, effect.direction, effect.secret.bytes, now())
    }
    effect.secret.wipe()
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
    timer = setTimeout(() => void submit({ kind: 'tick', at: now() }).catch(endAll), delay)
    // A timer alone must not keep a program from ending.
    ;(timer as { unref?: () => void }).unref?.()
  }

  /** A time-out or a throw is `unavailable`, tried again a little, never final and never an acceptance. */
  async function question(effect: Extract<Effect, { kind: 'ask' }>): Promise<void> {
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
      return checkExpected(verdict, effect.about.expected)
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
    } finally {
      await gone(link)
    }
  }

  async function take(link: LinkDriver, input: LinkInput): Promise<void> {
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
    await reportUsage(link)
  }

  async function reportUsage(link: LinkDriver): Promise<void> {
    const usage = link.records?.usage()
    if (usage === undefined) return
    const { updateEveryBytes, updateEveryRecords } = env.config
    if (usage.bytes < updateEveryBytes && usage.records < updateEveryRecords && !usage.urgent) return
    if (state.kind !== 'established' || state.wanted || state.session.pending !== undefined) return
    await submit({ kind: 'usage', at: now(), ...usage })
  }

  /** What a peer did wrong ends its link with the alert that belongs to it; the session lives on. */
  async function failed(id: LinkId, error: unknown): Promise<void> {
    const code = codeOf(error) ?? 'TRANSPORT_CLOSED'
    await links.get(id)?.end(code, error)
  }

  async function gone(link: LinkDriver): Promise<void> {
    sinkOf(link.id).promise.catch(() => undefined)
    if (links.get(link.id) !== link) return
    links.delete(link.id)
    if (!stopped) await submit({ kind: 'linkDown', at: now(), link: link.id }).catch(endAll)
  }

  function endAll(error: unknown): void {
    for (const link of links.values()) void failed(link.id, error)
  }

  function sinkOf(id: LinkId): PromiseWithResolvers<DataSink> {
    const known = sinks.get(id) ?? Promise.withResolvers<DataSink>()
    sinks.set(id, known)
    return known
  }

  return {
    get state() {
      return state
    },
    get hasLinks() {
      return links.size > 0
    },
    submit,
    async attach(link, first) {
      links.set(link.id, link)
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
function checkExpected(verdict: AuthVerdict, expected: string | undefined): AuthVerdict {
  if (verdict.kind !== 'accept' || expected === undefined || verdict.identity === expected) return verdict
  return { kind: 'reject', reason: 'the peer is not the one that was dialed' }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return Promise.race([new Promise<void>((resolve) => setTimeout(resolve, ms)), aborted(signal)])
}
