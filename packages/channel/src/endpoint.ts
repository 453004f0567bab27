import { commitHeader, maxHandshakeFrame, maxRecordFrame } from '@twofold/codec'
import { hex, type LinkId, restore, type SessionEvent, storedSuite } from '@twofold/core'
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
import { asPeerSees, whyFailed } from './attempt-errors.ts'
import { openChannel } from './channel.ts'
import { engines, environment } from './engines.ts'
import { halfOpenLimits } from './half-open.ts'
import { channelInbox } from './inbox.ts'
import { type LinkDriver, type LinkInput, linkDriver } from './link.ts'
import { type Entry, type Held, sessionRegistry } from './registry.ts'
import type { SessionContext } from './session-driver.ts'
import { requireOptions, settingsOf } from './settings.ts'
import { callback, raceSignal } from './signal.ts'

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
  const registry = sessionRegistry(context, onEvent)
  const { entries, drop } = registry
  const listeners = new Set<ChannelListener>()
  const links = new Set<LinkDriver>()
  const closing = new AbortController()
  let nextLink = 1

  function onEvent(entry: Entry, event: SessionEvent): void {
    if (event.name === 'connected' || event.name === 'resumed') {
      entry.leave?.()
      openOn(entry, event.link, event.name === 'resumed')
    }
    if (event.name === 'failed') {
      const error = new TwofoldError(event.code, whyFailed(event.code))
      entry.attempts.get(event.link)?.found.reject(error)
    }
    entry.channel?.event(event)
  }

  /** A link may end in the middle of the step that would make it a channel. */
  function openOn(entry: Entry, id: LinkId, resumed: boolean): void {
    const { driver } = entry
    const link = driver.link(id)
    if (link === undefined || link.isOver) return
    const startedAt = entry.attempts.get(id)?.startedAt ?? link.openedAt
    const handshake = { sentBytes: link.sentBytes, receivedBytes: link.receivedBytes, ms: now() - startedAt }
    const open = openChannel({ driver, link, resumed, handshake, now, forget: () => self.forget(open.channel.session) })
    entry.channel = open
    void open.channel.closed.then(() => {
      if (entry.channel === open) entry.channel = undefined
    })
    entry.attempts.get(id)?.found.resolve(open.channel)
    entry.attempts.delete(id)
  }

  async function newLink(connection: Connection): Promise<LinkDriver> {
    try {
      const largest = await largestFrames(connection)
      checkOpen()
      nextLink += 1
      const link = linkDriver(nextLink, connection, now, largest)
      links.add(link)
      void link.ended.then(() => links.delete(link))
      return link
    } catch (error) {
      await connection.close(error).catch(() => undefined)
      throw error
    }
  }

  /** The longest frame in clear that the suites need, which the connection has to carry. */
  async function largestFrames({ properties: { maxFrame } }: Connection): Promise<number> {
    const largest = Math.max(...(await Promise.all(config.suites.map(largestFrame))))
    if (maxFrame >= Math.max(largest, maxRecordFrame)) return largest
    throw new TwofoldError(
      'TRANSPORT_FRAME_TOO_LARGE',
      `the transport carries frames of ${maxFrame} bytes, and these suites need ${largest}`,
    )
  }

  async function largestFrame(id: (typeof config.suites)[number]): Promise<number> {
    return maxHandshakeFrame(sizesOf((await served.get(id)).suite))
  }

  async function connect(given: ConnectOptions): Promise<Channel> {
    checkOptions(given, ['transport', 'expected', 'session', 'signal'], 'connect')
    requireOptions(given, ['transport'], 'connect')
    checkOpen()
    const { signal: userSignal } = given
    userSignal?.throwIfAborted()
    const timeout = AbortSignal.timeout(config.handshakeTimeoutMs)
    const signal = AbortSignal.any([timeout, closing.signal, ...(userSignal === undefined ? [] : [userSignal])])
    const attempted = attempt(given, signal)
    try {
      return await raceSignal(attempted, signal)
    } catch (error) {
      // One that gets through all the same is nobody's.
      void attempted.then((channel) => channel.close()).catch(() => undefined)
      if (signal.reason !== timeout.reason || !timeout.aborted) throw error
      throw new TwofoldError('PEER_TIMEOUT', `no channel within ${config.handshakeTimeoutMs} ms`, { cause: error })
    }
  }

  async function attempt(given: ConnectOptions, signal: AbortSignal): Promise<Channel> {
    const startedAt = now()
    const { entry, release } = await entryFor(given)
    try {
      signal.throwIfAborted()
      const link = await dial(given.transport, signal)
      return await handshake(entry, link, given, startedAt, signal)
    } finally {
      release()
    }
  }

  async function entryFor({ session, expected }: ConnectOptions): Promise<Held> {
    if (session === undefined) return registry.begin()
    const held = await registry.session(session)
    if (held === undefined) {
      throw new TwofoldError(
        'USAGE_NO_SESSION',
        'the store has no such session; connect without one for a first handshake',
      )
    }
    const { state } = held.entry.driver
    if (expected === undefined || !('session' in state) || state.session.peer.identity === expected) return held
    held.release()
    throw new TwofoldError('AUTH_REJECTED', 'the session is with another peer than the one that is expected')
  }

  /** A transport that does not heed the signal must not hold anything up. */
  async function dial(transport: Transport, signal: AbortSignal): Promise<LinkDriver> {
    const dialing = transport.connect({ signal })
    try {
      return await newLink(await raceSignal(dialing, signal))
    } catch (error) {
      void dialing.then((connection) => connection.close(error)).catch(() => undefined)
      throw error
    }
  }

  async function handshake(
    entry: Entry,
    link: LinkDriver,
    { session, expected }: ConnectOptions,
    startedAt: number,
    signal: AbortSignal,
  ): Promise<Channel> {
    const found = expectChannel(entry, link, startedAt)
    let hasFailed = false
    found.catch(() => {
      hasFailed = true
    })
    try {
      await raceSignal(entry.driver.attach(link), signal)
      const name = session === undefined ? 'hello' : 'resume'
      const command = { name, link: link.id, ...(expected === undefined ? {} : { expected }) } as const
      await raceSignal(entry.driver.submit({ kind: 'command', at: now(), command }), signal)
      return await raceSignal(found, signal)
    } catch (error) {
      // Where the protocol ended the attempt it ends the link too, after an alert.
      if (!hasFailed) void link.end()
      await link.ended
      throw error
    }
  }

  /** The channel that the link becomes, or why it ended without. */
  function expectChannel(entry: Entry, link: LinkDriver, startedAt: number): Promise<Channel> {
    const found = Promise.withResolvers<Channel>()
    found.promise.catch(() => undefined)
    entry.attempts.set(link.id, { startedAt, found })
    void link.ended.then(({ error }) => {
      found.reject(error ?? new TwofoldError('TRANSPORT_CLOSED', 'the link ended before the handshake was done'))
      entry.attempts.delete(link.id)
    })
    return found.promise
  }

  async function listen(given: ListenOptions): Promise<ChannelListener> {
    checkOptions(given, ['transport', 'signal', 'onFailure'], 'listen')
    requireOptions(given, ['transport'], 'listen')
    checkOpen()
    given.signal?.throwIfAborted()
    await raceSignal(registry.sweep(), given.signal)
    const listener = await given.transport.listen(given.signal === undefined ? {} : { signal: given.signal })
    if (closing.signal.aborted) await listener.close()
    checkOpen()
    const inbox = channelInbox()
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
    void accept()
    return channels

    async function accept(): Promise<void> {
      try {
        for await (const connection of listener) void welcome(connection)
      } catch (error) {
        failed(listener.address, error)
      } finally {
        listeners.delete(channels)
        inbox.end()
      }
    }

    async function welcome(connection: Connection): Promise<void> {
      const { remote } = connection.properties
      try {
        await greet(connection, inbox.push, (error) => failed(remote, error))
      } catch (error) {
        failed(remote, error)
      }
    }

    function failed(remote: string, error: unknown): void {
      const { onFailure } = given
      if (onFailure !== undefined)
        callback(() => onFailure({ code: codeOf(error) ?? 'TRANSPORT_FAILED', remote, error }))
    }
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
      const first = await firstInput(link)
      if (first === undefined) await link.end()
      else await routed(link, first, push, failed, leave)
      if (first === undefined) leave()
    } catch (error) {
      leave?.()
      void link.end(codeOf(error) ?? 'TRANSPORT_FAILED', error)
      throw error
    }
  }

  async function firstInput(link: LinkDriver): Promise<LinkInput | undefined> {
    const timeout = AbortSignal.timeout(config.handshakeTimeoutMs)
    try {
      return await raceSignal(link.read(), timeout)
    } catch (error) {
      if (error !== timeout.reason) throw error
      throw new TwofoldError('PEER_TIMEOUT', 'the peer sent nothing', { cause: error })
    }
  }

  async function routed(
    link: LinkDriver,
    first: LinkInput,
    push: (channel: Channel) => void,
    failed: (error: unknown) => void,
    leave: () => void,
  ): Promise<void> {
    const { entry, release } = await route(first)
    const found = expectChannel(entry, link, now())
    try {
      await entry.driver.attach(link, first)
    } finally {
      release()
    }
    found.then(push, failed)
    found.then(leave, () => keepPlace(entry, leave))
  }

  /** A hello that is stored and not confirmed stays half-open without a link; replaying it takes no second place. */
  async function keepPlace(entry: Entry, leave: () => void): Promise<void> {
    // The answer about it may be under way while its link ends.
    await entry.driver.idle()
    const stored = entry.driver.state.kind === 'awaitingConfirmation' && entries.has(entry) && entry.leave === undefined
    if (stored) entry.leave = leave
    else leave()
  }

  async function route(first: LinkInput): Promise<Held> {
    if (first.kind !== 'frame') throw new TwofoldError('PEER_UNEXPECTED_MESSAGE', 'a record came before any handshake')
    const { content, body } = first
    if (content !== 'client_hello' && content !== 'resumption_request')
      throw new TwofoldError('PEER_UNEXPECTED_MESSAGE', 'a link begins with a hello or a request')
    const isHello = content === 'client_hello'
    const finding = isHello ? registry.hello(body) : registry.session(hex(commitHeader(body).groupId))
    const held = await finding.catch(asPeerSees)
    if (held !== undefined) return held
    if (isHello) throw new TwofoldError('PEER_REPLAYED', 'that ClientHello was used before')
    throw new TwofoldError('PEER_UNKNOWN_SESSION', 'the peer asks for a session that is not held here')
  }

  function checkOpen(): void {
    if (closing.signal.aborted) throw new TwofoldError('USAGE_CLOSED', 'the endpoint is closed')
  }

  /** Also what cannot be read any more can be forgotten. */
  async function forget(session: string): Promise<void> {
    const held = await registry.session(session).catch(() => undefined)
    if (held === undefined) return store.forget(`session/${session}`)
    try {
      await held.entry.driver.submit({ kind: 'command', at: now(), command: { name: 'forget' } })
      drop(held.entry)
    } finally {
      held.release()
    }
  }

  async function summary(id: string): Promise<SessionSummary[]> {
    const stored = await store.load(id)
    const suite = stored === undefined ? undefined : findSuite(storedSuite(stored.bytes))
    if (stored === undefined || suite === undefined) return []
    if (!crypto.suites.includes(suite.id)) return []
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
    forget,
    async close() {
      closing.abort(new TwofoldError('USAGE_CLOSED', 'the endpoint is closed'))
      await Promise.all([...listeners].map((listener) => listener.close()))
      const open = [...entries]
      await Promise.all(open.map((entry) => entry.channel?.channel.close()))
      await Promise.all(
        open.map((entry) => entry.driver.submit({ kind: 'command', at: now(), command: { name: 'close' } })),
      )
      await Promise.all([...links].map((link) => link.end()))
      for (const entry of entries) drop(entry)
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
