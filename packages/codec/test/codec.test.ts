import { describe, expect, it } from 'vitest'
import {
  type Codec,
  checked,
  constant,
  type DecodeErrorCode,
  decode,
  encode,
  fixed,
  maxVectorLength,
  opaque,
  optional,
  preceded,
  rest,
  select,
  struct,
  uint8,
  uint16,
  uint24,
  uint32,
  uint64,
  vector,
  vectorLength,
} from '../src/index.ts'
import { decodeError } from './expect-code.ts'
import { hex, unhex } from './vectors.ts'

interface Inner {
  readonly a: number
  readonly b: Uint8Array
}
const inner: Codec<Inner> = struct('Inner', { a: uint16, b: opaque({ max: 100 }) })
const outer = struct<{ readonly list: readonly Inner[]; readonly last: number }>('Outer', {
  list: vector(inner, { max: 200 }),
  last: uint8,
})

type Shape =
  | { readonly kind: 'circle'; readonly radius: number }
  | { readonly kind: 'point' }
  | { readonly kind: 'unknown'; readonly type: number; readonly data: Uint8Array }
const shape = select<Shape>(
  'Shape',
  uint8,
  { circle: [1, struct('Circle', { radius: uint16 })], point: [2, struct('Point', {})] },
  struct('Other', { data: opaque({ max: 9 }) }),
)
type Closed = Exclude<Shape, { kind: 'unknown' }>
const closed = select<Closed>('Closed', uint8, {
  circle: [1, struct('Circle', { radius: uint16 })],
  point: [2, struct('Point', {})],
})

describe('bytes on the wire', () => {
  const table: readonly (readonly [name: string, bytes: string, codec: Codec<never>, value: unknown])[] = [
    row('uint8', 'ff', uint8, 255),
    row('uint16', '0102', uint16, 0x0102),
    row('uint24', '010203', uint24, 0x010203),
    row('uint32', 'fffefdfc', uint32, 0xfffefdfc),
    row('uint64', 'fffefdfcfbfaf9f8', uint64, 0xfffefdfcfbfaf9f8n),
    row('fixed', '010203', fixed(3), Uint8Array.of(1, 2, 3)),
    row('opaque', '03010203', opaque({ max: 3 }), Uint8Array.of(1, 2, 3)),
    row('an empty opaque', '00', opaque({ max: 3 }), new Uint8Array()),
    row('a long opaque', `4040${'00'.repeat(64)}`, opaque({ max: 64 }), new Uint8Array(64)),
    row('rest', '010203', rest(3), Uint8Array.of(1, 2, 3)),
    row('vector: its length counts bytes', '0400010002', vector(uint16, { max: 4 }), [1, 2]),
    row('a present optional', '0105', optional(uint8), 5),
    row('an absent optional', '00', optional(uint8), undefined),
    row('struct', '000702aabb', inner, { a: 7, b: Uint8Array.of(0xaa, 0xbb) }),
    row('select', '010009', shape, { kind: 'circle', radius: 9 }),
    row('select of nothing', '02', shape, { kind: 'point' }),
    row('select of what is unknown', '7f01aa', shape, { kind: 'unknown', type: 0x7f, data: Uint8Array.of(0xaa) }),
    row('constant', '0a05', preceded(constant(uint8, 10), uint8), 5),
  ]

  it.each(table)('%s', (_, bytes, codec, value) => {
    expect(hex(encode(codec, value as never))).toBe(bytes)
    expect(decode(codec, unhex(bytes))).toEqual(value)
  })

  it('a vector that was written with room for a short header gets a longer one', () => {
    const codec = vector(vector(uint8, { max: 0x8000 }), { max: 0x10000 })
    for (const size of [0, 63, 64, 0x3fff, 0x4000]) {
      const value = [new Array(size).fill(7), [1]]
      expect(decode(codec, encode(codec, value))).toEqual(value)
    }
  })
})

