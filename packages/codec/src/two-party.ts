import type { Epoch, SuiteId } from './brands.ts'
import { type Codec, decode, encode } from './codec.ts'
import { constant, preceded, struct } from './combinators.ts'
import { DecodeError } from './error.ts'
import { maxFrame, recordHeaderLength } from './limits.ts'
import { epoch, opaque, rest, suiteId, uint8, uint16, uint32 } from './primitives.ts'

/**
 * docs/protocol.md, messages:  enum { client_hello(1), ..., close(10), (255) } MessageType. Types of others survive as
 * numbers.
 */
export const messageType = {
  client_hello: 1,
  server_hello: 2,
  connection_update: 3,
  epoch_key_update: 4,
  resumption_request: 5,
  resumption_response: 6,
  hello_retry: 7,
  record: 8,
  alert: 9,
  close: 10,
} as const

export type MessageType = (typeof messageType)[keyof typeof messageType]

/** The only version of the frame. */
export const frameVersion = 1

/** docs/protocol.md, messages:  struct { uint8 version = 1; MessageType type; opaque body[rest]; } TwoPartyMessage */
export interface TwoPartyMessage {
  /** A `MessageType`, or a number that we do not know. */
  readonly type: number
  readonly body: Uint8Array
}
export const twoPartyMessage: Codec<TwoPartyMessage> = preceded(
  constant(uint8, frameVersion, 'DECODE_UNKNOWN_VERSION'),
  struct<TwoPartyMessage>('TwoPartyMessage', { type: uint8, body: rest(maxFrame - 2) }),
)

/** One frame. Throws RangeError for a type that is no uint8 or a frame longer than `maxFrame`. */
export function encodeFrame(type: number, body: Uint8Array): Uint8Array {
  return encode(twoPartyMessage, { type, body })
}

/**
 * Takes a frame apart; the body is a copy. Throws `DECODE_UNKNOWN_VERSION`, `DECODE_TRUNCATED`,
 * `DECODE_LENGTH_OUT_OF_RANGE`.
 */
export function decodeFrame(frame: Uint8Array): TwoPartyMessage {
  return decode(twoPartyMessage, frame)
}

/** The type of a frame, without copying its body: records are told from all else by it. Throws as `decodeFrame` does. */
export function frameType(frame: Uint8Array): number {
  if (frame.length < 2) throw new DecodeError('DECODE_TRUNCATED', frame.length, 'type', 'a frame has at least 2 bytes')
  checkVersion(frame)
  return frame[1]!
}

/**
 * draft-kohbrok-mls-two-party-profile: one MLSMessage, a KeyPackage. `message` is the MLSMessage byte for byte, and the whole
 * struct; what MLS says about it is the engine's to check. So it is in the other structs that hold an MLSMessage.
 */
export interface ClientHello {
  readonly message: Uint8Array
}
export const clientHello: Codec<ClientHello> = oneMessage('ClientHello')

/** draft-kohbrok-mls-two-party-profile: one MLSMessage, a Welcome. */
export interface ServerHello {
  readonly message: Uint8Array
}
export const serverHello: Codec<ServerHello> = oneMessage('ServerHello')

/** draft-kohbrok-mls-two-party-profile: one MLSMessage, a commit. */
export interface ConnectionUpdate {
  readonly message: Uint8Array
}
export const connectionUpdate: Codec<ConnectionUpdate> = oneMessage('ConnectionUpdate')

/** draft-kohbrok-mls-two-party-profile:  struct { uint64 epoch; } EpochKeyUpdate */
export interface EpochKeyUpdate {
  readonly epoch: Epoch
}
export const epochKeyUpdate: Codec<EpochKeyUpdate> = struct('EpochKeyUpdate', { epoch })

/** draft-kohbrok-mls-two-party-profile: one MLSMessage, a commit. */
export interface ResumptionRequest {
  readonly message: Uint8Array
}
export const resumptionRequest: Codec<ResumptionRequest> = oneMessage('ResumptionRequest')

/** draft-kohbrok-mls-two-party-profile: one MLSMessage, a commit. */
export interface ResumptionResponse {
  readonly message: Uint8Array
}
export const resumptionResponse: Codec<ResumptionResponse> = oneMessage('ResumptionResponse')

/**
 * docs/protocol.md, first handshake:  struct { CipherSuite suite; opaque client_hello_hash<V>; } HelloRetry. The hash has
 * 32 to 64 bytes.
 */
