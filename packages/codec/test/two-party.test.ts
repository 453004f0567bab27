import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  alert,
  alertCode,
  clientHello,
  connectionUpdate,
  contentType,
  decode,
  decodeFrame,
  decodeRecordHeader,
  encode,
  encodeFrame,
  encodeRecordHeader,
  epochByte,
  epochKeyUpdate,
  frameType,
  helloRetry,
  maxFrame,
  messageType,
  recordHeader,
  recordHeaderLength,
  resumptionRequest,
  resumptionResponse,
  serverHello,
  toEpoch,
  toSuiteId,
} from '../src/index.ts'
import { decodeError } from './expect-code.ts'
import { hex, unhex } from './vectors.ts'

describe('the structs of the draft', () => {
  const holders = { clientHello, serverHello, connectionUpdate, resumptionRequest, resumptionResponse }

  it.each(Object.entries(holders))('%s is its MLSMessage and nothing else', (_, codec) => {
    const message = unhex('00010005deadbeef')
    expect(hex(encode(codec, { message }))).toBe('00010005deadbeef')
    expect(decode(codec, message)).toEqual({ message })
  })

  it('EpochKeyUpdate is 8 bytes', () => {
    expect(hex(encode(epochKeyUpdate, { epoch: toEpoch(0x0102n) }))).toBe('0000000000000102')
    decodeError('DECODE_TRAILING_BYTES', () => decode(epochKeyUpdate, new Uint8Array(9)))
  })
})

describe('frames', () => {
  it('are version, type, body', () => {
    expect(hex(encodeFrame(messageType.server_hello, unhex('aabb')))).toBe('0102aabb')
    expect(decodeFrame(unhex('0102aabb'))).toEqual({ type: messageType.server_hello, body: unhex('aabb') })
    expect(decodeFrame(unhex('010a'))).toEqual({ type: messageType.close, body: new Uint8Array() })
  })

  it('keep the numbers of unknown types', () => {
    expect(decodeFrame(unhex('01fe00')).type).toBe(0xfe)
    expect(frameType(unhex('01fe00'))).toBe(0xfe)
  })

  it('of another version are DECODE_UNKNOWN_VERSION', () => {
    for (const text of ['0002aa', '0202aa', 'ff02']) {
      expect(decodeError('DECODE_UNKNOWN_VERSION', () => decodeFrame(unhex(text))).offset).toBe(0)
      expect(decodeError('DECODE_UNKNOWN_VERSION', () => frameType(unhex(text))).offset).toBe(0)
    }
  })

  it('have two bytes at least and maxFrame at most', () => {
    for (const text of ['', '01']) {
      decodeError('DECODE_TRUNCATED', () => decodeFrame(unhex(text)))
      decodeError('DECODE_TRUNCATED', () => frameType(unhex(text)))
    }
    const longest = encodeFrame(1, new Uint8Array(maxFrame - 2))
    expect(decodeFrame(longest).body.length).toBe(maxFrame - 2)
    const longer = new Uint8Array(maxFrame + 1)
    longer.set(longest)
    decodeError('DECODE_LENGTH_OUT_OF_RANGE', () => decodeFrame(longer))
    expect(() => encodeFrame(1, new Uint8Array(maxFrame - 1))).toThrow(RangeError)
    expect(() => encodeFrame(256, new Uint8Array())).toThrow(RangeError)
  })

  it('give a body that outlives the frame', () => {
    const frame = Buffer.from('0102aabb', 'hex')
    const { body } = decodeFrame(frame)
    frame.fill(0)
    expect(hex(body)).toBe('aabb')
  })
})

describe('records', () => {
  it('have a header of 7 bytes', () => {
    const header = encodeRecordHeader({ epochByte: epochByte(toEpoch(0x1ffn)), sequenceNumber: 0x01020304 })
    expect(hex(header)).toBe('0108ff01020304')
    expect(header.length).toBe(recordHeaderLength)
  })

  it('have the header that the codec gives, and it is read as that', () => {
    const header = fc.record({ epochByte: fc.nat(0xff), sequenceNumber: fc.nat(0xffff_ffff) })
    const edges = fc
      .constantFrom(0, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff)
      .map((sequenceNumber) => ({ epochByte: 0xff, sequenceNumber }))
    fc.assert(
      fc.property(fc.oneof(header, edges), (value) => {
        expect(encodeRecordHeader(value)).toEqual(encode(recordHeader, value))
        expect(decodeRecordHeader(encodeRecordHeader(value))).toEqual(value)
      }),
    )
  })

  it('show it at the start of the whole frame', () => {
    expect(decodeRecordHeader(unhex('0108ff01020304aabbcc'))).toEqual({ epochByte: 0xff, sequenceNumber: 0x01020304 })
  })

  it('of another version, another type or fewer bytes are refused', () => {
    decodeError('DECODE_UNKNOWN_VERSION', () => decodeRecordHeader(unhex('0208ff01020304')))
    expect(decodeError('DECODE_INVALID_VALUE', () => decodeRecordHeader(unhex('0109ff01020304'))).offset).toBe(1)
    decodeError('DECODE_TRUNCATED', () => decodeRecordHeader(unhex('0108ff010203')))
  })

  it('take no sequence number that wraps', () => {
    for (const sequenceNumber of [2 ** 32, -1, 0.5, Number.NaN]) {
      expect(() => encodeRecordHeader({ epochByte: 0, sequenceNumber })).toThrow(RangeError)
    }
    for (const epochByte of [256, -1, 0.5, Number.NaN]) {
      expect(() => encodeRecordHeader({ epochByte, sequenceNumber: 0 })).toThrow(RangeError)
    }
  })
})

describe('our own structs', () => {
  it('HelloRetry', () => {
    const value = { suite: toSuiteId(0xf002), clientHelloHash: new Uint8Array(32).fill(0xaa) }
    expect(hex(encode(helloRetry, value))).toBe(`f00220${'aa'.repeat(32)}`)
    decodeError('DECODE_LENGTH_OUT_OF_RANGE', () => decode(helloRetry, unhex(`f0021f${'aa'.repeat(31)}`)))
  })

  it('Alert, whose unknown codes survive', () => {
    expect(hex(encode(alert, { code: alertCode.stale }))).toBe('0003')
    expect(decode(alert, unhex('fffe'))).toEqual({ code: 0xfffe })
  })

  it.each(Object.entries({ messageType, alertCode, contentType }))('%s are 1, 2, 3 ... in order', (_, codes) => {
    const values = Object.values(codes)
    expect(values).toEqual(values.map((_value, i) => i + 1))
  })
})
