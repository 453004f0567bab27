import fc from 'fast-check'
import { expect, test } from 'vitest'
import { frameParser } from '../src/frame-parser.ts'

const frames = fc.array(fc.uint8Array({ minLength: 1, maxLength: 400 }), { maxLength: 20 })

function encode(list: readonly Uint8Array[]): Buffer {
  return Buffer.concat(list.flatMap((frame) => [Buffer.from([0, frame.length >> 8, frame.length & 0xff]), frame]))
}

test('frames survive any cutting of the stream', () => {
  fc.assert(
    fc.property(frames, fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 30 }), (list, cuts) => {
      const parser = frameParser(400)
      const stream = encode(list)
      const parsed: Uint8Array[] = []
      for (let offset = 0, turn = 0; offset < stream.length; turn++) {
        const end = offset + (cuts[turn % cuts.length] ?? 1)
        parser.push(stream.subarray(offset, end))
        offset = end
        for (let frame = parser.next(); frame !== undefined; frame = parser.next()) parsed.push(frame)
      }
      expect(parsed.map((frame) => Buffer.from(frame))).toEqual(list.map((frame) => Buffer.from(frame)))
      expect(parser.isPartial()).toBe(false)
    }),
  )
})

test('a frame has a buffer of its own, exactly as long', () => {
  const parser = frameParser(400)
  parser.push(encode([new Uint8Array(3).fill(1), new Uint8Array(5).fill(2)]))
  expect(parser.next()?.buffer.byteLength).toBe(3)
  expect(parser.next()?.buffer.byteLength).toBe(5)
})

test('a frame of 2^24 - 1 bytes is put together from small pieces in linear time', () => {
  const length = 2 ** 24 - 1
  const parser = frameParser(length)
  parser.push(new Uint8Array([0xff, 0xff, 0xff]))
  expect(parser.next()).toBeUndefined()
  const started = performance.now()
  let whole: Uint8Array | undefined
  for (let sent = 0; sent < length; sent += 1000) {
    parser.push(new Uint8Array(Math.min(1000, length - sent)).fill(7))
    whole = parser.next()
  }
  expect(whole?.length).toBe(length)
  expect(whole?.every((byte) => byte === 7)).toBe(true)
  // Quadratic copying would move 140 GB here.
  expect(performance.now() - started).toBeLessThan(10_000)
})

test.each([
  [[0, 0, 0], 'TRANSPORT_FAILED'],
  [[0, 1, 0x91], 'TRANSPORT_FRAME_TOO_LARGE'],
  [[0xff, 0xff, 0xff], 'TRANSPORT_FRAME_TOO_LARGE'],
])('the length %j is refused', (header, code) => {
  const parser = frameParser(400)
  parser.push(new Uint8Array(header))
  expect(() => parser.next()).toThrow(expect.objectContaining({ code }))
})
