import {
  alert as alertCodec,
  commitHeader,
  contentType,
  decode,
  decodeFrame,
  encode,
  encodeFrame,
  frameType,
  messageType,
} from '@twofold/codec'
import {
  alertFor,
  type Command,
  type ContentName,
  type Effect,
  type Env,
  frameContent,
  frameNumber,
  helloId,
  hex,
  type Input,
  idle,
  type LinkId,
  mustWait,
  recordContent,
  recordNumber,
  restore,
  type Session,
  type SessionEvent,
  type State,
  type Step,
  seenHello,
  sessionId,
  step,
  storedSuite,
} from '@twofold/core'
import {
  type AuthQuestion,
  type AuthVerdict,
  type CryptoSuite,
  codeOf,
  type ErrorCode,
  TwofoldError,
} from '@twofold/interface'
import { type RecordLayer, recordLayer } from '@twofold/record'
import type { SimulatedStore } from './store.ts'
import { InvariantError, type Watch } from './watch.ts'
import type { Actor, Wire } from './wire.ts'

/** Thrown where a crash was asked for; everything in memory is gone then. */
export class CrashSignal extends Error {
  override readonly name: string = 'CrashSignal'
}

/** One core with what its driver keeps beside it. */
export interface Core {
  state: State
  readonly links: Map<LinkId, PartyLink>
  /** Messages that wait for the answer to a question. */
  readonly waiting: Extract<Input, { kind: 'message' }>[]
  wakeAt: number | undefined
  gone: boolean
}

export interface PartyLink {
  readonly id: LinkId
  readonly wire: Wire
  readonly records: RecordLayer
  core: Core | undefined
}

/** What happened at a party, for tests to look at. */
export type Happening =
  | { readonly kind: 'event'; readonly event: SessionEvent }
  /** A link ended by an error of ours. */
  | { readonly kind: 'ended'; readonly link: LinkId; readonly code: ErrorCode }
  | { readonly kind: 'refused'; readonly command: Command['name']; readonly code: ErrorCode }
  | { readonly kind: 'lost'; readonly code: ErrorCode }
  | { readonly kind: 'data'; readonly text: string }

export interface OpenQuestion {
  readonly core: Core
  readonly link: LinkId
  readonly question: number
  readonly about: AuthQuestion
}

/** What a party is given by the simulation. */
export interface PartyWorld {
  readonly env: Env
  readonly suite: CryptoSuite
  readonly store: SimulatedStore
  readonly watch: Watch
  now(): number
  /** Called before every effect; throws CrashSignal where the party is to crash. */
  boundary(actor: Actor, effect: Effect): void
  post(wire: Wire, from: Actor, frame: Uint8Array): void
  /** This end is down; the other one learns it later. */
  hangUp(wire: Wire, from: Actor): void
}

/** One endpoint: cores, links and a store, driven as DESIGN's contracts say: effects in order, stopping at the first that fails. */
export interface Party {
  readonly name: Actor
  readonly store: SimulatedStore
  readonly happenings: readonly Happening[]
  readonly questions: readonly OpenQuestion[]
  readonly cores: readonly Core[]
  readonly up: boolean
  /** The core that commands go to: of the preferred session, else of a live one, else of any that is stored. */
  main(): Core | undefined
  /** The id, in the store, of the session that commands are about. */
  prefer(session: string | undefined): void
  accept(wire: Wire, link: LinkId): void
  /** Gives a link to a core before any frame has told whose it is. */
  bind(link: LinkId, core: Core): Promise<void>
  receive(link: LinkId, frame: Uint8Array): Promise<void>
  linkDown(link: LinkId): Promise<void>
  /** Gives the code with which core refused it, if it did. */
  command(command: Command): Promise<ErrorCode | undefined>
  usage(bytes: number, records: number, urgent: boolean): Promise<void>
  /** Sends application data on the live link; false where there is none. */
  send(text: string): Promise<boolean>
  answer(verdict?: AuthVerdict): Promise<void>
  /** The next time at which something is due; undefined for never. */
  due(): number | undefined
  tick(): Promise<void>
  crash(): void
  restart(): Promise<void>
}

