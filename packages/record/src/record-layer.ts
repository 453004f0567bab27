import {
  type ContentType,
  decodeRecordHeader,
  type Epoch,
  encodeRecordHeader,
  epochByte,
  maxRecordPlaintext,
  recordHeaderLength,
  recordOverhead,
} from '@twofold/codec'
import { type CryptoSuite, codeOf, type MaybePromise, TwofoldError } from '@twofold/interface'
import { recordNonce, type TrafficKeys, trafficKeys } from './key-schedule.ts'
import { maxFailedOpenings, previousAfterNewerMs, previousAtMostMs, recordLimit, urgentFrom } from './limits.ts'
import { map } from './maybe.ts'
import { inOrder, type ReplayGuard, slidingWindow } from './replay.ts'

/** A record that opened. */
export interface OpenedRecord {
  readonly epoch: Epoch
  /** A `ContentType`, or a number that we do not know. */
  readonly type: number
  /** Fresh bytes. */
  readonly plaintext: Uint8Array
  /** Whether it is the first that opened under that epoch on this link. */
  readonly first: boolean
}

/** What the keys of the newest epoch have carried, both directions together. */
export interface RecordUsage {
  readonly bytes: number
  readonly records: number
  /** Near the limit of the AEAD or of the sequence numbers. */
  readonly urgent: boolean
}

export interface RecordLayerOptions {
  readonly suite: CryptoSuite
  /** Whether the link keeps the order of frames: then a gap is an error, else a window of 1024 decides. */
  readonly ordered: boolean
}

/**
 * Record protection on one link (docs/protocol.md, records). It holds keys and counters, no clock and no socket: `at` is the
 * time in ms. Calls of one direction must not overlap when the suite is asynchronous.
 */
export interface RecordLayer {
  /**
   * Installs a traffic secret, which is borrowed. Write keys replace older ones at once; of the read keys the two newest epochs stay, and a
   * secret for an epoch that is there replaces it.
   */
  install(epoch: Epoch, direction: 'read' | 'write', secret: Uint8Array, at: number): MaybePromise<void>
  /** The epoch that `seal` protects under; undefined before the first write keys. */
  readonly writeEpoch: Epoch | undefined
  /** Whether any read keys are there. */
  readonly canRead: boolean
  /**
   * Gives the whole frame, `recordOverhead` and `padding` bytes longer than the plaintext. Throws `USAGE_INVALID_ARGUMENT` above 64 KiB and
   * `USAGE_LIMIT_REACHED` at the limit of the key, where the channel has to close.
   */
  seal(type: ContentType, plaintext: Uint8Array, padding?: number): MaybePromise<Uint8Array>
  /**
   * Opens a frame. On an ordered link whatever does not open throws `PEER_BAD_RECORD`, `CRYPTO_FAILED` or `DECODE_…` and the link is over; on an
   * unordered one it gives undefined and nothing happened.
   */
  open(frame: Uint8Array, at: number): MaybePromise<OpenedRecord | undefined>
  usage(): RecordUsage
  /** Erases what `at` makes too old. Gives the time of the next erasure, if there is one. */
  tick(at: number): number | undefined
  /** Forgets all keys. */
  wipe(): void
}

interface WriteState {
  readonly epoch: Epoch
  readonly keys: TrafficKeys
  next: number
}

interface ReadState {
  readonly epoch: Epoch
  readonly keys: TrafficKeys
  readonly guard: ReplayGuard
  records: number
  /** When it is erased, because a newer epoch has taken over. */
  eraseAt: number
}

