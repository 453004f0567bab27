import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { nobleCrypto } from '@twofold/crypto-noble'
import { nodeCrypto } from '@twofold/crypto-node'
import { findSuite, toSuiteId } from '@twofold/interface'
import { expect, test } from 'vitest'
import { bench } from '../src/bench.ts'
import { profileOf } from '../src/profile.ts'
import type { Report } from '../src/report.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

function run(...args: string[]) {
  return promisify(execFile)(process.execPath, ['--conditions=@twofold/source', main, ...args])
}

test('a tiny run gives JSON alone on stdout, with every row, and progress on stderr', async () => {
  const { stdout, stderr } = await run('--json', '--rounds', '3', '--suite', '0xF002', '--profile')
  const report: Report = JSON.parse(stdout)
  expect(stderr).toContain('preparing')
  expect(report).toMatchObject({ tool: 'twofold-bench', format: 1, rounds: 3 })
  expect(report.origin.runtime).toMatch(/^node \d+\./)
  const seen = report.rows.map(({ operation, layer, backend }) => `${operation} ${layer} ${backend}`)
  const ours = ['node', 'noble'].flatMap((backend) =>
    ['handshake engine', 'handshake core', 'update engine', 'update core', 'message record'].map(
      (row) => `${row} ${backend}`,
    ),
  )
  const theirs = ['handshake', 'update', 'message'].map((operation) => `${operation} ts-mls its default`)
  const tuned = ['handshake', 'update', 'message'].map((operation) => `${operation} tuned node`)
  expect(seen).toEqual([...ours, ...theirs, ...tuned])
  for (const { time, ratio, suite, versions, unit, layer } of report.rows) {
    expect(unit).toBe('ms')
    expect(time.samples).toBe(3)
    expect(time.min).toBeGreaterThan(0)
    expect(time.min).toBeLessThanOrEqual(time.p25)
    expect(time.p25).toBeLessThanOrEqual(time.median)
    expect(time.median).toBeLessThanOrEqual(time.p75)
    expect(ratio).toBeGreaterThan(0)
    expect(suite).toContain(layer === 'ts-mls' ? 'XWING' : 'MLKEM768X25519')
    expect(versions['ts-mls']).toMatch(/^2\./)
  }
  expect(report.profiles.map(({ operation, layer }) => `${operation} ${layer}`)).toEqual([
    'handshake engine',
    'handshake core',
    'update engine',
    'update core',
  ])
})

test('--help, an unknown option, and a suite that nobody serves', async () => {
  expect((await run('--help')).stdout).toContain('--rounds')
  await expect(run('--jsn')).rejects.toMatchObject({ code: 1 })
  const unserved = { ...findSuite(1)!, id: toSuiteId(0x0999), name: 'UNSERVED' }
  const running = bench({ suites: [unserved], rounds: 1, seconds: undefined, profile: false })
  await expect(running).rejects.toMatchObject({ code: 'USAGE_SUITE_UNSUPPORTED' })
})

test('the counts are the same by every backend and in every run', async () => {
  const info = findSuite(0xf002)!
  const [node, again, noble] = [
    await profileOf({ provider: nodeCrypto, versions: {} }, info),
    await profileOf({ provider: nodeCrypto, versions: {} }, info),
    await profileOf({ provider: nobleCrypto, versions: {} }, info),
  ]
  expect(again).toEqual(node)
  expect(noble).toEqual(node)
  const update = node.find(({ operation, layer }) => operation === 'update' && layer === 'engine')
  // What RFC 9420 asks for: each side makes or checks two signatures, and one HPKE ciphertext goes over.
  expect(update?.calls).toMatchObject({ 'signature.sign': 2, 'signature.verify': 2, 'hpke.seal': 1, 'hpke.open': 1 })
})
