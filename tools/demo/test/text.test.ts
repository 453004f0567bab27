import { expect, test } from 'vitest'
import { counted, milliseconds, wrap } from '../src/text.ts'

test('one thing is one thing', () => {
  expect([counted(1, 'frame'), counted(0, 'frame'), counted(2_000, 'frame')]).toEqual([
    '1 frame',
    '0 frames',
    '2,000 frames',
  ])
})

test('a duration is whole milliseconds, and stays on one line', () => {
  expect(milliseconds(52.0)).toBe('52\u00a0ms')
  expect(wrap(`epoch 1 after ${milliseconds(41.4)}`, 14)).toEqual(['epoch 1 after', '41\u00a0ms'])
})
