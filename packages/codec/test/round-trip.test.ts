import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as wire from '../src/index.ts'
import { type Codec, DecodeError, decode, encode } from '../src/index.ts'
import { type Case, composed, exported } from './arbitraries.ts'

const cases = [...exported, ...composed]
const runs = { numRuns: 60 }

describe.each(cases)('$name', ({ codec, value, openEnded }: Case) => {
  it('decode of encode is identity', () => {
    fc.assert(
      fc.property(value, (it) => {
        expect(decode(codec, encode(codec, it))).toEqual(it)
      }),
      runs,
    )
  })

  it('encode of decode is identity on whatever is accepted, and else a DecodeError is thrown', () => {
    const mutated = fc
      .tuple(
        value.map((it) => encode(codec, it)),
        mutation(),
      )
      .map(([bytes, mutate]) => mutate(bytes))
    const anything = fc.oneof(mutated, fc.uint8Array({ maxLength: 200 }))
    fc.assert(
      fc.property(anything, (bytes) => expectCanonical(codec, bytes)),
      { numRuns: 200 },
    )
  })

  if (!openEnded) {
    it('no strict prefix decodes, and nothing with a byte behind it', () => {
      fc.assert(
        fc.property(value, (it) => expectWhole(codec, encode(codec, it))),
        runs,
      )
    })
  }

  it('keeps no view into the input', () => {
    fc.assert(
      fc.property(value, (it) => {
        const bytes = Buffer.from(encode(codec, it))
        const decoded = decode(codec, bytes)
        bytes.fill(0xa5)
        expect(decoded).toEqual(it)
      }),
      { numRuns: 20 },
    )
  })
})

it('every exported codec is in the table', () => {
  const isCodec = (it: unknown) => typeof it === 'object' && it !== null && 'write' in it && 'read' in it
  const names = Object.entries(wire)
    .filter(([, it]) => isCodec(it))
    .map(([name]) => name)
  expect(exported.map(({ name }) => name).sort()).toEqual(names.sort())
})

/** Cuts, doubles, changes or lengthens: the accidents and the small lies. */
function mutation(): fc.Arbitrary<(bytes: Uint8Array) => Uint8Array> {
  const at = fc.nat(300)
  const byte = fc.integer({ min: 0, max: 255 })
  return fc.oneof(
    fc.tuple(at, byte).map(
      ([i, to]) =>
        (bytes: Uint8Array) =>
          bytes.map((old, j) => (j === i % bytes.length ? to : old)),
    ),
    at.map((i) => (bytes: Uint8Array) => bytes.slice(0, i % (bytes.length + 1))),
    at.map((i) => (bytes: Uint8Array) => Uint8Array.of(...bytes.slice(i % bytes.length), ...bytes)),
    fc.tuple(at, byte).map(([i, extra]) => (bytes: Uint8Array) => {
      const place = i % (bytes.length + 1)
      return Uint8Array.of(...bytes.slice(0, place), extra, ...bytes.slice(place))
    }),
  )
}

function expectCanonical(codec: Codec<unknown>, bytes: Uint8Array): void {
  let decoded: unknown
  try {
    decoded = decode(codec, bytes)
  } catch (error) {
    expect(error).toBeInstanceOf(DecodeError)
    expect((error as DecodeError).offset).toBeLessThanOrEqual(bytes.length)
    return
  }
  expect(encode(codec, decoded)).toEqual(bytes)
}

function expectWhole(codec: Codec<unknown>, bytes: Uint8Array): void {
  for (let end = 0; end < bytes.length; end += bytes.length < 100 ? 1 : 7) {
    expect(() => decode(codec, bytes.subarray(0, end))).toThrow(DecodeError)
  }
  expect(codeOf(() => decode(codec, Uint8Array.of(...bytes, 0)))).toBe('DECODE_TRAILING_BYTES')
}

function codeOf(call: () => unknown): string {
  try {
    call()
  } catch (error) {
    if (error instanceof DecodeError) return error.code
    throw error
  }
  return 'none'
}
