import { type Codec, fail, outOfRange, type Reader, reserve, type Writer } from './codec.ts'
import type { DecodeErrorCode } from './error.ts'
import { type Bounds, checkBounds, headerSize, putLength, readLength, uint8 } from './primitives.ts'

/** `struct { ... } Name`: the fields in the order in which they are listed. */
export function struct<T extends object>(name: string, fields: { readonly [K in keyof T]-?: Codec<T[K]> }): Codec<T> {
  const entries = Object.entries(fields) as [string, Codec<unknown>][]
  return {
    name,
    write(writer, value) {
      const from = value as Record<string, unknown>
      for (const [field, codec] of entries) writeField(writer, field, codec, from[field])
    },
    read(reader) {
      const result: Record<string, unknown> = {}
      for (const [field, codec] of entries) result[field] = readField(reader, field, codec)
      return result as T
    },
  }
}

/** `T name<V>` (RFC 9420 section 2.1.2). The bounds count bytes, not elements. */
export function vector<T>(codec: Codec<T>, bounds: Bounds): Codec<readonly T[]> {
  const { min = 0, max } = checkBounds(bounds)
  return {
    name: `${codec.name}<V>`,
    write(writer, value) {
      const start = reserve(writer, 1)
      for (let i = 0; i < value.length; i++) writeElement(writer, i, codec, value[i]!)
      const length = writer.length - start - 1
      if (length < min || length > max) outOfRange(writer, `${length} bytes, not ${min} to ${max}`)
      insertLength(writer, start, length)
    },
    read(reader) {
      const length = readLength(reader, min, max)
      return readElements(reader, codec, reader.offset + length)
    },
  }
}

/** `optional<T>` (RFC 9420 section 2.1.1). */
export function optional<T>(codec: Codec<T>): Codec<T | undefined> {
  return {
    name: `optional<${codec.name}>`,
    write(writer, value) {
      uint8.write(writer, value === undefined ? 0 : 1)
      if (value !== undefined) codec.write(writer, value)
    },
    read(reader) {
      const present = uint8.read(reader)
      if (present > 1) fail(reader, 'DECODE_INVALID_VALUE', 'presence is neither 0 nor 1', reader.offset - 1)
      return present === 1 ? codec.read(reader) : undefined
    },
  }
}

/** A value that is always the same and so is no part of what is decoded; any other one is an error with `code`. */
export function constant<T extends number | bigint>(
  codec: Codec<T>,
  value: T,
  code: DecodeErrorCode = 'DECODE_INVALID_VALUE',
): Codec<void> {
  return {
    name: `${codec.name} = ${value}`,
    write: (writer) => codec.write(writer, value),
    read(reader) {
      const start = reader.offset
      if (codec.read(reader) !== value) fail(reader, code, `not the only ${codec.name} that may be here`, start)
    },
  }
}

/** `body` after a `constant`. */
export function preceded<T>(prefix: Codec<void>, body: Codec<T>): Codec<T> {
  return {
    name: body.name,
    write(writer, value) {
      prefix.write(writer, undefined)
      body.write(writer, value)
    },
    read(reader) {
      prefix.read(reader)
      return body.read(reader)
    },
  }
}

/** What the field `kind` says, by kind: the tag on the wire and the codec of the other fields. */
export type Variants<T extends { readonly kind: string }> = {
  readonly [K in Exclude<T['kind'], 'unknown'>]: readonly [
    tag: number,
    body: Codec<Omit<Extract<T, { readonly kind: K }>, 'kind'>>,
  ]
}

/** The codec of what follows an unknown tag, which itself becomes the field `type`. */
export type UnknownVariant<T extends { readonly kind: string }> = Codec<
  Omit<Extract<T, { readonly kind: 'unknown' }>, 'kind' | 'type'>
>

/**
 * A tag and what it selects (RFC 8446 section 3.8), as a union discriminated by `kind`. Unknown tags become `{ kind:
 * 'unknown', type, ... }` where the union has that member, and `DECODE_INVALID_VALUE` elsewhere.
 */
