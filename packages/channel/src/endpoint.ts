import { commitHeader, decode, maxHandshakeFrame, maxRecordFrame } from '@twofold/codec'
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
import { type CryptoSuite, checkOptions, codeOf, findSuite, TwofoldError } from '@twofold/interface'
import type { Connection, Transport } from '@twofold/interface/io'
import type {
  Channel,
  ChannelListener,
  ConnectOptions,
  Endpoint,
  EndpointOptions,
  ListenOptions,
  SessionSummary,
} from './api.ts'
import { type OpenChannel, openChannel } from './channel.ts'
import { engines, environment } from './engines.ts'
import { halfOpenLimits } from './half-open.ts'
import { channelInbox } from './inbox.ts'
import { type LinkDriver, type LinkInput, linkDriver } from './link.ts'
import { type SessionContext, type SessionDriver, sessionDriver } from './session-driver.ts'
import { settingsOf } from './settings.ts'
import { raceSignal } from './signal.ts'

/** One attempt to get from a link to a channel. */
interface Attempt {
  readonly startedAt: number
  readonly found: PromiseWithResolvers<Channel>
}

/** One session of this process, with its channel while a link is live. */
interface Entry {
  driver: SessionDriver
  channel: OpenChannel | undefined
  readonly attempts: Map<LinkId, Attempt>
  /** Gives back the half-open place of a stored hello, once it is confirmed or gone. */
  leave: (() => void) | undefined
}

