import type { Epoch, SuiteId } from './brands.ts'
import { advance, type Codec, fail, outOfRange, type Reader, reserve, type Writer } from './codec.ts'

/** The longest vector that a header can tell: 2^30 - 1 bytes (RFC 9420 section 2.1.2). */
export const maxVectorLength = 0x3fff_ffff

/** Bounds in bytes, both inclusive; `min` is 0 unless given. */
export interface Bounds {
  readonly min?: number
  readonly max: number
}

/** Big-endian integers (RFC 8446 section 3.3). */
export const uint8: Codec<number> = uint('uint8', 1)
export const uint16: Codec<number> = uint('uint16', 2)
export const uint24: Codec<number> = uint('uint24', 3)
export const uint32: Codec<number> = uint('uint32', 4)

export const uint64: Codec<bigint> = {
  name: 'uint64',
  write(writer, value) {
    if (typeof value !== 'bigint' || value < 0n || value > 0xffff_ffff_ffff_ffffn) outOfRange(writer, 'not a uint64')
    putUint(writer, reserve(writer, 4), 4, Number(value >> 32n))
    putUint(writer, reserve(writer, 4), 4, Number(value & 0xffff_ffffn))
  },
  read(reader) {
    const start = advance(reader, 8)
    return (BigInt(getUint(reader, start, 4)) << 32n) | BigInt(getUint(reader, start + 4, 4))
  },
}

/** An epoch (RFC 9420 section 8.1). Every uint64 is one, so the cast needs no check. */
export const epoch: Codec<Epoch> = uint64 as Codec<bigint> as Codec<Epoch>

/** A cipher suite (RFC 9420 section 17.1), known or not. Every uint16 is one, so the cast needs no check. */
export const suiteId: Codec<SuiteId> = uint16 as Codec<number> as Codec<SuiteId>

/** `opaque name[length]`. */
export function fixed(length: number): Codec<Uint8Array> {
  return {
    name: `opaque[${length}]`,
    write(writer, value) {
      if (value.length !== length) outOfRange(writer, `${value.length} bytes, not ${length}`)
      putBytes(writer, value)
    },
    read: (reader) => getBytes(reader, length),
  }
}

/** `opaque name<V>` (RFC 9420 section 2.1.2). */
export function opaque(bounds: Bounds): Codec<Uint8Array> {
  const { min = 0, max } = checkBounds(bounds)
  return {
    name: 'opaque<V>',
    write(writer, value) {
      if (value.length < min || value.length > max) outOfRange(writer, `${value.length} bytes, not ${min} to ${max}`)
      writeLength(writer, value.length)
      putBytes(writer, value)
    },
    read: (reader) => getBytes(reader, readLength(reader, min, max)),
  }
}

/** `opaque name[rest]`: everything up to the end of the enclosing vector or of the input, at most `max` bytes. */
export function rest(max: number): Codec<Uint8Array> {
  return {
    name: 'opaque[rest]',
    write(writer, value) {
      if (value.length > max) outOfRange(writer, `${value.length} bytes, not at most ${max}`)
      putBytes(writer, value)
    },
    read(reader) {
      const length = reader.end - reader.offset
      if (length > max) fail(reader, 'DECODE_LENGTH_OUT_OF_RANGE', `${length} bytes where at most ${max} may be`)
      return getBytes(reader, length)
    },
  }
}

/** The header of a variable-size vector alone: 1, 2 or 4 bytes, whichever is the shortest (RFC 9420 section 2.1.2). */
export const vectorLength: Codec<number> = {
  name: 'vector length',
  write: writeLength,
  read: readHeader,
}

/** Reads a vector's header and refuses a length outside of the bounds or longer than what is left, before anything is allocated. */
export function readLength(reader: Reader, min: number, max: number): number {
  const start = reader.offset
  const length = readHeader(reader)
  if (length < min || length > max) {
    fail(reader, 'DECODE_LENGTH_OUT_OF_RANGE', `a vector of ${length} bytes where ${min} to ${max} may be`, start)
  }
  if (length > reader.end - reader.offset) {
    fail(reader, 'DECODE_TRUNCATED', `a vector of ${length} bytes and ${reader.end - reader.offset} are left`, start)
  }
  return length
}

/** How many bytes the header of a vector of `length` bytes has. */
export function headerSize(length: number): 1 | 2 | 4 {
  return length < 0x40 ? 1 : length < 0x4000 ? 2 : 4
}

/** Writes the header into room that is already reserved. */
export function putLength(writer: Writer, offset: number, size: 1 | 2 | 4, length: number): void {
  putUint(writer, offset, size, size === 1 ? length : size === 2 ? 0x4000 + length : 0x8000_0000 + length)
}

/** Refuses, when a codec is made, bounds that no vector could have. */
export function checkBounds(bounds: Bounds): Bounds {
  const { min = 0, max } = bounds
  const whole = Number.isInteger(min) && Number.isInteger(max)
  if (!whole || min < 0 || max < min || max > maxVectorLength) throw new RangeError(`bad bounds ${min} to ${max}`)
  return bounds
}

function writeLength(writer: Writer, length: number): void {
  if (!Number.isInteger(length) || length < 0 || length > maxVectorLength) outOfRange(writer, 'not a vector length')
  const size = headerSize(length)
  putLength(writer, reserve(writer, size), size, length)
}

function readHeader(reader: Reader): number {
  const start = advance(reader, 1)
  const first = reader.bytes[start]!
  if (first < 0x40) return first
  if (first >= 0xc0) fail(reader, 'DECODE_INVALID_VALUE', 'a vector length with prefix 3', start)
  const size = first < 0x80 ? 2 : 4
  advance(reader, size - 1)
  const length = getUint(reader, start, size) - (size === 2 ? 0x4000 : 0x8000_0000)
  // RFC 9420 section 2.1.2: a second encoding of the same value would escape comparison by hash.
  if (headerSize(length) !== size)
    fail(reader, 'DECODE_NON_MINIMAL_LENGTH', 'a vector length that is not minimal', start)
  return length
}

function uint(name: string, size: 1 | 2 | 3 | 4): Codec<number> {
  const max = 2 ** (8 * size) - 1
  return {
    name,
    write(writer, value) {
      if (!Number.isInteger(value) || value < 0 || value > max) outOfRange(writer, `not a ${name}`)
      putUint(writer, reserve(writer, size), size, value)
    },
    read: (reader) => getUint(reader, advance(reader, size), size),
  }
}

function putUint(writer: Writer, offset: number, size: number, value: number): void {
  const { buffer } = writer
  for (let i = size - 1, left = value; i >= 0; i--, left = Math.floor(left / 256)) buffer[offset + i] = left
}

function getUint(reader: Reader, offset: number, size: number): number {
  const { bytes } = reader
  let value = 0
  for (let i = 0; i < size; i++) value = value * 256 + bytes[offset + i]!
  return value
}

function putBytes(writer: Writer, value: Uint8Array): void {
  if (!(value instanceof Uint8Array)) outOfRange(writer, 'not a Uint8Array')
  const start = reserve(writer, value.length)
  writer.buffer.set(value, start)
}

function getBytes(reader: Reader, length: number): Uint8Array {
  const start = advance(reader, length)
  return reader.bytes.slice(start, start + length)
}