export interface HelloRetry {
  readonly suite: SuiteId
  readonly clientHelloHash: Uint8Array
}
export const helloRetry: Codec<HelloRetry> = struct('HelloRetry', {
  suite: suiteId,
  clientHelloHash: opaque({ min: 32, max: 64 }),
})

/** docs/protocol.md, alerts. Codes of others survive as numbers. */
export const alertCode = {
  /** No session with that group id is held here. */
  unknown_session: 1,
  /** The authentication service refused the identity, finally. */
  rejected: 2,
  /** The sender of the commit is behind: it lost state, or the message is a late one. */
  stale: 3,
  /** Both are at the same epoch with different secrets, or one rolled back. */
  forked: 4,
  /** A message that may not be sent at this point. */
  unexpected_message: 5,
  /** Bytes that do not parse. */
  decode_error: 6,
  /** A message or record that parsed and did not verify. */
  bad_message: 7,
  /** Too many half-open attempts. */
  too_many: 8,
  /** The authentication service cannot be asked now; the same message may be sent again. */
  unavailable: 9,
  /** A hello that was not confirmed in time, or a key package whose lifetime does not hold now. */
  expired: 10,
  /** The sender's fault. */
  internal: 11,
  /** No suite that both sides allow, or another one than the signed lists lead to. */
  suite_refused: 12,
  /** A limit of the epoch's keys, of sizes or of the policy was reached. */
  limit: 13,
} as const

export type AlertCode = (typeof alertCode)[keyof typeof alertCode]

/** docs/protocol.md, alerts:  struct { uint16 code; } Alert. Every alert ends the link and nothing more. */
export interface Alert {
  /** An `AlertCode`, or a number that we do not know. */
  readonly code: number
}
export const alert: Codec<Alert> = struct('Alert', { code: uint16 })

/** docs/protocol.md, records: the byte after a record's plaintext. Types of others survive as numbers. */
export const contentType = {
  application: 1,
  data_ack: 2,
  connection_update: 3,
  epoch_key_update: 4,
  epoch_ack: 5,
  alert: 6,
  close: 7,
} as const

export type ContentType = (typeof contentType)[keyof typeof contentType]

/**
 * docs/protocol.md, records:
 * struct { uint8 version = 1; MessageType type = record; uint8 epoch; uint32 sequence_number; } RecordHeader, 7 bytes, all
 * of it the record's additional data.
 */
export interface RecordHeader {
  /** The epoch modulo 256. */
  readonly epochByte: number
  readonly sequenceNumber: number
}
export const recordHeader: Codec<RecordHeader> = preceded(
  constant(uint8, frameVersion, 'DECODE_UNKNOWN_VERSION'),
  preceded(
    constant(uint8, messageType.record),
    struct<RecordHeader>('RecordHeader', { epochByte: uint8, sequenceNumber: uint32 }),
  ),
)

/** The same bytes as by the codec, written straight: it runs for every record. Throws RangeError for what is no uint8 or uint32. */
export function encodeRecordHeader({ epochByte, sequenceNumber }: RecordHeader): Uint8Array {
  if (epochByte !== (epochByte & 0xff)) throw new RangeError('epochByte: not a uint8')
  if (sequenceNumber !== sequenceNumber >>> 0) throw new RangeError('sequenceNumber: not a uint32')
  const [a, b, c, d] = [sequenceNumber >>> 24, sequenceNumber >>> 16, sequenceNumber >>> 8, sequenceNumber]
  return Uint8Array.of(frameVersion, messageType.record, epochByte, a, b, c, d)
}

/**
 * The header of a whole record; the ciphertext begins after `recordHeaderLength` bytes. Throws `DECODE_TRUNCATED`,
 * `DECODE_UNKNOWN_VERSION`, and `DECODE_INVALID_VALUE` for a frame that is no record.
 */
export function decodeRecordHeader(frame: Uint8Array): RecordHeader {
  return decode(recordHeader, frame.subarray(0, recordHeaderLength))
}

/** The part of an epoch that a record's header shows. */
export function epochByte(epoch: Epoch): number {
  return Number(epoch & 0xffn)
}

function oneMessage(name: string): Codec<{ readonly message: Uint8Array }> {
  return struct(name, { message: rest(maxFrame - 2) })
}

function checkVersion(frame: Uint8Array): void {
  if (frame[0] !== frameVersion) {
    throw new DecodeError('DECODE_UNKNOWN_VERSION', 0, '', `version ${frame[0]} where only ${frameVersion} is known`)
  }
}
