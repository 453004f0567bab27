import { afterEach, expect, test } from 'vitest'
import { endAll, finished, freshFolder } from '../src/index.ts'
import { person } from '../src/people.ts'

afterEach(endAll)

test.each([[['--help']], [['help', 'listen']], [['connect', '--help']]])('%j prints help on stdout', async (args) => {
  const run = await finished('twofold', args)
  expect(run).toMatchObject({ exit: 0, stderr: '', stdout: expect.stringMatching(/^Usage: twofold/) })
})

test('--version, as text and as JSON', async () => {
  const text = await finished('twofold', ['--version'])
  expect(text).toMatchObject({ exit: 0, stderr: '', stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
  const json = await finished('twofold', ['--version', '--json'])
  expect(json).toMatchObject({ exit: 0, stderr: '' })
  expect(JSON.parse(json.stdout)).toMatchObject({ name: '@twofold/cli', version: text.stdout.trimEnd() })
  expect((JSON.parse(json.stdout) as { backends: Record<string, number[]> }).backends.node).toContain(0xf002)
})

test('wrong usage leaves stdout empty', async () => {
  const text = await finished('twofold', ['listen', '--prot', '1'])
  expect(text).toMatchObject({ exit: 2, stdout: '', stderr: expect.stringContaining('--port') })
  const json = await finished('twofold', ['connect', '--json', '--suite', '0xf0f0'])
  expect(json).toMatchObject({ exit: 2, stdout: '' })
  expect(JSON.parse(json.stderr)).toMatchObject({ event: 'error', exit: 2, hint: expect.stringMatching(/0xF002/) })
})

test('a suite needs a key of its signature scheme; keygen makes one', async () => {
  const alice = await person('alice')
  const lacking = await finished('twofold', ['connect', '--suite', '0xf003'], { env: alice.env })
  expect(lacking).toMatchObject({ exit: 2, stderr: expect.stringContaining('keygen --force --scheme P256') })
  const path = `${await freshFolder()}/me.json`
  const both = ['keygen', '--identity', path, '--name', 'alice', '--scheme', 'Ed25519,P256']
  const { stdout } = await finished('twofold', both)
  expect(stdout).toMatch(/^alice Ed25519 \S+\nalice P256 \S+\n$/)
  const run = await finished('twofold', ['connect', '--suite', '0xf003', '--identity', path, '127.0.0.1', '9'])
  expect(run).toMatchObject({ exit: 4 })
})
