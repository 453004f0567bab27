import {
  alert as alertCodec,
  contentType,
  decodeFrame,
  type Epoch,
  encode,
  encodeFrame,
  frameType,
  messageType,
} from '@twofold/codec'
import {
  alertFor,
  type ContentName,
  frameContent,
  frameNumber,
  type LinkId,
  recordContent,
  recordNumber,
} from '@twofold/core'
import { codeOf, type ErrorCode, type MaybePromise, TwofoldError } from '@twofold/interface'
import type { Connection } from '@twofold/interface/io'
import type { RecordLayer } from '@twofold/record'
import { within } from './signal.ts'

/** What a link read, in terms of core. */
export type LinkInput =
  | { readonly kind: 'frame'; readonly content: ContentName; readonly body: Uint8Array }
  | { readonly kind: 'record'; readonly content: ContentName; readonly body: Uint8Array; readonly epoch: Epoch }
  | { readonly kind: 'data'; readonly body: Uint8Array; readonly epoch: Epoch; readonly first: boolean }

/** Why a link ended; `code` is undefined when one side closed it in order. */
export interface LinkEnd {
  readonly code: ErrorCode | undefined
  readonly error: unknown
}

/**
 * One connection with its record layer: it turns frames into what core and the channel work with, and back. Everything
 * that is sent goes through one chain, so that records leave in the order in which they were sealed.
 */
export interface LinkDriver {
  readonly id: LinkId
  readonly connection: Connection
  readonly openedAt: number
  /** Set when the suite is known, at the first keys. */
  records: RecordLayer | undefined
  readonly sentBytes: number
  readonly receivedBytes: number
  readonly ended: Promise<LinkEnd>
  /** It has ended or is about to: nothing is sent or read any more. */
  readonly isOver: boolean
  /** The next thing that was read; undefined at the peer's end. Throws what is the peer's fault. */
  read(): Promise<LinkInput | undefined>
  /** Whether this fault of a frame in clear is no reason to end the link. */
  forgives(error: unknown): boolean
  sendFrame(content: ContentName, body: Uint8Array): void
  sendRecord(content: ContentName, body: Uint8Array): void
  /** Seals application data at once, and resolves when the connection can take more. */
  sendData(data: Uint8Array): Promise<void>
  /** Sends the alert that belongs to `code`, if any, and ends the connection after everything that was sent before. */
  end(code?: ErrorCode, error?: unknown): Promise<void>
}

/** A peer that does not read must not keep a link from ending. */
const endPatienceMs = 2_000

