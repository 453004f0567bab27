import { DecodeError, type DecodeErrorCode } from './error.ts'

/** Where a codec writes: one growing buffer. Made by `encode`; codecs are composed, not fed by hand. */
export interface Writer {
  buffer: Uint8Array
  length: number
  /** The fields being written, from the outside in. */
  readonly path: (string | number)[]
}

/** Where a codec reads: the whole input, and the end of the innermost vector. Made by `decode`. */
export interface Reader {
  readonly bytes: Uint8Array
  offset: number
  end: number
  /** The fields being read, from the outside in. */
  readonly path: (string | number)[]
}

/**
 * One declaration of a struct or type in the presentation language (RFC 8446 section 3, RFC 9420 section 2.1) for both
 * directions. There is exactly one encoding of a value, and `read` accepts no other.
 */
export interface Codec<T> {
  readonly name: string
  write(writer: Writer, value: T): void
  read(reader: Reader): T
}

/** Encodes into fresh bytes. Throws RangeError for a value that does not fit the wire: that is the caller's fault. */
export function encode<T>(codec: Codec<T>, value: T): Uint8Array {
  const writer: Writer = { buffer: takeScratch(), length: 0, path: [] }
  try {
    codec.write(writer, value)
    return writer.buffer.slice(0, writer.length)
  } finally {
    // Some structs hold secrets (GroupSecrets): no copy stays behind.
    writer.buffer.fill(0, 0, Math.min(writer.length, writer.buffer.length))
    scratch = writer.buffer.length <= largestScratch ? writer.buffer : undefined
  }
}

/** One buffer serves one `encode` after the other; a nested one finds none and makes its own. */
let scratch: Uint8Array | undefined
const firstScratch = 8192
const largestScratch = 65_536

function takeScratch(): Uint8Array {
  const taken = scratch ?? new Uint8Array(firstScratch)
  scratch = undefined
  return taken
}

/**
 * Decodes the whole input and nothing but it (else `DECODE_TRAILING_BYTES`). The result holds no view into `bytes`. Throws
 * DecodeError only.
 */
export function decode<T>(codec: Codec<T>, bytes: Uint8Array): T {
  const reader: Reader = { bytes: plain(bytes), offset: 0, end: bytes.length, path: [] }
  const value = codec.read(reader)
  if (reader.offset !== reader.end) fail(reader, 'DECODE_TRAILING_BYTES', `${codec.name} is followed by more bytes`)
  return value
}

/** A subclass may override `slice` to give a view (as Node's Buffer does), and what is decoded must not be one. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}

/** Throws the DecodeError for the place where the reader, or the given offset, is. */
export function fail(reader: Reader, code: DecodeErrorCode, detail: string, offset: number = reader.offset): never {
  throw new DecodeError(code, offset, reader.path.join('.'), detail)
}

/** Throws the RangeError for the field that is being written. */
export function outOfRange(writer: Writer, detail: string): never {
  const path = writer.path.join('.')
  throw new RangeError(path === '' ? detail : `${path}: ${detail}`)
}

/** Moves past the next `length` bytes and gives the offset of the first. Throws `DECODE_TRUNCATED` where they end before. */
export function advance(reader: Reader, length: number): number {
  const start = reader.offset
  if (length > reader.end - start) {
    fail(reader, 'DECODE_TRUNCATED', `${length} bytes are wanted and ${reader.end - start} are left`)
  }
  reader.offset = start + length
  return start
}

/** Makes room for `length` more bytes and gives the offset of the first. */
export function reserve(writer: Writer, length: number): number {
  const start = writer.length
  writer.length = start + length
  if (writer.length > writer.buffer.length) grow(writer, start)
  return start
}

function grow(writer: Writer, used: number): void {
  const old = writer.buffer
  writer.buffer = new Uint8Array(Math.max(writer.length, 2 * old.length))
  writer.buffer.set(old.subarray(0, used))
  old.fill(0, 0, used)
}