/** Meets peers in both roles. Throws `USAGE_…` for options that cannot work. */
export function endpoint(options: EndpointOptions): Endpoint {
  const settings = settingsOf(options)
  const { config } = settings
  const { store, crypto } = options
  const now = (): number => Date.now()
  const served = engines(crypto, config)
  const env = environment(config, served)
  const context: SessionContext = {
    env,
    engines: served,
    store,
    authentication: options.authentication,
    now,
    questionTimeoutMs: config.handshakeTimeoutMs,
  }
  const halfOpen = halfOpenLimits(settings.halfOpen, settings.halfOpenPerAddress)
  const entries = new Set<Entry>()
  const hellos = new Map<string, Entry>()
  const listeners = new Set<ChannelListener>()
  const loading = new Map<string, Promise<Entry | undefined>>()
  let nextLink = 1
  let sweptAt = 0
  let closed = false

  function addEntry(state: State): Entry {
    const entry: Entry = {
      driver: sessionDriver(
        context,
        state,
        (event) => onEvent(entry, event),
        () => onEmpty(entry),
      ),
      channel: undefined,
      attempts: new Map(),
      leave: undefined,
    }
    entries.add(entry)
    return entry
  }

  function onEvent(entry: Entry, event: SessionEvent): void {
    if (event.name === 'connected' || event.name === 'resumed') {
      const open = openOn(entry, event.link, event.name === 'resumed')
      entry.attempts.get(event.link)?.found.resolve(open)
      entry.attempts.delete(event.link)
      entry.leave?.()
    }
    if (event.name === 'failed') {
      const error = new TwofoldError(event.code, `the peer or a time-out ended the attempt: ${event.code}`)
      entry.attempts.get(event.link)?.found.reject(error)
    }
    entry.channel?.event(event)
  }

  function openOn(entry: Entry, id: LinkId, resumed: boolean): Channel {
    const { driver } = entry
    const link = driver.link(id)
    if (link === undefined) throw new TwofoldError('BUG_INVARIANT', 'a channel without a link; please report this')
    const startedAt = entry.attempts.get(id)?.startedAt ?? link.openedAt
    const handshake = { sentBytes: link.sentBytes, receivedBytes: link.receivedBytes, ms: now() - startedAt }
    const open = openChannel({ driver, link, resumed, handshake, now, forget: () => forgetEntry(entry) })
    entry.channel = open
    void open.channel.closed.then(() => {
      if (entry.channel === open) entry.channel = undefined
    })
    return open.channel
  }

  /** A session without links waits in the store; only a hello that is not confirmed keeps its clock here. */
  function onEmpty(entry: Entry): void {
    if (entry.driver.state.kind === 'awaitingConfirmation' || entry.attempts.size > 0) return
    drop(entry)
  }

  function drop(entry: Entry): void {
    entries.delete(entry)
    for (const [hash, known] of hellos) if (known === entry) hellos.delete(hash)
    entry.driver.stop()
    entry.leave?.()
  }

  async function forgetEntry(entry: Entry): Promise<void> {
    await entry.driver.submit({ kind: 'command', at: now(), command: { name: 'forget' } })
    drop(entry)
  }

  function liveEntry(session: string): Entry | undefined {
    for (const entry of entries) {
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
    const { engine } = await served.get(storedSuite(stored.bytes))
    return addEntry(restore(stored.bytes, stored.revision, engine))
  }

  async function newLink(connection: Connection): Promise<LinkDriver> {
    const largest = Math.max(...(await Promise.all(config.suites.map(largestFrame))))
    const { maxFrame } = connection.properties
    if (maxFrame < Math.max(largest, maxRecordFrame)) {
      await connection.close()
      throw new TwofoldError(
        'TRANSPORT_FRAME_TOO_LARGE',
        `the transport carries frames of ${maxFrame} bytes, and these suites need ${largest}`,
      )
    }
    nextLink += 1
    return linkDriver(nextLink, connection, now, largest)
  }

  async function largestFrame(id: (typeof config.suites)[number]): Promise<number> {
    return maxHandshakeFrame(sizesOf((await served.get(id)).suite))
  }

  async function connect(given: ConnectOptions): Promise<Channel> {
    checkOptions(given, ['transport', 'expected', 'session', 'signal'], 'connect')
    checkOpen()
    const { signal: userSignal } = given
    userSignal?.throwIfAborted()
    const timeout = AbortSignal.timeout(config.handshakeTimeoutMs)
    const signal = userSignal === undefined ? timeout : AbortSignal.any([userSignal, timeout])
    try {
      return await attempt(given, signal)
    } catch (error) {
      if (timeout.aborted && userSignal?.aborted !== true) {
        throw new TwofoldError('PEER_TIMEOUT', `no channel within ${config.handshakeTimeoutMs} ms`, { cause: error })
      }
      throw error
    }
  }

  async function attempt(given: ConnectOptions, signal: AbortSignal): Promise<Channel> {
    const startedAt = now()
    const entry = given.session === undefined ? addEntry(idle) : await entryOf(given.session)
    if (entry === undefined) {
      throw new TwofoldError(
        'USAGE_NO_SESSION',
        'the store has no such session; connect without one for a first handshake',
      )
    }
    const link = await dial(given.transport, signal, entry)
    const found = Promise.withResolvers<Channel>()
    entry.attempts.set(link.id, { startedAt, found })
    void link.ended.then(({ error }) =>
      found.reject(error ?? new TwofoldError('TRANSPORT_CLOSED', 'the link ended before the handshake was done')),
    )
    found.promise.catch(() => undefined)
    try {
      await entry.driver.attach(link)
      const name = given.session === undefined ? 'hello' : 'resume'
      const expected = given.expected === undefined ? {} : { expected: given.expected }
      await entry.driver.submit({ kind: 'command', at: now(), command: { name, link: link.id, ...expected } })
      return await raceSignal(found.promise, signal)
    } catch (error) {
      await link.end()
      throw error
    } finally {
      attemptOver(entry, link.id)
    }
  }

  async function dial(transport: Transport, signal: AbortSignal, entry: Entry): Promise<LinkDriver> {
    try {
      return await newLink(await transport.connect({ signal }))
    } catch (error) {
      if (!entry.driver.hasLinks) onEmpty(entry)
      throw error
    }
  }

  async function listen(given: ListenOptions): Promise<ChannelListener> {
    checkOptions(given, ['transport', 'signal', 'onFailure'], 'listen')
    checkOpen()
    await sweepHellos()
    const listener = await given.transport.listen(given.signal === undefined ? {} : { signal: given.signal })
    const inbox = channelInbox()
    void accept()

    async function accept(): Promise<void> {
      try {
        for await (const connection of listener) void welcome(connection)
      } finally {
        inbox.end()
      }
    }

    async function welcome(connection: Connection): Promise<void> {
      const { remote } = connection.properties
      try {
        await greet(connection, inbox.push, (error) =>
          given.onFailure?.({ code: codeOf(error) ?? 'TRANSPORT_FAILED', remote, error }),
        )
      } catch (error) {
        given.onFailure?.({ code: codeOf(error) ?? 'TRANSPORT_FAILED', remote, error })
      }
    }

    const channels: ChannelListener = {
      address: listener.address,
      async close() {
        listeners.delete(channels)
        await listener.close()
        inbox.end()
      },
      [Symbol.asyncIterator]: () => inbox.iterate(),
      [Symbol.asyncDispose]: () => channels.close(),
    }
    listeners.add(channels)
    return channels
  }

  /** The first frame of an accepted connection tells which session it belongs to. */
  async function greet(
    connection: Connection,
    push: (channel: Channel) => void,
    failed: (error: unknown) => void,
  ): Promise<void> {
    const link = await newLink(connection)
    let leave: (() => void) | undefined
    try {
      leave = halfOpen.enter(connection.properties.remote)
      const first = await raceSignal(link.read(), AbortSignal.timeout(config.handshakeTimeoutMs))
      if (first === undefined) return void (await link.end())
      await routed(link, first, push, failed, leave)
    } catch (error) {
      leave?.()
      const code = codeOf(error) ?? 'PEER_TIMEOUT'
      await link.end(code, error)
      throw error
    }
  }

  async function routed(
    link: LinkDriver,
    first: LinkInput,
    push: (channel: Channel) => void,
    failed: (error: unknown) => void,
    leave: () => void,
  ): Promise<void> {
    const entry = await route(first)
    const startedAt = now()
    const found = Promise.withResolvers<Channel>()
    entry.attempts.set(link.id, { startedAt, found })
    void found.promise.then(push, failed).finally(() => keepPlace(entry, leave))
    void link.ended.then(({ error }) =>
      found.reject(error ?? new TwofoldError('TRANSPORT_CLOSED', 'the link ended before the handshake was done')),
    )
    void link.ended.then(() => attemptOver(entry, link.id))
    await entry.driver.attach(link, first)
  }

  function attemptOver(entry: Entry, link: LinkId): void {
    entry.attempts.delete(link)
    if (!entry.driver.hasLinks) onEmpty(entry)
  }

  /** A hello that is stored and not confirmed stays half-open without a link; replaying it takes no second place. */
  function keepPlace(entry: Entry, leave: () => void): void {
    const stored = entry.driver.state.kind === 'awaitingConfirmation' && entries.has(entry) && entry.leave === undefined
    if (stored) entry.leave = leave
    else leave()
  }

  async function route(first: LinkInput): Promise<Entry> {
    if (first.kind !== 'frame') throw new TwofoldError('PEER_UNEXPECTED_MESSAGE', 'a record came before any handshake')
    if (first.content === 'client_hello') return helloEntry(first.body)
    if (first.content !== 'resumption_request')
      throw new TwofoldError('PEER_UNEXPECTED_MESSAGE', 'a link begins with a hello or a request')
    const entry = await entryOf(hex(commitHeader(first.body).groupId))
    if (entry === undefined)
      throw new TwofoldError('PEER_UNKNOWN_SESSION', 'the peer asks for a session that is not held here')
    return entry
  }

  /** A repeated ClientHello goes to the session that it began, also after a restart; else it begins one. */
  async function helloEntry(message: Uint8Array): Promise<Entry> {
    const hash = await env.sha256(message)
    const key = hex(hash)
    const known = hellos.get(key)
    if (known !== undefined) return known
    const seen = await store.load(helloId(hash))
    const again = hellos.get(key)
    if (again !== undefined) return again
    if (now() > sweptAt + config.keyPackageLifetimeMs) void sweepHellos().catch(() => undefined)
    const entry = seen === undefined ? addEntry(idle) : await entryOf(hex(decode(seenHello, seen.bytes).session))
    if (entry === undefined) throw new TwofoldError('PEER_REPLAYED', 'that ClientHello was used before')
    hellos.set(key, entry)
    return entry
  }

  /** KeyPackages that were seen are remembered until they expire; stored hellos whose time is over are erased. */
  async function sweepHellos(): Promise<void> {
    sweptAt = now()
    for (const id of await store.list()) {
      if (!id.startsWith('hello/')) continue
      const stored = await store.load(id)
      if (stored === undefined) continue
      const { expiresAt, session } = decode(seenHello, stored.bytes)
      if (Number(expiresAt) > now()) continue
      await store.forget(id)
      const entry = await entryOf(hex(session))
      if (entry?.driver.state.kind === 'awaitingConfirmation') await entry.driver.submit({ kind: 'tick', at: now() })
      if (entry?.driver.hasLinks === false) onEmpty(entry)
    }
  }

  function checkOpen(): void {
    if (closed) throw new TwofoldError('USAGE_CLOSED', 'the endpoint is closed')
  }

  async function summary(id: string): Promise<SessionSummary[]> {
    const stored = await store.load(id)
    const suite = stored === undefined ? undefined : findSuite(storedSuite(stored.bytes))
    if (stored === undefined || suite === undefined) return []
    const { engine } = await served.get(suite.id)
    const state = restore(stored.bytes, stored.revision, engine)
    if (!('session' in state)) return []
    const { session, kind } = { session: state.session, kind: state.kind }
    return [
      {
        session: hex(session.id),
        role: session.role,
        suite,
        epoch: session.epoch,
        peer: session.peer.identity,
        unconfirmed: kind === 'awaitingConfirmation',
      },
    ]
  }

  const self: Endpoint = {
    connect,
    listen,
    async sessions() {
      const ids = (await store.list()).filter((id) => id.startsWith('session/'))
      return (await Promise.all(ids.map(summary))).flat()
    },
    async forget(session) {
      const entry = await entryOf(session)
      if (entry !== undefined) await forgetEntry(entry)
    },
    async close() {
      closed = true
      for (const listener of listeners) await listener.close()
      const open = [...entries]
      await Promise.all(open.map((entry) => entry.channel?.channel.close()))
      await Promise.all(
        open.map((entry) => entry.driver.submit({ kind: 'command', at: now(), command: { name: 'close' } })),
      )
      for (const entry of open) drop(entry)
    },
    [Symbol.asyncDispose]: () => self.close(),
  }
  return self
}

function sizesOf(suite: CryptoSuite): Parameters<typeof maxHandshakeFrame>[0] {
  const { kem } = suite.hpke
  return {
    kemPublicKey: kem.Npk,
    enc: kem.Nenc,
    signaturePublicKey: suite.signature.Npk,
    signature: suite.signature.Nsig,
    hash: suite.hash.Nh,
  }
}

/** An endpoint for one channel: closing the channel is enough. */
export async function connect(options: EndpointOptions & ConnectOptions): Promise<Channel> {
  const { transport, expected, session, signal, ...rest } = options
  const given = { transport, ...defined({ expected, session, signal }) }
  return endpoint(rest).connect(given)
}

/** An endpoint that only listens. */
export async function listen(options: EndpointOptions & ListenOptions): Promise<ChannelListener> {
  const { transport, signal, onFailure, ...rest } = options
  return endpoint(rest).listen({ transport, ...defined({ signal, onFailure }) })
}

function defined<T extends object>(fields: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]?: Exclude<T[Key], undefined>
  }
}