export function linkDriver(id: LinkId, connection: Connection, now: () => number, maxClearFrame: number): LinkDriver {
  const reader = connection.readable.getReader()
  const writer = connection.writable.getWriter()
  const over = Promise.withResolvers<LinkEnd>()
  const isLossy = !(connection.properties.ordered && connection.properties.reliable)
  let chain: Promise<unknown> = Promise.resolve()
  let ending: Promise<void> | undefined
  let broken: { readonly error: unknown } | undefined
  let hasOpened = false
  let sentBytes = 0
  let receivedBytes = 0

  /** The place in the chain is taken at once, when an asynchronous suite seals several records at a time as well. */
  function post(frame: MaybePromise<Uint8Array>): Promise<void> {
    const sent = chain.then(() => frame).then(write)
    // One that fails before its turn is heard of in its turn.
    if (frame instanceof Promise) frame.catch(() => undefined)
    chain = sent.catch(broke)
    return sent
  }

  async function write(bytes: Uint8Array): Promise<void> {
    if (broken !== undefined) throw broken.error
    await writer.ready
    sentBytes += bytes.length
    // The promise of a write settles when the transport is done with it: `ready` alone is back-pressure.
    writer.write(bytes).catch(broke)
    await writer.ready
  }

  /** Nothing can be sent any more. What the peer sent before, its close perhaps, is still read for a while. */
  function broke(error: unknown): void {
    if (broken !== undefined || ending !== undefined) return
    broken = { error }
    void within(over.promise, endPatienceMs).then(() => link.end(codeOf(error) ?? 'TRANSPORT_CLOSED', error))
  }

  async function finish(code: ErrorCode | undefined, error: unknown): Promise<void> {
    const alerted = code !== undefined && sendAlert(code)
    const flushed = await within(chain, endPatienceMs)
    link.records?.wipe()
    over.resolve({ code, error })
    // A reset could overtake the alert.
    if (flushed && (code === undefined || alerted)) await closeInOrder()
    else await breakOff(error)
  }

  async function closeInOrder(): Promise<void> {
    if (!(await within(connection.close(), endPatienceMs))) await breakOff(undefined)
  }

  async function breakOff(error: unknown): Promise<void> {
    const reason = error ?? new TwofoldError('TRANSPORT_CLOSED', 'the peer did not take what was sent')
    await within(connection.close(reason), endPatienceMs)
  }

  function sendAlert(code: ErrorCode): boolean {
    const number = alertFor(code)
    if (number === undefined || broken !== undefined) return false
    const body = encode(alertCodec, { code: number })
    try {
      const isProtected = link.records?.writeEpoch !== undefined
      const frame = isProtected ? seal('alert', body) : encodeFrame(frameNumber('alert'), body)
      post(frame).catch(() => undefined)
      return true
    } catch {
      // At the limit of the keys there is no alert either.
      return false
    }
  }

  function seal(content: ContentName | 'application', body: Uint8Array): MaybePromise<Uint8Array> {
    if (link.records === undefined) throw new TwofoldError('TRANSPORT_CLOSED', 'the link has no keys')
    return link.records.seal(content === 'application' ? contentType.application : recordNumber(content), body)
  }

  async function parse(frame: Uint8Array): Promise<LinkInput | undefined> {
    let isRecord = false
    try {
      isRecord = frameType(frame) === messageType.record
      return isRecord ? await record(frame) : clearFrame(frame)
    } catch (error) {
      if (!isRecord && link.forgives(error)) return undefined
      throw error
    }
  }

  function clearFrame(frame: Uint8Array): LinkInput {
    if (frame.length > maxClearFrame)
      throw new TwofoldError('PEER_FRAME_TOO_LARGE', 'a frame is longer than any handshake message of these suites')
    const { type, body } = decodeFrame(frame)
    return { kind: 'frame', content: frameContent(type), body }
  }

  async function record(frame: Uint8Array): Promise<LinkInput | undefined> {
    const { records } = link
    // On an ordered link a record cannot overtake the handshake message that makes its keys.
    if (records === undefined || !records.canRead) {
      if (!isLossy) throw new TwofoldError('PEER_UNEXPECTED_MESSAGE', 'a record came before any keys were agreed')
      return undefined
    }
    const opened = await records.open(frame, now())
    if (opened === undefined) return undefined
    hasOpened = true
    const { type, plaintext: body, epoch, first } = opened
    if (type === contentType.application) return { kind: 'data', body, epoch, first }
    return { kind: 'record', content: recordContent(type), body, epoch }
  }

  const link: LinkDriver = {
    id,
    connection,
    openedAt: now(),
    records: undefined,
    ended: over.promise,
    get sentBytes() {
      return sentBytes
    },
    get receivedBytes() {
      return receivedBytes
    },
    get isOver() {
      return ending !== undefined
    },
    async read() {
      for (;;) {
        const { value, done } = await reader.read()
        if (done || link.isOver) return undefined
        receivedBytes += value.length
        const input = await parse(value)
        if (input !== undefined) return input
      }
    },
    // Anybody can write a frame in clear into a lossy link: it must not cut one whose keys have been shown.
    forgives: (error) => isLossy && hasOpened && /^(DECODE|PEER|CRYPTO)_/.test(codeOf(error) ?? ''),
    sendFrame(content, body) {
      if (!link.isOver) post(encodeFrame(frameNumber(content), body)).catch(() => undefined)
    },
    sendRecord(content, body) {
      if (link.isOver || link.records === undefined) return
      try {
        post(seal(content, body)).catch(() => undefined)
      } catch (error) {
        void link.end(codeOf(error) ?? 'CRYPTO_FAILED', error)
      }
    },
    async sendData(data) {
      if (link.isOver || broken !== undefined) throw new TwofoldError('TRANSPORT_CLOSED', 'the link is gone')
      try {
        return await post(seal('application', data))
      } catch (error) {
        // Keys that have protected all they may end the link (docs: records).
        if (codeOf(error) === 'USAGE_LIMIT_REACHED') void link.end('USAGE_LIMIT_REACHED', error)
        throw error
      }
    },
    end(code, error) {
      ending ??= Promise.resolve().then(() => finish(code, error))
      return ending
    },
  }
  return link
}