describe('what is refused when it is read', () => {
  const cases: readonly (readonly [string, DecodeErrorCode, Codec<never>, string, number])[] = [
    refused('trailing bytes', 'DECODE_TRAILING_BYTES', uint8, '0102', 1),
    refused('an integer cut short', 'DECODE_TRUNCATED', uint32, '010203', 0),
    refused('a header cut short', 'DECODE_TRUNCATED', opaque({ max: 99 }), '40', 1),
    refused('a missing header', 'DECODE_TRUNCATED', opaque({ max: 99 }), '', 0),
    refused('a vector longer than what is left', 'DECODE_TRUNCATED', opaque({ max: 99 }), '05aa', 0),
    refused('2 bytes of header where 1 does', 'DECODE_NON_MINIMAL_LENGTH', opaque({ max: 99 }), '400100', 0),
    refused('4 bytes of header where 2 do', 'DECODE_NON_MINIMAL_LENGTH', vectorLength, '80003fff', 0),
    refused('4 bytes of header where 1 does', 'DECODE_NON_MINIMAL_LENGTH', vectorLength, '80000000', 0),
    refused('the header prefix 3', 'DECODE_INVALID_VALUE', vectorLength, 'c0000000', 0),
    refused('longer than the maximum', 'DECODE_LENGTH_OUT_OF_RANGE', opaque({ max: 1 }), '02aabb', 0),
    refused('shorter than the minimum', 'DECODE_LENGTH_OUT_OF_RANGE', opaque({ min: 2, max: 3 }), '01aa', 0),
    refused('a vector over its maximum', 'DECODE_LENGTH_OUT_OF_RANGE', vector(uint8, { max: 1 }), '02aabb', 0),
    refused('a vector under its minimum', 'DECODE_LENGTH_OUT_OF_RANGE', vector(uint8, { min: 1, max: 2 }), '00', 0),
    refused('half an element at the end', 'DECODE_TRUNCATED', vector(uint16, { max: 9 }), '03000102ff', 3),
    refused(
      'an element that leaves its vector',
      'DECODE_TRUNCATED',
      vector(opaque({ max: 9 }), { max: 9 }),
      '0202aabb',
      1,
    ),
    refused('elements without bytes', 'DECODE_INVALID_VALUE', vector(struct('Empty', {}), { max: 9 }), '0100', 1),
    refused('a rest over its maximum', 'DECODE_LENGTH_OUT_OF_RANGE', rest(1), '0102', 0),
    refused('a presence of 2', 'DECODE_INVALID_VALUE', optional(uint8), '0205', 0),
    refused('another constant', 'DECODE_INVALID_VALUE', constant(uint8, 1), '02', 0),
    refused('another version', 'DECODE_UNKNOWN_VERSION', constant(uint8, 1, 'DECODE_UNKNOWN_VERSION'), '02', 0),
    refused('an unknown tag of a closed union', 'DECODE_INVALID_VALUE', closed, '09', 0),
    refused(
      'a rule',
      'DECODE_INVALID_VALUE',
      checked(uint8, (it) => (it > 4 ? 'too large' : undefined)),
      '05',
      0,
    ),
  ]

  it.each(cases)('%s is %s', (_, code, codec, bytes, offset) => {
    expect(decodeError(code, () => decode(codec, unhex(bytes))).offset).toBe(offset)
  })

  it('with the path of the field, from the outside in', () => {
    const error = decodeError('DECODE_TRUNCATED', () => decode(outer, unhex('09000101aa000205ff00')))
    expect([error.path, error.offset]).toEqual(['list.1.b', 7])
    expect(error.message).toContain('offset 7 in list.1.b')
  })

  it('with a path that does not keep what was already read', () => {
    expect(decodeError('DECODE_TRUNCATED', () => decode(outer, unhex('04000101aa'))).path).toBe('last')
    expect(decodeError('DECODE_TRAILING_BYTES', () => decode(outer, unhex('000100'))).path).toBe('')
  })

  it('before anything is allocated', () => {
    const codecs = [
      opaque({ max: maxVectorLength }),
      vector(opaque({ max: maxVectorLength }), { max: maxVectorLength }),
    ]
    const before = process.memoryUsage().arrayBuffers
    for (const codec of codecs)
      decodeError('DECODE_TRUNCATED', () => decode(codec as Codec<unknown>, unhex('bfffffff00')))
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000)
  })
})