export function recordLayer(options: RecordLayerOptions): RecordLayer {
  const { suite, ordered } = options
  const limit = recordLimit(suite.aead.id)
  let write: WriteState | undefined
  let reads: ReadState[] = []
  let failed = 0
  let bytes = 0
  let records = 0

  function count(length: number): void {
    bytes += length
    records += 1
  }

  function setWrite(epoch: Epoch, keys: TrafficKeys, at: number): void {
    write?.keys.iv.fill(0)
    // Only now is the older epoch the previous one: read keys alone may be those of a pending epoch, confirmed much later.
    for (const read of reads) if (read.epoch < epoch) read.eraseAt = Math.min(read.eraseAt, eraseLatest(at))
    write = { epoch, keys, next: 0 }
    bytes = 0
    records = 0
  }

  function setRead(epoch: Epoch, keys: TrafficKeys): void {
    const guard = ordered ? inOrder() : slidingWindow()
    const others = reads.filter((read) => read.epoch !== epoch)
    const all = [...others, { epoch, keys, guard, records: 0, eraseAt: Number.POSITIVE_INFINITY }]
    all.sort((a, b) => (a.epoch < b.epoch ? -1 : 1))
    const keep = all.slice(-2)
    for (const read of reads) if (!keep.includes(read)) read.keys.iv.fill(0)
    reads = keep
  }

  /** An ordered link erases by the next record; there the previous epoch may be needed for long, when little is sent. */
  function eraseLatest(at: number): number {
    return ordered ? Number.POSITIVE_INFINITY : at + previousAtMostMs
  }

  function erase(at: number): void {
    for (const read of reads) if (read.eraseAt <= at) read.keys.iv.fill(0)
    reads = reads.filter((read) => read.eraseAt > at)
  }

  function newerOpened(epoch: Epoch, at: number): void {
    for (const read of reads) {
      if (read.epoch < epoch) read.eraseAt = Math.min(read.eraseAt, ordered ? at : at + previousAfterNewerMs)
    }
    erase(at)
  }

  function accept(read: ReadState, sequenceNumber: number, inner: Uint8Array, at: number): OpenedRecord {
    const content = contentOf(inner)
    read.guard.record(sequenceNumber)
    const first = read.records === 0
    read.records += 1
    if (first) newerOpened(read.epoch, at)
    count(inner.length)
    return { epoch: read.epoch, first, ...content }
  }

  function find(frame: Uint8Array): { read: ReadState; sequenceNumber: number } {
    if (frame.length < recordOverhead || frame.length > maxRecordPlaintext + recordOverhead)
      throw badRecord('a record of a length that cannot be')
    const { epochByte: low, sequenceNumber } = decodeRecordHeader(frame)
    const read = reads.find((candidate) => epochByte(candidate.epoch) === low)
    if (read === undefined) throw badRecord('a record of an epoch that has no keys here')
    if (!read.guard.fits(sequenceNumber)) throw badRecord('a record that is missing, or comes again')
    return { read, sequenceNumber }
  }

  function openStrict(frame: Uint8Array, at: number): MaybePromise<OpenedRecord> {
    const { read, sequenceNumber } = find(frame)
    const header = frame.subarray(0, recordHeaderLength)
    const nonce = recordNonce(read.keys.iv, sequenceNumber)
    const inner = read.keys.aead.open(nonce, header, frame.subarray(recordHeaderLength))
    return map(inner, (opened) => accept(read, sequenceNumber, opened, at))
  }

  function tolerate(error: unknown): undefined {
    const code = codeOf(error) ?? ''
    if (ordered || !(code === 'PEER_BAD_RECORD' || code === 'CRYPTO_FAILED' || code.startsWith('DECODE_'))) throw error
    failed += 1
    if (failed >= maxFailedOpenings)
      throw new TwofoldError('USAGE_LIMIT_REACHED', 'too many records did not open on this link')
    return undefined
  }

  return {
    install(epoch, direction, secret, at) {
      return map(trafficKeys(suite, secret), (keys) =>
        direction === 'write' ? setWrite(epoch, keys, at) : setRead(epoch, keys),
      )
    },
    get writeEpoch() {
      return write?.epoch
    },
    get canRead() {
      return reads.length > 0
    },
    seal(type, plaintext, padding = 0) {
      if (write === undefined) throw new TwofoldError('USAGE_NOT_NOW', 'there are no keys to write under yet')
      if (plaintext.length + padding > maxRecordPlaintext) {
        throw new TwofoldError('USAGE_INVALID_ARGUMENT', `a record holds at most ${maxRecordPlaintext} bytes`)
      }
      if (write.next >= limit)
        throw new TwofoldError('USAGE_LIMIT_REACHED', 'the keys of this epoch have protected all they may')
      const sequenceNumber = write.next
      write.next += 1
      count(plaintext.length)
      return sealWith(
        write.keys,
        encodeRecordHeader({ epochByte: epochByte(write.epoch), sequenceNumber }),
        sequenceNumber,
        inner(type, plaintext, padding),
      )
    },
    open(frame, at) {
      try {
        const opened = openStrict(frame, at)
        return opened instanceof Promise ? opened.catch(tolerate) : opened
      } catch (error) {
        return tolerate(error)
      }
    },
    usage() {
      const most = Math.max(write?.next ?? 0, ...reads.map((read) => read.records))
      return { bytes, records, urgent: most >= urgentFrom(limit) }
    },
    tick(at) {
      erase(at)
      const next = Math.min(...reads.map((read) => read.eraseAt))
      return Number.isFinite(next) ? next : undefined
    },
    wipe() {
      write?.keys.iv.fill(0)
      for (const read of reads) read.keys.iv.fill(0)
      write = undefined
      reads = []
    },
  }
}

/** RFC 8446 section 5.2, TLSInnerPlaintext: content, content type, zeros. */
function inner(type: ContentType, plaintext: Uint8Array, padding: number): Uint8Array {
  const bytes = new Uint8Array(plaintext.length + 1 + padding)
  bytes.set(plaintext)
  bytes[plaintext.length] = type
  return bytes
}

function sealWith(
  keys: TrafficKeys,
  header: Uint8Array,
  sequenceNumber: number,
  plaintext: Uint8Array,
): MaybePromise<Uint8Array> {
  const ciphertext = keys.aead.seal(recordNonce(keys.iv, sequenceNumber), header, plaintext)
  return map(ciphertext, (sealed) => {
    const frame = new Uint8Array(header.length + sealed.length)
    frame.set(header)
    frame.set(sealed, header.length)
    return frame
  })
}

function contentOf(innerPlaintext: Uint8Array): { type: number; plaintext: Uint8Array } {
  let end = innerPlaintext.length - 1
  while (end >= 0 && innerPlaintext[end] === 0) end -= 1
  if (end < 0) throw badRecord('a record without a content type')
  return { type: innerPlaintext[end]!, plaintext: innerPlaintext.subarray(0, end) }
}

function badRecord(message: string): TwofoldError {
  return new TwofoldError('PEER_BAD_RECORD', message)
}
