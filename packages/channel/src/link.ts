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
  readonly isOver: boolean
  /** The next thing that was read; undefined at the peer's end. Throws what is the peer's fault. */
  read(): Promise<LinkInput | undefined>
  sendFrame(content: ContentName, body: Uint8Array): void
  sendRecord(content: ContentName, body: Uint8Array): void
  /** Seals application data at once, and resolves when the connection can take more. */
  sendData(data: Uint8Array): Promise<void>
  /** Sends the alert that belongs to `code`, if any, and ends the connection after everything that was sent before. */
  end(code?: ErrorCode, error?: unknown): Promise<void>
}

const endPatienceMs = 2_000

export function linkDriver(id: LinkId, connection: Connection, now: () => number, maxClearFrame: number): LinkDriver {
  const reader = connection.readable.getReader()
  const writer = connection.writable.getWriter()
  const over = Promise.withResolvers<LinkEnd>()
  let chain: Promise<unknown> = Promise.resolve()
  let isOver = false
  let sentBytes = 0
  let receivedBytes = 0

  function post(frame: MaybePromise<Uint8Array>): Promise<void> {
    const sent = chain.then(() => frame).then((bytes) => write(bytes))
    chain = sent.catch(() => undefined)
    return sent
  }

  async function write(bytes: Uint8Array): Promise<void> {
    sentBytes += bytes.length
    await writer.ready
    // The promise of a write settles when the transport is done with it: `ready` alone is back-pressure.
    writer.write(bytes).catch((error: unknown) => broke(error))
    await writer.ready
  }

  function broke(error: unknown): void {
    void settle(codeOf(error) ?? 'TRANSPORT_CLOSED', error)
  }

  async function settle(code: ErrorCode | undefined, error: unknown): Promise<void> {
    if (isOver) return
    isOver = true
    link.records?.wipe()
    over.resolve({ code, error })
    await connection.close(code === undefined ? undefined : error).catch(() => undefined)
  }

  function sendAlert(code: ErrorCode): void {
    const number = alertFor(code)
    if (number === undefined) return
    const body = encode(alertCodec, { code: number })
    if (link.records?.writeEpoch !== undefined) link.sendRecord('alert', body)
    else link.sendFrame('alert', body)
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
      if (connection.properties.ordered)
        throw new TwofoldError('PEER_UNEXPECTED_MESSAGE', 'a record came before any keys were agreed')
      return undefined
    }
    const opened = await records.open(frame, now())
    if (opened === undefined) return undefined
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
      return isOver
    },
    async read() {
      for (;;) {
        const { value, done } = await reader.read()
        if (done || isOver) return undefined
        receivedBytes += value.length
        const input = frameType(value) === messageType.record ? await record(value) : clearFrame(value)
        if (input !== undefined) return input
      }
    },
    sendFrame(content, body) {
      if (!isOver) post(encodeFrame(frameNumber(content), body)).catch(broke)
    },
    sendRecord(content, body) {
      if (isOver || link.records === undefined) return
      post(link.records.seal(recordNumber(content), body)).catch(broke)
    },
    async sendData(data) {
      if (isOver || link.records === undefined) throw new TwofoldError('TRANSPORT_CLOSED', 'the link is gone')
      await post(link.records.seal(contentType.application, data))
    },
    async end(code, error) {
      if (isOver) return
      if (code !== undefined) sendAlert(code)
      await patiently(chain)
      await settle(code, error)
    },
  }
  return link
}

/** A peer that does not read must not keep a link from ending. */
function patiently(chain: Promise<unknown>): Promise<unknown> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, endPatienceMs)
  })
  return Promise.race([chain, patience]).finally(() => clearTimeout(timer))
}
