import { encodeFrame, messageType } from '@twofold/codec'
import { expect, test } from 'vitest'
import { frameTap, type SeenFrame } from '../src/frame-tap.ts'

function prefixed(frame: Uint8Array): Buffer {
  const head = Buffer.alloc(3)
  head.writeUIntBE(frame.length, 0, 3)
  return Buffer.concat([head, frame])
}

const stream = Buffer.concat([
  prefixed(encodeFrame(messageType.client_hello, new Uint8Array(300))),
  prefixed(encodeFrame(messageType.record, new Uint8Array(70_000))),
  prefixed(encodeFrame(200, new Uint8Array(1))),
])
const expected: readonly SeenFrame[] = [
  { type: 'client_hello', bytes: 302 },
  { type: 'record', bytes: 70_002 },
  { type: 'type 200', bytes: 3 },
]

test.each([1, 2, 3, 7, 1_000, stream.length])('finds the frames in chunks of %i bytes', (size) => {
  const seen: SeenFrame[] = []
  const tap = frameTap((frame) => seen.push(frame))
  for (let at = 0; at < stream.length; at += size) tap(stream.subarray(at, at + size))
  expect(seen).toEqual(expected)
})

test('does not count a frame that is not whole', () => {
  const seen: SeenFrame[] = []
  frameTap((frame) => seen.push(frame))(stream.subarray(0, 304))
  expect(seen).toEqual([])
})
