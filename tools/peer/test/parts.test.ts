import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { linesOf } from '../src/lines.ts'
import { seededRandom } from '../src/seeded-random.ts'

async function lines(chunks: readonly string[], maxLength: number): Promise<(string | null)[]> {
  async function* source() {
    for (const chunk of chunks) yield Buffer.from(chunk)
  }
  const found: (string | null)[] = []
  for await (const line of linesOf(source(), maxLength)) {
    found.push(line.kind === 'line' ? Buffer.from(line.bytes).toString() : null)
  }
  return found
}

test('lines are put together over chunks, and a long one is dropped whole', async () => {
  expect(await lines(['a', 'b\nc\n', '\n', 'd'], 10)).toEqual(['ab', 'c', '', 'd'])
  expect(await lines(['12345', '67890\n', '12345\n'], 5)).toEqual([null, '12345'])
  expect(await lines(['123', '45', '6', '789'], 5)).toEqual([null])
})

test('a seed gives one stream, whatever the sizes in which it is drawn', () => {
  const identity = Buffer.from('alice')
  const draw = () => seededRandom(Buffer.from('seed'), 'initiator', identity)
  const whole = draw()(100)
  const parts = draw()
  expect([parts(32), parts(32), parts(36)].flatMap((part) => [...part])).toEqual([...whole])
  expect(seededRandom(Buffer.from('seed'), 'responder', identity)(100)).not.toEqual(whole)
  expect(seededRandom(Buffer.from('seee'), 'initiator', identity)(100)).not.toEqual(whole)
  expect(seededRandom(Buffer.from('eseed'), 'initiator', Buffer.from('alic'))(100)).not.toEqual(whole)
})

test('the stream is SHA-256 of key and counter', () => {
  const part = (text: string) => [...new Uint8Array(7), text.length, ...Buffer.from(text)]
  const input = ['twofold peer seed 1', 'initiator', 'alice', 'seed'].flatMap(part)
  const key = createHash('sha256').update(Uint8Array.from(input)).digest()
  const first = createHash('sha256').update(key).update(new Uint8Array(8)).digest()
  expect([...seededRandom(Buffer.from('seed'), 'initiator', Buffer.from('alice'))(32)]).toEqual([...first])
})
