import { maxRecordPlaintext } from '@twofold/codec'
import type { Session, SessionEvent } from '@twofold/core'
import { hex } from '@twofold/core'
import { checkOptions, findSuite, type SuiteInfo, TwofoldError } from '@twofold/interface'
import type { Channel, ChannelEnd, ChannelEvents, HandshakeFigures, Security } from './api.ts'
import type { LinkDriver } from './link.ts'
import type { SessionDriver } from './session-driver.ts'
import { callback, raceSignal, within } from './signal.ts'

/** A channel and what its endpoint tells it. */
export interface OpenChannel {
  readonly channel: Channel
  event(event: SessionEvent): void
}

export interface ChannelParts {
  readonly driver: SessionDriver
  readonly link: LinkDriver
  readonly resumed: boolean
  readonly handshake: HandshakeFigures
  readonly now: () => number
  readonly forget: () => Promise<void>
}

/** What may wait in memory until the application reads it, in bytes. */
const readAhead = 1_048_576
/** `close` waits for what was written as long as some of it leaves in this time. */
const closePatienceMs = 2_000
/** A link that a newer one is about to replace, and that nothing has replaced by then, ends at the next write. */
const silentPatienceMs = 30_000

export function openChannel(parts: ChannelParts): OpenChannel {
  const { driver, link, now } = parts
  const listeners = new Set<(event: ChannelEvents['epoch']) => void>()
  const updates = new Set<UpdateWaiter>()
  const ended = Promise.withResolvers<ChannelEnd>()
  const incoming = incomingData(() => link.end())
  const flushed = Promise.withResolvers<void>()
  let last = sessionIn(driver)
  let writing: WritableStreamDefaultController | undefined
  let writableClosed = false
  let closeSent = false
  let readableEnded = false
  let closedHere = false

  function session(): Session {
    const { state } = driver
    if ('session' in state) last = state.session
    return last
  }

  function checkOpen(): void {
    if (link.isOver) throw new TwofoldError('USAGE_CLOSED', 'the channel has ended')
  }

  async function write(data: Uint8Array): Promise<void> {
    try {
      await sendAll(data)
    } catch (error) {
      // The stream is broken from here on: `close` has nothing to wait for.
      flushed.resolve()
      throw error
    }
    await driver.reportUsage(link)
  }

  async function sendAll(data: Uint8Array): Promise<void> {
    if (!(data instanceof Uint8Array)) {
      throw new TwofoldError('USAGE_INVALID_ARGUMENT', 'a channel carries Uint8Arrays')
    }
    for (let from = 0; from < data.length; from += maxRecordPlaintext) {
      await sendChunk(data.subarray(from, from + maxRecordPlaintext))
    }
  }

  async function sendChunk(chunk: Uint8Array): Promise<void> {
    // A step in progress may be about to change the keys: its own records go first.
    const { sent } = await driver.between(async () => ({ sent: isSendable() ? link.sendData(chunk) : replaced() }))
    await sent
  }

  function isSendable(): boolean {
    checkOpen()
    if (closeSent) throw new TwofoldError('USAGE_CLOSED', 'the close of this side is on its way')
    return driver.isLive(link.id)
  }

  /** While the peer resumes on a newer link nothing is sent on this one (docs: resumption), which ends when it has. */
  async function replaced(): Promise<never> {
    if (!(await within(link.ended, silentPatienceMs))) await link.end()
    throw new TwofoldError('TRANSPORT_CLOSED', 'the session goes on over a newer link')
  }

  async function closeWritable(): Promise<void> {
    if (writableClosed || link.isOver) return
    writableClosed = true
    await driver.between(async () => {
      if (driver.isLive(link.id)) link.sendRecord('close', new Uint8Array(0))
      closeSent = true
    })
    flushed.resolve()
    endWhenBothAre()
  }

  /** Each side says by a close record that it sends no more data; when both have, the link has done its work. */
  function endWhenBothAre(): void {
    if (closeSent && readableEnded) void link.end()
  }

  /** The writes of before, and the close record behind them. */
  async function flush(): Promise<void> {
    if (channel.writable.locked) await closeWritable()
    else await channel.writable.close().catch(() => (link.isOver ? undefined : flushed.promise))
  }

  /** Waits while something leaves: a peer that does not read must not keep a channel from ending. */
  async function patiently(work: Promise<void>): Promise<void> {
    for (;;) {
      const before = link.sentBytes
      if (await within(Promise.race([work, link.ended]), closePatienceMs)) return
      if (link.sentBytes === before) return
    }
  }

  function settle({ code, error }: ChannelEnd): void {
    // Without a close record of the peer the data may have been cut short, which an attacker can bring about.
    const cut = code !== undefined || !(readableEnded || closedHere)
    const reason = error ?? new TwofoldError('TRANSPORT_CLOSED', 'the link ended without a close of the peer')
    incoming.finish(cut ? reason : undefined)
    writing?.error(new TwofoldError('USAGE_CLOSED', 'the channel has ended', { cause: error }))
    flushed.resolve()
    for (const update of updates)
      update.reject(new TwofoldError('USAGE_CLOSED', 'the channel has ended', { cause: error }))
    updates.clear()
    ended.resolve(cut ? { code: code ?? 'TRANSPORT_CLOSED', error: reason } : { code: undefined, error: undefined })
  }

  function request(): Promise<void> {
    return driver.submit({ kind: 'command', at: now(), command: { name: 'update' } })
  }

  async function update(options: { readonly signal?: AbortSignal } = {}): Promise<bigint> {
    checkOptions(options, ['signal'], 'update')
    options.signal?.throwIfAborted()
    checkOpen()
    const { promise, resolve, reject } = Promise.withResolvers<bigint>()
    const waiter = { after: newestEpoch(session()), resolve, reject }
    updates.add(waiter)
    try {
      request().catch(reject)
      return await raceSignal(promise, options.signal)
    } finally {
      updates.delete(waiter)
    }
  }

  function event(happened: SessionEvent): void {
    if (happened.name === 'epoch') {
      session()
      for (const listener of listeners) callback(() => listener({ epoch: happened.epoch }))
    }
    if (happened.name === 'updated') {
      for (const waiter of updates) if (happened.epoch > waiter.after) void afterStep(waiter, happened.epoch)
    }
    // The loser of a crossing makes its commit again, in the new epoch.
    if (happened.name === 'superseded' && updates.size > 0) request().catch(() => undefined)
  }

  /** So that the `epoch` event of the same step comes first. */
  async function afterStep(waiter: UpdateWaiter, epoch: bigint): Promise<void> {
    await driver.idle()
    waiter.resolve(epoch)
  }

  driver.sink(link.id, {
    data: (bytes) => incoming.push(bytes),
    end() {
      readableEnded = true
      incoming.finish(undefined)
      endWhenBothAre()
    },
  })
  void link.ended.then(settle)

  const channel: Channel = {
    session: hex(last.id),
    role: last.role,
    suite: suiteOf(last),
    peer: {
      identity: last.peer.identity,
      credential: last.peer.credential,
      signatureKey: last.peer.signatureKey.slice(),
    },
    resumed: parts.resumed,
    handshake: parts.handshake,
    remote: link.connection.properties.remote,
    get epoch() {
      return session().epoch
    },
    readable: incoming.readable,
    writable: new WritableStream<Uint8Array>({
      start: (controller) => {
        writing = controller
      },
      write,
      close: closeWritable,
      abort: () => link.end(),
    }),
    closed: ended.promise,
    async export(label, context, length) {
      checkExport(label, length)
      return driver.between(async () => {
        checkOpen()
        const { engine, current } = session()
        if (current === undefined) throw new TwofoldError('USAGE_EXPORT_UNAVAILABLE', 'no epoch is in force yet')
        return engine.export(current, label, context, length)
      })
    },
    update,
    security: () => securityOf(session()),
    on(name, listener) {
      if (name !== 'epoch')
        throw new TwofoldError('USAGE_INVALID_ARGUMENT', `a channel has no event "${String(name)}"; it has: epoch`)
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async close() {
      closedHere = true
      await patiently(flush())
      await link.end()
      await ended.promise
    },
    forget: parts.forget,
    [Symbol.asyncDispose]: () => channel.close(),
  }
  return { channel, event }
}

interface UpdateWaiter {
  /** A commit that was made before the call renews nothing for the caller. */
  readonly after: bigint
  resolve(epoch: bigint): void
  reject(error: unknown): void
}

function newestEpoch(session: Session): bigint {
  return session.pending?.epoch ?? session.epoch
}

interface IncomingData {
  readonly readable: ReadableStream<Uint8Array>
  push(bytes: Uint8Array): Promise<void>
  /** Ends it, or breaks it with an error. */
  finish(error: unknown): void
}

function incomingData(cancelled: () => Promise<void>): IncomingData {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  let more = Promise.withResolvers<void>()
  let finished = false
  const readable = new ReadableStream<Uint8Array>(
    {
      start: (given) => {
        controller = given
      },
      pull: () => {
        more.resolve()
        more = Promise.withResolvers<void>()
      },
      cancel: () => {
        finished = true
        more.resolve()
        return cancelled()
      },
    },
    { highWaterMark: readAhead, size: (chunk) => chunk.length },
  )
  return {
    readable,
    async push(bytes) {
      if (finished) return
      controller?.enqueue(bytes)
      while (!finished && (controller?.desiredSize ?? 1) <= 0) await more.promise
    },
    finish(error) {
      if (finished) return
      finished = true
      more.resolve()
      if (error === undefined) controller?.close()
      else controller?.error(error)
    },
  }
}

function sessionIn(driver: SessionDriver): Session {
  if ('session' in driver.state) return driver.state.session
  throw new TwofoldError('BUG_INVARIANT', 'a channel without a session; please report this')
}

function suiteOf(session: Session): SuiteInfo {
  const info = findSuite(session.suite)
  if (info === undefined) throw new TwofoldError('BUG_INVARIANT', 'a session of an unknown suite; please report this')
  return info
}

/** The labels of record protection are not for applications: they would give the traffic secrets away. */
function checkExport(label: string, length: number): void {
  if (label.startsWith('MLS-TLS'))
    throw new TwofoldError('USAGE_RESERVED_LABEL', 'labels that begin with "MLS-TLS" are for records')
  if (!Number.isInteger(length) || length < 1 || length > 0xffff) {
    throw new TwofoldError('USAGE_INVALID_ARGUMENT', 'the length of an export is 1 to 65535 bytes')
  }
}

function securityOf(session: Session): Security {
  const suite = suiteOf(session)
  const { own, peerAfter, peerBefore } = session.freshness
  return {
    suite,
    postQuantumConfidentiality: suite.postQuantum !== 'none',
    postQuantumAuthentication: suite.postQuantumSignature,
    epoch: session.epoch,
    own: { madeAt: own },
    peer: { madeAfter: peerAfter, madeBefore: peerBefore },
  }
}