describe('what is refused when it is written, with a RangeError', () => {
  const bytes = (length: number) => new Uint8Array(length)
  const cases: readonly (readonly [string, Codec<never>, unknown])[] = [
    misfit('-1 as uint8', uint8, -1),
    misfit('256 as uint8', uint8, 256),
    misfit('1.5 as uint16', uint16, 1.5),
    misfit('NaN as uint16', uint16, Number.NaN),
    misfit('text as uint16', uint16, '1'),
    misfit('2^24 as uint24', uint24, 2 ** 24),
    misfit('2^32 as uint32', uint32, 2 ** 32),
    misfit('-1n as uint64', uint64, -1n),
    misfit('2^64 as uint64', uint64, 2n ** 64n),
    misfit('a number as uint64', uint64, 1),
    misfit('2^30 as vector length', vectorLength, 2 ** 30),
    misfit('a fixed one of another length', fixed(3), bytes(4)),
    misfit('an array as opaque', opaque({ max: 9 }), [1, 300]),
    misfit('an opaque over its maximum', opaque({ max: 1 }), bytes(2)),
    misfit('an opaque under its minimum', opaque({ min: 2, max: 3 }), bytes(1)),
    misfit('a rest over its maximum', rest(1), bytes(2)),
    misfit('a vector over its maximum', vector(uint16, { max: 3 }), [1, 2]),
    misfit('a vector under its minimum', vector(uint16, { min: 1, max: 3 }), []),
    misfit('an element without bytes', vector(struct('Empty', {}), { max: 9 }), [{}]),
    misfit('an unknown kind', shape, { kind: 'square' }),
    misfit('a kind that the union lacks', closed, { kind: 'unknown', type: 9 }),
    misfit('a known type as unknown', shape, { kind: 'unknown', type: 1, data: bytes(2) }),
    misfit(
      'a rule',
      checked(uint8, (it) => (it > 4 ? 'too large' : undefined)),
      5,
    ),
  ]

  it.each(cases)('%s', (_, codec, value) => {
    expect(() => encode(codec, value as never)).toThrow(RangeError)
  })

  it('with the path of the field', () => {
    const value = {
      list: [
        { a: 1, b: bytes(1) },
        { a: -1, b: bytes(1) },
      ],
      last: 0,
    }
    expect(() => encode(outer, value)).toThrow('list.1.a: not a uint16')
  })

  it('and bounds that no vector can have when the codec is made', () => {
    for (const bounds of [{ max: maxVectorLength + 1 }, { min: 2, max: 1 }, { max: 1.5 }, { min: -1, max: 1 }]) {
      expect(() => opaque(bounds)).toThrow(RangeError)
      expect(() => vector(uint8, bounds)).toThrow(RangeError)
    }
  })
})

it('leaves no copy of what was encoded in its buffers', () => {
  const seen: Uint8Array[] = []
  const spy: Codec<Uint8Array> = {
    name: 'spy',
    write(writer, value) {
      seen.push(writer.buffer)
      opaque({ max: 999_999 }).write(writer, value)
      seen.push(writer.buffer)
    },
    read: (reader) => opaque({ max: 999_999 }).read(reader),
  }
  const value = new Uint8Array(40_000).fill(7)
  const bytes = encode(vector(spy, { max: 999_999 }), [value, value])
  expect(bytes.filter((byte) => byte === 7).length).toBe(80_000)
  expect(new Set(seen).size).toBeGreaterThan(1)
  for (const buffer of seen) expect(buffer.every((byte) => byte === 0)).toBe(true)
})

it('encodes inside an encoding, and after one that threw', () => {
  const inner = opaque({ max: 99 })
  const nested: Codec<Uint8Array> = {
    name: 'nested',
    write: (writer, value) => inner.write(writer, encode(inner, value)),
    read: (reader) => inner.read(reader),
  }
  const value = Uint8Array.of(1, 2, 3)
  expect([...encode(nested, value)]).toEqual([4, 3, 1, 2, 3])
  expect(() => encode(opaque({ max: 2 }), value)).toThrow(RangeError)
  expect([...encode(nested, value)]).toEqual([4, 3, 1, 2, 3])
})

function row<T>(name: string, bytes: string, codec: Codec<T>, value: T) {
  return [name, bytes, codec as unknown as Codec<never>, value] as const
}

function refused<T>(name: string, code: DecodeErrorCode, codec: Codec<T>, bytes: string, offset: number) {
  return [name, code, codec as unknown as Codec<never>, bytes, offset] as const
}

function misfit<T>(name: string, codec: Codec<T>, value: unknown) {
  return [name, codec as unknown as Codec<never>, value] as const
}
