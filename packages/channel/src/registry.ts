import { decode } from '@twofold/codec'
import {
  helloId,
  hex,
  idle,
  type LinkId,
  restore,
  type SessionEvent,
  type State,
  seenHello,
  storedSuite,
} from '@twofold/core'
import type { Channel } from './api.ts'
import { suiteNotAccepted } from './attempt-errors.ts'
import type { OpenChannel } from './channel.ts'
import { type SessionContext, type SessionDriver, sessionDriver } from './session-driver.ts'

/** One attempt to get from a link to a channel. */
export interface Attempt {
  readonly startedAt: number
  readonly found: PromiseWithResolvers<Channel>
}

/** One session of this process, with its channel while a link is live. */
export interface Entry {
  driver: SessionDriver
  channel: OpenChannel | undefined
  readonly attempts: Map<LinkId, Attempt>
  /** Who is about to use it, and would otherwise find that it was dropped meanwhile. */
  holds: number
  /** Gives back the half-open place of a stored hello, once it is confirmed or gone. */
  leave: (() => void) | undefined
}

/** An entry that stays until it is released. */
export interface Held {
  readonly entry: Entry
  readonly release: () => void
}

/** Peers' clocks may be wrong by some minutes: KeyPackages are accepted, and so remembered, a little beyond their time. */
const rememberedBeyondMs = 600_000

/** The sessions of an endpoint that are in memory: each has one owner in this process, from the first use to the last. */
export interface Registry {
  readonly entries: ReadonlySet<Entry>
  /** A session that is to begin, held. */
  begin(): Held
  /** A stored session, held; undefined where there is none. Throws `USAGE_SUITE_UNSUPPORTED`, `STORE_…`. */
  session(id: string): Promise<Held | undefined>
  /** The session that a ClientHello begins or began, held; undefined where it was used for one that is gone. */
  hello(message: Uint8Array): Promise<Held | undefined>
  drop(entry: Entry): void
  /** Erases stored hellos whose time is over. */
  sweep(): Promise<void>
}

export function sessionRegistry(
  context: SessionContext,
  onEvent: (entry: Entry, event: SessionEvent) => void,
): Registry {
  const { env, engines: served, store, now } = context
  const { config } = env
  const entries = new Set<Entry>()
  const hellos = new Map<string, Entry>()
  const loading = new Map<string, Promise<Entry | undefined>>()
  let sweptAt = 0

  function addEntry(state: State): Entry {
    const entry: Entry = {
      driver: sessionDriver(
        context,
        state,
        (event) => onEvent(entry, event),
        () => tidy(entry),
      ),
      channel: undefined,
      attempts: new Map(),
      holds: 0,
      leave: undefined,
    }
    entries.add(entry)
    return entry
  }

  function hold(entry: Entry): Held {
    let isHeld = true
    entry.holds += 1
    const release = (): void => {
      if (!isHeld) return
      isHeld = false
      entry.holds -= 1
      tidy(entry)
    }
    return { entry, release }
  }

  /** What `find` finds, unless that was dropped before it could be held. */
  async function acquire(find: () => Promise<Entry | undefined>): Promise<Held | undefined> {
    for (;;) {
      const entry = await find()
      if (entry === undefined) return undefined
      if (entries.has(entry)) return hold(entry)
    }
  }

  /** Drops what nobody uses, when its last step is done: each session has one owner in this process. */
  function tidy(entry: Entry): void {
    void untilIdle(entry).then(() => {
      if (entries.has(entry) && isUnused(entry)) drop(entry)
    })
  }

  async function untilIdle({ driver }: Entry): Promise<void> {
    while (!driver.isIdle) await driver.idle()
  }

  /** A session without links waits in the store; only a hello that is not confirmed keeps its clock here. */
  function isUnused({ driver, holds }: Entry): boolean {
    if (holds > 0 || driver.hasLinks || !driver.isIdle) return false
    return driver.isStale || driver.state.kind !== 'awaitingConfirmation'
  }

  function drop(entry: Entry): void {
    entries.delete(entry)
    for (const [hash, known] of hellos) if (known === entry) hellos.delete(hash)
    entry.driver.stop()
    entry.leave?.()
  }

  function liveEntry(session: string): Entry | undefined {
    for (const entry of entries) {
      if (entry.driver.isStale) continue
      if ('session' in entry.driver.state && hex(entry.driver.state.session.id) === session) return entry
    }
    return undefined
  }

  /** The session in this process, or else from the store; one load at a time, so that each has one owner. */
  async function entryOf(session: string): Promise<Entry | undefined> {
    const live = liveEntry(session)
    if (live !== undefined) return live
    const known = loading.get(session) ?? load(session).finally(() => loading.delete(session))
    loading.set(session, known)
    return known
  }

  async function load(session: string): Promise<Entry | undefined> {
    const stored = await store.load(`session/${session}`)
    if (stored === undefined) return undefined
    const suite = storedSuite(stored.bytes)
    if (!config.suites.includes(suite)) throw suiteNotAccepted(suite)
    const { engine } = await served.get(suite)
    return addEntry(restore(stored.bytes, stored.revision, engine))
  }

  /** A repeated ClientHello goes to the session that it began, also after a restart; else it begins one. */
  async function helloEntry(message: Uint8Array): Promise<Entry | undefined> {
    const hash = await env.sha256(message)
    const key = hex(hash)
    const known = hellos.get(key)
    if (known !== undefined) return known
    const seen = await store.load(helloId(hash))
    const again = hellos.get(key)
    if (again !== undefined) return again
    if (now() > sweptAt + config.keyPackageLifetimeMs) void sweepHellos().catch(() => undefined)
    const entry = seen === undefined ? addEntry(idle) : await entryOf(hex(decode(seenHello, seen.bytes).session))
    if (entry !== undefined && entries.has(entry)) hellos.set(key, entry)
    return entry
  }

  /** KeyPackages that were seen are remembered as long as they are accepted; stored hellos whose time is over are erased. */
  async function sweepHellos(): Promise<void> {
    sweptAt = now()
    for (const id of await store.list()) {
      if (id.startsWith('hello/')) await sweepHello(id)
    }
  }

  async function sweepHello(id: string): Promise<void> {
    const stored = await store.load(id)
    if (stored === undefined) return
    const { expiresAt, session } = decode(seenHello, stored.bytes)
    if (Number(expiresAt) > now()) return
    // What cannot be read any more is left to `forget`.
    const held = await acquire(() => entryOf(hex(session))).catch(() => undefined)
    try {
      if (held?.entry.driver.state.kind === 'awaitingConfirmation')
        await held.entry.driver.submit({ kind: 'tick', at: now() })
    } finally {
      held?.release()
    }
    // Last, since it is by this that a stored hello is found.
    if (Number(expiresAt) + rememberedBeyondMs <= now()) await store.forget(id)
  }

  return {
    entries,
    begin: () => hold(addEntry(idle)),
    session: (id) => acquire(() => entryOf(id)),
    hello: (message) => acquire(() => helloEntry(message)),
    drop,
    sweep: sweepHellos,
  }
}