export function select<T extends { readonly kind: string }>(
  name: string,
  tag: Codec<number>,
  variants: Variants<T>,
  unknown?: UnknownVariant<T>,
): Codec<T> {
  const list = Object.entries(variants) as unknown as [string, readonly [number, Codec<object>]][]
  const byTag = new Map(list.map(([kind, [type, body]]) => [type, { kind, body }]))
  const byKind = new Map(list.map(([kind, [type, body]]) => [kind, { type, body }]))
  const other = unknown as Codec<object> | undefined
  return {
    name,
    write(writer, value) {
      const known = byKind.get(value.kind)
      if (known === undefined) return writeUnknown(writer, value, tag, other, byTag)
      tag.write(writer, known.type)
      known.body.write(writer, value)
    },
    read(reader) {
      const start = reader.offset
      const type = tag.read(reader)
      const known = byTag.get(type)
      if (known !== undefined) return { kind: known.kind, ...known.body.read(reader) } as unknown as T
      if (other === undefined) fail(reader, 'DECODE_INVALID_VALUE', `${name} of unknown type ${type}`, start)
      return { kind: 'unknown', type, ...other.read(reader) } as unknown as T
    },
  }
}

function writeUnknown(
  writer: Writer,
  value: { readonly kind: string },
  tag: Codec<number>,
  body: Codec<object> | undefined,
  known: ReadonlyMap<number, unknown>,
): void {
  const type = 'type' in value ? value.type : undefined
  if (value.kind !== 'unknown' || body === undefined || typeof type !== 'number') outOfRange(writer, 'unknown kind')
  if (known.has(type)) outOfRange(writer, `type ${type} is a known one`)
  tag.write(writer, type)
  body.write(writer, value)
}

/**
 * The same bytes under further rules, checked in both directions: `refuse` gives what is wrong, in words for people, or
 * undefined. Decoding then throws `DECODE_INVALID_VALUE` at the start of the value.
 */
export function checked<T>(codec: Codec<T>, refuse: (value: T) => string | undefined): Codec<T> {
  return {
    name: codec.name,
    write(writer, value) {
      const reason = refuse(value)
      if (reason !== undefined) outOfRange(writer, reason)
      codec.write(writer, value)
    },
    read(reader) {
      const start = reader.offset
      const value = codec.read(reader)
      const reason = refuse(value)
      if (reason !== undefined) fail(reader, 'DECODE_INVALID_VALUE', reason, start)
      return value
    },
  }
}

/** Writes one field under its name. */
export function writeField<T>(writer: Writer, field: string | number, codec: Codec<T>, value: T): void {
  writer.path.push(field)
  codec.write(writer, value)
  writer.path.pop()
}

/** Reads one field under its name. */
export function readField<T>(reader: Reader, field: string | number, codec: Codec<T>): T {
  reader.path.push(field)
  const value = codec.read(reader)
  reader.path.pop()
  return value
}

function writeElement<T>(writer: Writer, index: number, codec: Codec<T>, value: T): void {
  const start = writer.length
  writeField(writer, index, codec, value)
  if (writer.length === start) outOfRange(writer, 'an empty element')
}

function readElements<T>(reader: Reader, codec: Codec<T>, end: number): T[] {
  const outer = reader.end
  reader.end = end
  const result: T[] = []
  while (reader.offset < end) {
    const start = reader.offset
    result.push(readField(reader, result.length, codec))
    // An element of no bytes would never end the loop.
    if (reader.offset === start) fail(reader, 'DECODE_INVALID_VALUE', 'an empty element')
  }
  reader.end = outer
  return result
}

/** Puts the header before a body that was written after one byte of room: most vectors in MLS are short. */
function insertLength(writer: Writer, start: number, length: number): void {
  const size = headerSize(length)
  if (size > 1) {
    reserve(writer, size - 1)
    writer.buffer.copyWithin(start + size, start + 1, start + 1 + length)
  }
  putLength(writer, start, size, length)
}