const maxWaiting = 64

export function newParty(name: Actor, world: PartyWorld): Party {
  const { env, store, watch } = world
  const happenings: Happening[] = []
  const links = new Map<LinkId, PartyLink>()
  let cores: Core[] = []
  let questions: OpenQuestion[] = []
  let up = true
  let preferred: string | undefined

  function newCore(state: State): Core {
    const core: Core = { state, links: new Map(), waiting: [], wakeAt: undefined, gone: false }
    cores.push(core)
    return core
  }

  function sessionOf(core: Core): Session | undefined {
    return 'session' in core.state ? core.state.session : undefined
  }

  function main(): Core | undefined {
    if (preferred !== undefined) return cores.find((core) => `session/${groupOf(core)}` === preferred)
    const live = cores.find((core) => core.state.kind === 'established')
    return live ?? cores.find((core) => sessionOf(core)?.current !== undefined) ?? cores.find((core) => sessionOf(core))
  }

  // ---- inputs

  async function feed(core: Core, input: Input): Promise<void> {
    if (core.gone) return
    if (mustWait(core.state, input)) {
      if (input.kind === 'message' && core.waiting.length < maxWaiting) core.waiting.push(input)
      return
    }
    let result: Step
    try {
      result = await step(core.state, input, env)
    } catch (error) {
      return fault(core, input, error)
    }
    await carryOut(core, result)
    await takeWaiting(core)
  }

  async function takeWaiting(core: Core): Promise<void> {
    const next = core.waiting[0]
    if (next === undefined || core.gone || mustWait(core.state, next)) return
    core.waiting.shift()
    if (core.links.has(next.link)) return feed(core, { ...next, at: world.now() })
    return takeWaiting(core)
  }

  /** What throws is the fault of the input: its link ends, and the session lives on. */
  async function fault(core: Core, input: Input, error: unknown): Promise<void> {
    const code = codeOf(error)
    if (code === undefined || code.startsWith('BUG_')) throw error
    if (input.kind === 'command') throw error
    const link = linkOfInput(core, input)
    if (link === undefined || code.startsWith('USAGE_'))
      throw new InvariantError(`${input.kind} threw ${String(error)}`)
    await endLink(core, link, code)
  }

  function linkOfInput(core: Core, input: Input): LinkId | undefined {
    if (input.kind === 'message' || input.kind === 'confirmed') return input.link
    if (input.kind !== 'answer' || !('question' in core.state)) return undefined
    return core.state.question?.link
  }

  async function endLink(core: Core, id: LinkId, code: ErrorCode): Promise<void> {
    happenings.push({ kind: 'ended', link: id, code })
    await closeLink(id, code)
    await feed(core, { kind: 'linkDown', link: id, at: world.now() })
  }

  // ---- effects

  async function carryOut(core: Core, result: Step): Promise<void> {
    const stores = result.effects.some((effect) => effect.kind === 'persist')
    if (!stores) core.state = result.state
    for (const effect of result.effects) {
      world.boundary(name, effect)
      if (effect.kind === 'persist') {
        if (!persist(core, effect, result)) return
      } else {
        await perform(core, effect)
      }
    }
    if (!stores) wipe(result)
    watch.state(name, core.state)
    leaveIfOver(core)
  }

  function persist(core: Core, effect: Extract<Effect, { kind: 'persist' }>, result: Step): boolean {
    const { session, revision, bytes, also } = effect
    try {
      store.commit([{ id: sessionId(session), revision, bytes }, ...also])
    } catch (error) {
      lose(core, codeOf(error) ?? 'STORE_FAILED')
      return false
    }
    core.state = result.state
    if ('session' in result.state) watch.persisted(name, result.state.session, bytes)
    wipe(result)
    return true
  }

  /** What the store holds is not known after a write that failed: begin again from it, as after a crash. */
  function lose(core: Core, code: ErrorCode): void {
    happenings.push({ kind: 'lost', code })
    const session = sessionOf(core)
    for (const id of [...core.links.keys()]) dropLink(id)
    discard(core)
    if (session !== undefined) lost.add(hex(session.id))
    else for (const id of store.list()) if (id.startsWith('session/')) lost.add(id.slice('session/'.length))
  }

  const lost = new Set<string>()

  async function reload(): Promise<void> {
    for (const group of lost) if (!cores.some((core) => groupOf(core) === group)) await load(`session/${group}`)
    lost.clear()
  }

  async function load(id: string): Promise<void> {
    const stored = store.load(id)
    if (stored === undefined) return
    const engine = await env.engine(storedSuite(stored.bytes))
    if (engine === undefined) throw new InvariantError('a stored session of a suite that is not served')
    const core = newCore(restore(stored.bytes, stored.revision, engine))
    const session = sessionOf(core)
    if (session !== undefined) watch.persisted(name, session, stored.bytes)
    await feed(core, { kind: 'tick', at: world.now() })
  }

  async function perform(core: Core, effect: Exclude<Effect, { kind: 'persist' }>): Promise<void> {
    switch (effect.kind) {
      case 'forget':
        return store.forget(sessionId(effect.session))
      case 'keys': {
        const link = core.links.get(effect.link)
        if (link === undefined) throw new InvariantError('keys for a link that is not there')
        await link.records.install(effect.epoch, effect.direction, effect.secret.bytes, world.now())
        return effect.secret.wipe()
      }
      case 'send':
        return sendContent(core, effect)
      case 'deliver':
        happenings.push({ kind: 'event', event: effect.event })
        return
      case 'ask':
        questions.push({ core, link: effect.link, question: effect.question, about: effect.about })
        return
      case 'close':
        return closeLink(effect.link, effect.code)
      case 'wake':
        core.wakeAt = effect.at
        return
      default:
        return effect satisfies never
    }
  }

  async function sendContent(core: Core, effect: Extract<Effect, { kind: 'send' }>): Promise<void> {
    const { content, body, epoch } = effect
    const link = core.links.get(effect.link)
    if (link === undefined) throw new InvariantError(`a ${content} for a link that is not there`)
    watch.sending(name, content, body, groupOf(core), epoch)
    if (epoch === undefined) return post(link, encodeFrame(frameNumber(content), body))
    if (link.records.writeEpoch !== epoch) {
      throw new InvariantError(`a ${content} for epoch ${epoch} on a link that writes under ${link.records.writeEpoch}`)
    }
    post(link, await link.records.seal(recordNumber(content), body))
  }

  function groupOf(core: Core): string | undefined {
    const session = sessionOf(core)
    return session === undefined ? undefined : hex(session.id)
  }

  function post(link: PartyLink, frame: Uint8Array): void {
    if (links.get(link.id) === link) world.post(link.wire, name, frame)
  }

  async function closeLink(id: LinkId, code: ErrorCode | undefined): Promise<void> {
    const link = links.get(id)
    if (link === undefined) return
    const alert = code === undefined ? undefined : alertFor(code)
    if (alert !== undefined) await sendAlert(link, encode(alertCodec, { code: alert }))
    dropLink(id)
  }

  async function sendAlert(link: PartyLink, body: Uint8Array): Promise<void> {
    if (link.records.writeEpoch === undefined) return post(link, encodeFrame(messageType.alert, body))
    post(link, await link.records.seal(contentType.alert, body))
  }

  function dropLink(id: LinkId): void {
    const link = links.get(id)
    if (link === undefined) return
    link.records.wipe()
    link.core?.links.delete(id)
    links.delete(id)
    world.hangUp(link.wire, name)
  }

  function wipe(result: Step): void {
    for (const outlived of result.consumed) outlived.wipe()
  }

  function leaveIfOver(core: Core): void {
    const over = core.state.kind === 'closed' || (core.state.kind === 'idle' && core.links.size === 0)
    if (!over) return
    for (const id of [...core.links.keys()]) dropLink(id)
    discard(core)
  }

  function discard(core: Core): void {
    core.gone = true
    cores = cores.filter((other) => other !== core)
    questions = questions.filter((question) => question.core !== core)
  }

  // ---- links and frames

  async function bind(link: PartyLink, core: Core): Promise<void> {
    link.core = core
    core.links.set(link.id, link)
    const { ordered, reliable } = link.wire
    await feed(core, { kind: 'linkUp', link: link.id, ordered, reliable, at: world.now() })
  }

  async function receive(id: LinkId, frame: Uint8Array): Promise<void> {
    const link = links.get(id)
    if (link === undefined) return
    try {
      if (frameType(frame) === messageType.record) await readRecord(link, frame)
      else await readClear(link, frame)
    } catch (error) {
      const code = codeOf(error)
      if (code === undefined || code.startsWith('BUG_') || code.startsWith('USAGE_')) throw error
      if (link.core !== undefined) return endLink(link.core, id, code)
      happenings.push({ kind: 'ended', link: id, code })
      await closeLink(id, code)
    }
    await reload()
  }

  async function readClear(link: PartyLink, frame: Uint8Array): Promise<void> {
    const { type, body } = decodeFrame(frame)
    const content = frameContent(type)
    const core = link.core ?? (await findCore(content, body))
    if (link.core === undefined) await bind(link, core)
    await feed(core, { kind: 'message', link: link.id, content, body, at: world.now() })
  }

  /** Whose business the first frame of a link is: a stored session's, or that of a new core. */
  async function findCore(content: ContentName, body: Uint8Array): Promise<Core> {
    if (content === 'resumption_request') {
      const group = hex(commitHeader(body).groupId)
      return cores.find((core) => groupOf(core) === group) ?? unknownSession()
    }
    if (content !== 'client_hello')
      throw new TwofoldError('PEER_UNEXPECTED_MESSAGE', 'a link that begins in its middle')
    const seen = store.load(helloId(await env.sha256(body)))
    if (seen === undefined) return newCore(idle)
    const group = hex(decode(seenHello, seen.bytes).session)
    const core = cores.find((candidate) => groupOf(candidate) === group)
    if (core !== undefined) return core
    throw new TwofoldError('PEER_REPLAYED', 'a hello that was answered before')
  }

  function noSession(): never {
    throw new TwofoldError('USAGE_NO_SESSION', 'there is no session')
  }

  function unknownSession(): never {
    throw new TwofoldError('PEER_UNKNOWN_SESSION', 'no session with that group id')
  }

  async function readRecord(link: PartyLink, frame: Uint8Array): Promise<void> {
    const { core } = link
    if (core === undefined || !link.records.canRead) {
      if (!link.wire.ordered) return
      throw new TwofoldError('PEER_UNEXPECTED_MESSAGE', 'a record came before any keys were agreed')
    }
    const opened = await link.records.open(frame, world.now())
    if (opened === undefined) return
    const { type, plaintext: body, epoch, first } = opened
    const at = world.now()
    if (type !== contentType.application) {
      return feed(core, { kind: 'message', link: link.id, content: recordContent(type), body, epoch, at })
    }
    if (first) await feed(core, { kind: 'confirmed', link: link.id, epoch, at })
    if (core.gone || !core.links.has(link.id)) return
    const data = String.fromCharCode(...body)
    watch.received(name, data)
    happenings.push({ kind: 'data', text: data })
  }

  async function command(order: Command): Promise<ErrorCode | undefined> {
    try {
      const core = await coreFor(order)
      await feed(core, { kind: 'command', command: order, at: world.now() })
    } catch (error) {
      const code = codeOf(error)
      if (code === undefined || !code.startsWith('USAGE_')) throw error
      happenings.push({ kind: 'refused', command: order.name, code })
      return code
    } finally {
      await reload()
    }
    return undefined
  }

  async function coreFor(order: Command): Promise<Core> {
    if (order.name !== 'hello' && order.name !== 'resume') return main() ?? noSession()
    const link = links.get(order.link)
    if (link === undefined) throw new TwofoldError('USAGE_NOT_NOW', 'the link is down')
    if (order.name === 'hello') {
      if (link.core !== undefined) throw new TwofoldError('USAGE_NOT_NOW', 'the link is in use')
      const core = newCore(idle)
      await bind(link, core)
      return core
    }
    const core = main() ?? noSession()
    if (link.core === undefined) await bind(link, core)
    if (link.core !== core) throw new TwofoldError('USAGE_NOT_NOW', 'the link is in use')
    return core
  }

  return {
    name,
    store,
    happenings,
    get questions() {
      return questions
    },
    get cores() {
      return cores
    },
    get up() {
      return up
    },
    main,
    prefer(session) {
      preferred = session
    },
    accept(wire, id) {
      const records = recordLayer({ suite: world.suite, ordered: wire.ordered })
      links.set(id, { id, wire, records, core: undefined })
    },
    async bind(id, core) {
      const link = links.get(id)
      if (link !== undefined && link.core === undefined) await bind(link, core)
    },
    receive,
    async linkDown(id) {
      const core = links.get(id)?.core
      dropLink(id)
      if (core !== undefined) await feed(core, { kind: 'linkDown', link: id, at: world.now() })
      if (core !== undefined) leaveIfOver(core)
    },
    command,
    async usage(bytes, records, urgent) {
      const core = main()
      if (core !== undefined) await feed(core, { kind: 'usage', bytes, records, urgent, at: world.now() })
      await reload()
    },
    async send(text) {
      const core = cores.find((candidate) => candidate.state.kind === 'established')
      if (core?.state.kind !== 'established') return false
      const link = core.links.get(core.state.live)
      const group = groupOf(core)
      if (link?.records.writeEpoch === undefined) return false
      watch.sending(name, 'unknown', new Uint8Array(0), group, link.records.writeEpoch)
      const body = Uint8Array.from(text, (char) => char.charCodeAt(0))
      post(link, await link.records.seal(contentType.application, body))
      return true
    },
    async answer(verdict) {
      const [first, ...others] = questions
      questions = others
      if (first === undefined) return
      const { core, question, about } = first
      await feed(core, { kind: 'answer', question, verdict: verdict ?? acceptance(about), at: world.now() })
      await reload()
    },
    due() {
      const times = cores.flatMap((core) => (core.wakeAt === undefined ? [] : [core.wakeAt]))
      return times.length === 0 ? undefined : Math.min(...times)
    },
    async tick() {
      const at = world.now()
      for (const link of [...links.values()]) link.records.tick(at)
      for (const core of [...cores]) {
        if (core.wakeAt === undefined || core.wakeAt > at) continue
        core.wakeAt = undefined
        await feed(core, { kind: 'tick', at })
        leaveIfOver(core)
      }
      await reload()
    },
    crash() {
      for (const id of [...links.keys()]) dropLink(id)
      for (const core of cores) core.gone = true
      cores = []
      questions = []
      lost.clear()
      up = false
    },
    async restart() {
      up = true
      for (const id of store.list()) if (id.startsWith('session/')) await load(id)
    },
  }
}

function acceptance(about: AuthQuestion): AuthVerdict {
  const { credential } = about
  if (credential.kind !== 'basic') return { kind: 'reject', reason: 'only basic credentials are known here' }
  const identity = String.fromCharCode(...credential.identity)
  return about.expected === undefined || about.expected === identity
    ? { kind: 'accept', identity }
    : { kind: 'reject', reason: 'somebody else' }
}
