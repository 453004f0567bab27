import { findSuite } from '@twofold/interface'
import { expect, test } from 'vitest'
import type { Case } from '../src/case.ts'
import { nearestTsMls } from '../src/cases.ts'
import { parseOptions } from '../src/options.ts'
import { type Report, rowsOf } from '../src/report.ts'
import { measure, shuffled } from '../src/rounds.ts'
import { summarize } from '../src/statistics.ts'
import { digits, reportText, table } from '../src/table.ts'

test('a summary has the quantiles of its samples, whatever their order', () => {
  expect(summarize([5, 1, 4, 2, 3])).toEqual({ samples: 5, min: 1, p25: 2, median: 3, p75: 4 })
  expect(summarize([4, 1, 3, 2])).toEqual({ samples: 4, min: 1, p25: 1.75, median: 2.5, p75: 3.25 })
  expect(summarize([7])).toEqual({ samples: 1, min: 7, p25: 7, median: 7, p75: 7 })
  // By number and not by text.
  expect(summarize([10, 9, 100])).toMatchObject({ min: 9, median: 10 })
  expect(() => summarize([])).toThrow(RangeError)
})

test('a table lines up, numbers to the right', () => {
  const lines = table(
    ['name', 'ms'],
    [
      ['a', '1.5'],
      ['long name', '12.25'],
    ],
  ).split('\n')
  expect(lines).toEqual(['name          ms', '---------  -----', 'a            1.5', 'long name  12.25'])
  expect(table(['a'], [])).toBe('a\n-')
})

test('three digits, whatever the size', () => {
  expect([0, 0.00123456, 0.123456, 1.23456, 12.3456, 123.456, 1234.56].map(digits)).toEqual([
    '0',
    '0.00123',
    '0.123',
    '1.23',
    '12.3',
    '123',
    '1235',
  ])
})

function fake(layer: Case['layer'], more: Partial<Case> = {}): Case {
  const of = {
    operation: 'handshake',
    backend: 'node',
    suite: 'S',
    versions: { x: '1' },
    batch: 1,
    run: () => {},
  } as const
  return { ...of, layer, ...more }
}

test('rounds are interleaved, and warm-ups and batches do not count double', async () => {
  const ran: string[] = []
  let now = 0
  const noted = (name: string, cost: number, batch: number) =>
    fake('engine', {
      batch,
      run: () => {
        ran.push(name)
        now += cost
      },
    })
  const cases = [noted('a', 1, 1), noted('b', 10, 2)]
  const samples = await measure(cases, { rounds: 20, warmUp: 1, atMostMs: Number.POSITIVE_INFINITY, clock: () => now })
  const rounds = ran.join('').match(/.../g) ?? []
  expect(rounds).toHaveLength(21)
  expect(new Set(rounds)).toEqual(new Set(['abb', 'bba']))
  expect(samples).toEqual([Array(20).fill(1), Array(20).fill(10)])
})

test('each round has every case once, and no case has the same neighbour for long', () => {
  const before = new Map<number, number>()
  const rounds = 2000
  for (let turn = 0; turn < rounds; turn++) {
    const order = shuffled(6, turn)
    expect([...order].sort()).toEqual([0, 1, 2, 3, 4, 5])
    const previous = order[order.indexOf(0) - 1] ?? -1
    before.set(previous, (before.get(previous) ?? 0) + 1)
  }
  expect(before.size).toBe(6)
  for (const count of before.values()) expect(count).toBeGreaterThan(rounds / 12)
})

test('a time limit ends the rounds, but not before the third', async () => {
  let now = 0
  const slow = fake('engine', {
    run: async () => {
      now += 100
    },
  })
  const plan = { rounds: Number.POSITIVE_INFINITY, warmUp: 0, clock: () => now }
  expect((await measure([slow], { ...plan, atMostMs: 1 }))[0]).toHaveLength(3)
  expect((await measure([slow], { ...plan, atMostMs: 1000 }))[0]).toHaveLength(10)
})

