import { Writable } from 'node:stream'
import stringWidth from 'string-width'
import { expect, test } from 'vitest'
import { wrap } from '../src/text.ts'
import { type Timeline, timeline, wantsColor } from '../src/timeline.ts'

function drawn(columns: number, color: boolean, draw: (show: Timeline) => void): string {
  const parts: string[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      parts.push(String(chunk))
      done()
    },
  })
  draw(timeline({ stream: Object.assign(stream, { columns }), color }))
  return parts.join('')
}

const long = 'a line that is longer than one column of any terminal that people use, with a_word_'.padEnd(200, 'x')

function everything(show: Timeline): void {
  show.title('a title that is long enough to be broken when the terminal is narrow, as some are')
  show.heads('alice (process 1)', 'bob (process 2)')
  show.step(1, 'a step with a title that takes more than forty columns')
  show.note('alice', long)
  show.note('bob', 'ünïcödé 漢字')
  show.notes(long, 'short')
  show.wire(long)
  show.check(true, 'holds')
  show.check(false, 'does not hold')
}

test.each([40, 60, 79, 80, 100, 200])('no line is wider than %i columns', (columns) => {
  const widths = drawn(columns, true, everything)
    .split('\n')
    .map((line) => stringWidth(line))
  expect(Math.max(...widths)).toBeLessThanOrEqual(Math.min(columns, 120))
})

test('a terminal that does not know its width counts as one of 100 columns', () => {
  const [unknown, usual] = [drawn(0, false, everything), drawn(100, false, everything)]
  const untimed = (text: string): string => text.replaceAll(/ *\d+ ms/g, 'ms')
  expect(untimed(unknown)).toBe(untimed(usual))
})

test('has two columns from 80 on, and names the sides below', () => {
  expect(drawn(80, false, (show) => show.notes('left', 'right'))).toMatch(/left +│ +right\n/)
  expect(drawn(79, false, (show) => show.notes('left', 'right'))).toMatch(/alice +left\n.*bob +right\n/)
})

test('without colour there are no escape sequences', () => {
  expect(drawn(100, false, everything)).not.toContain('\u001b')
  expect(drawn(100, true, everything)).toContain('\u001b')
})

test('NO_COLOR wins, then FORCE_COLOR, then the terminal', () => {
  expect(wantsColor({ isTTY: true }, {})).toBe(true)
  expect(wantsColor({}, {})).toBe(false)
  expect(wantsColor({ isTTY: true }, { TERM: 'dumb' })).toBe(false)
  expect(wantsColor({}, { FORCE_COLOR: '1' })).toBe(true)
  expect(wantsColor({ isTTY: true }, { NO_COLOR: '1', FORCE_COLOR: '1' })).toBe(false)
})

test('wrapping loses nothing but spaces', () => {
  expect(wrap(long, 20).join('').replaceAll(' ', '')).toBe(long.replaceAll(' ', ''))
})
