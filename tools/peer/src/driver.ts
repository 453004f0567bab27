import {
  type Command,
  type ContentName,
  type Effect,
  type Input,
  idle,
  type Link,
  type LinkId,
  restore,
  type SessionEvent,
  type State,
  sessionId,
  step,
  type Wipeable,
} from '@twofold/core'
import { type AuthQuestion, type AuthVerdict, TwofoldError } from '@twofold/interface'
import type { Store } from '@twofold/interface/io'
import type { Environment } from './environment.ts'
import { toHex } from './hex.ts'
import { recordLinks } from './record-links.ts'
import { clearContent, clearMessage, frameName, recordContent, structName, type WireMessage } from './wire.ts'

/** Application data that came in a record; core does not see it. */
export interface DataEvent {
  readonly name: 'data'
  readonly data: Uint8Array
}

export type PeerEvent = SessionEvent | DataEvent

/** What one call led to. */
export interface Report {
  readonly out: readonly WireMessage[]
  readonly events: readonly PeerEvent[]
}

/** Core and the record layer, driven by calls alone. A call that throws leaves the state as it was, and the store too. */
export interface Driver {
  readonly state: State
  hello(): Promise<Report>
  update(): Promise<Report>
  resume(): Promise<Report>
  receive(type: string, body: Uint8Array): Promise<Report>
  /** Cuts every link. */
  disconnect(): Promise<Report>
  /** Drops the state and loads the session from the store. */
  restart(): Promise<Report>
}

type Unstamped<T> = T extends unknown ? Omit<T, 'at'> : never

/** The steps of one call: nothing of it counts before all of them have succeeded. */
interface Attempt {
  state: State
  readonly effects: Effect[]
  readonly consumed: Wipeable[]
  readonly events: PeerEvent[]
}

export function driver({ env, engine, suite, now }: Environment, store: Store): Driver {
  const { profile } = env.config
  const records = recordLinks(suite)
  let state: State = idle
  let lastLink: LinkId = 0

  async function feed(attempt: Attempt, input: Unstamped<Input>): Promise<void> {
    const { state: next, effects, consumed } = await step(attempt.state, { at: now(), ...input } as Input, env)
    attempt.state = next
    attempt.effects.push(...effects)
    attempt.consumed.push(...consumed)
    for (const effect of effects) {
      if (effect.kind !== 'ask') continue
      await feed(attempt, { kind: 'answer', question: effect.question, verdict: acceptEveryone(effect.about) })
    }
  }

  async function freshLink(attempt: Attempt): Promise<LinkId> {
    lastLink += 1
    await feed(attempt, { kind: 'linkUp', link: lastLink, ordered: true, reliable: true })
    return lastLink
  }

  async function linkWhere(attempt: Attempt, fits: (link: Link) => boolean): Promise<LinkId> {
    const newest = [...attempt.state.links.values()].at(-1)
    return newest !== undefined && fits(newest) ? newest.id : freshLink(attempt)
  }

  async function carryOut({ effects, events }: Attempt): Promise<WireMessage[]> {
    const out: WireMessage[] = []
    for (const effect of effects) {
      if (effect.kind === 'persist') await persist(effect)
      else if (effect.kind === 'forget') await store.forget(sessionId(effect.session))
      else if (effect.kind === 'keys') await records.install(effect, now())
      else if (effect.kind === 'send') out.push(await outgoing(effect))
      else if (effect.kind === 'deliver') events.push(effect.event)
      else if (effect.kind === 'close') records.drop(effect.link)
    }
    return out
  }

  function persist({ session, revision, bytes, also }: Extract<Effect, { kind: 'persist' }>): Promise<void> {
    return store.commit([{ id: sessionId(session), revision, bytes }, ...also])
  }

  async function outgoing(effect: Extract<Effect, { kind: 'send' }>): Promise<WireMessage> {
    if (effect.epoch !== undefined) return { type: 'record', body: await records.seal(effect) }
    return clearMessage(profile, effect.content, effect.body)
  }

  async function attempt(work: (attempt: Attempt) => Promise<void>): Promise<Report> {
    const all: Attempt = { state, effects: [], consumed: [], events: [] }
    await work(all)
    refuseFailedLinks(all.effects)
    const out = await carryOut(all)
    state = all.state
    for (const consumed of all.consumed) consumed.wipe()
    return { out, events: all.events }
  }

  async function command(all: Attempt, give: Command): Promise<void> {
    await feed(all, { kind: 'command', command: give })
  }

  async function receiveClear(all: Attempt, content: ContentName, body: Uint8Array): Promise<void> {
    // The parties need not agree on whether the connection was interrupted: a request is the first message of a new link.
    const link = await linkWhere(all, ({ phase }) => content !== 'resumption_request' || phase === 'fresh')
    await feed(all, { kind: 'message', link, content, body })
  }

  async function receiveRecord(all: Attempt, frame: Uint8Array): Promise<void> {
    const { link, epoch, type, plaintext, first } = await records.open(frame, now())
    const content = recordContent(type)
    if (content !== 'application') {
      return feed(all, { kind: 'message', link, content, body: plaintext, epoch })
    }
    if (first) await feed(all, { kind: 'confirmed', link, epoch })
    all.events.push({ name: 'data', data: plaintext })
  }

  async function receive(all: Attempt, type: string, body: Uint8Array): Promise<void> {
    if (profile === 'bare') return receiveClear(all, structName(type), body)
    const name = frameName(type, body)
    if (name === 'record') return receiveRecord(all, body)
    const clear = clearContent(name, body)
    await receiveClear(all, clear.content, clear.body)
  }

  return {
    get state() {
      return state
    },
    hello: () => attempt(async (all) => command(all, { name: 'hello', link: await linkWhere(all, isFresh) })),
    update: () => attempt((all) => command(all, { name: 'update' })),
    resume: () => attempt(async (all) => command(all, { name: 'resume', link: await linkWhere(all, isFresh) })),
    receive: (type, body) => attempt((all) => receive(all, type, body)),
    disconnect: () =>
      attempt(async (all) => {
        for (const link of state.links.keys()) await feed(all, { kind: 'linkDown', link })
        records.dropAll()
      }),
    async restart() {
      state = await load(store, engine)
      records.dropAll()
      return { out: [], events: [] }
    },
  }
}

function isFresh(link: Link): boolean {
  return link.phase === 'fresh'
}

/** What core would end a link for, after an alert, is an error of the request instead, and the state stays as it was. */
function refuseFailedLinks(effects: readonly Effect[]): void {
  for (const effect of effects) {
    if (effect.kind !== 'close' || effect.code === undefined) continue
    throw new TwofoldError(effect.code, 'the message was refused')
  }
}

async function load(store: Store, engine: Environment['engine']): Promise<State> {
  const id = (await store.list()).find((known) => known.startsWith('session/'))
  const stored = id === undefined ? undefined : await store.load(id)
  return stored === undefined ? idle : restore(stored.bytes, stored.revision, engine)
}

function acceptEveryone({ credential }: AuthQuestion): AuthVerdict {
  const identity = credential.kind === 'basic' ? toHex(credential.identity) : credential.kind
  return { kind: 'accept', identity }
}