test('ratios are medians against ts-mls of the same operation, with its default provider and with a tuned one', () => {
  const yardstick = { layer: 'ts-mls', backend: 'its default', suite: 'MLS_256_XWING_X' } as const
  const cases = [
    fake('engine'),
    fake('core', { operation: 'update' }),
    fake('engine', { backend: 'noble' }),
    fake('record', { operation: 'message' }),
    fake('ts-mls', yardstick),
    fake('ts-mls', { ...yardstick, operation: 'update' }),
    fake('tuned'),
    fake('tuned', { operation: 'update' }),
  ]
  const rows = rowsOf(cases, [[1, 2, 9], [4], [20], [1], [10, 20, 30], [16], [2], [2]])
  expect(rows.map(({ ratio }) => ratio)).toEqual([0.1, 0.25, 1, null, 1, 1, 0.1, 0.125])
  expect(rows.map(({ tuned }) => tuned?.ratio)).toEqual([1, 2, ...Array(6).fill(undefined)])
  expect(rows.map(({ tuned }) => tuned?.within)).toEqual([true, false, ...Array(6).fill(undefined)])
  expect(rowsOf([fake('engine')], [[1]])[0]).toMatchObject({ ratio: null, tuned: null })
})

test('the text has a table for each suite with its yardstick, and the counts', () => {
  const suites = ['S1', 'S2'].flatMap((suite) =>
    rowsOf(
      [fake('engine', { suite }), fake('ts-mls', { suite: 'XWING', backend: 'its default' }), fake('tuned', { suite })],
      [[1], [10], [0.8]],
    ),
  )
  const report: Report = {
    tool: 'twofold-bench',
    format: 1,
    startedAt: '2026-01-01T00:00:00.000Z',
    origin: { cpu: 'C', cores: 2, platform: 'p', load: 0, runtime: 'node 0', openssl: '3', commit: undefined },
    rounds: 1,
    rows: suites,
    profiles: [{ operation: 'update', layer: 'core', suite: 'S2', calls: { 'hash.digest': 7 } }],
  }
  const text = reportText(report)
  expect(text.match(/^S\d, beside ts-mls XWING$/gm)).toEqual(['S1, beside ts-mls XWING', 'S2, beside ts-mls XWING'])
  expect(text.match(/^handshake +engine +.*0\.100 +1\.25$/gm)).toHaveLength(2)
  expect(text).toMatch(/calls of S2\n.*update core\n.*\nhash\.digest +7/)
  expect(text).not.toContain('calls of S1')
})

test('options', () => {
  expect(parseOptions([])).toMatchObject({ json: false, profile: false, rounds: 50, seconds: undefined })
  expect(parseOptions([]).suites.map(({ id }) => id)).toEqual([0xf002])
  expect(parseOptions(['--suite', '1', '--suite', '0xf001']).suites.map(({ id }) => id)).toEqual([1, 0xf001])
  expect(parseOptions(['--seconds', '2.5'])).toMatchObject({ rounds: Number.POSITIVE_INFINITY, seconds: 2.5 })
  expect(parseOptions(['--seconds', '2', '--rounds', '9'])).toMatchObject({ rounds: 9, seconds: 2 })
  for (const bad of [
    ['--rounds', '0'],
    ['--rounds', '1.5'],
    ['--seconds', 'x'],
    ['--suite', 'nope'],
    ['--jsn'],
    ['x'],
  ]) {
    expect(() => parseOptions(bad), bad.join(' ')).toThrow()
  }
})

test('the nearest suite of ts-mls has the same key agreement and signature', () => {
  expect(nearestTsMls(findSuite(0xf002)!)).toBe('MLS_256_XWING_AES256GCM_SHA512_Ed25519')
  expect(nearestTsMls(findSuite(1)!)).toBe(findSuite(1)!.name)
  // X-Wing there goes with AES-GCM and ML-DSA-87 only: nothing near ML-DSA-44.
  expect(nearestTsMls(findSuite(0xf009)!)).toBeUndefined()
})
