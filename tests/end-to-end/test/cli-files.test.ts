import { chmod, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { endAll, finished, freshFolder } from '../src/index.ts'
import { friends, listener, person } from '../src/people.ts'

afterEach(endAll)

const line = /^alice Ed25519 [A-Za-z0-9+/]{43}=\n$/

async function modeOf(path: string): Promise<number> {
  return (await stat(path)).mode & 0o777
}

test('keygen makes a private identity, and nothing but its line is on stdout', async () => {
  const home = await freshFolder()
  const env = { HOME: home, XDG_CONFIG_HOME: home }
  const made = await finished('twofold', ['keygen', '--name', 'alice'], { env })
  expect(made).toMatchObject({ exit: 0, stdout: expect.stringMatching(line) })
  const path = join(home, 'twofold', 'identity.json')
  expect(await modeOf(path)).toBe(0o600)
  expect(await modeOf(join(home, 'twofold'))).toBe(0o700)
  expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ version: 1, name: 'alice' })

  const shown = await finished('twofold', ['keygen', '--show'], { env })
  expect(shown).toMatchObject({ exit: 0, stdout: made.stdout })
})

test('keygen replaces an identity only when forced', async () => {
  const path = join(await freshFolder(), 'me.json')
  const make = (...args: string[]) => finished('twofold', ['keygen', '--identity', path, '--name', 'alice', ...args])
  const first = await make()
  const again = await make()
  expect(again).toMatchObject({ exit: 2, stdout: '', stderr: expect.stringContaining('--force') })
  const kept = await finished('twofold', ['keygen', '--identity', path, '--show'])
  expect(kept.stdout).toBe(first.stdout)
  const forced = await make('--force')
  expect(forced).toMatchObject({ exit: 0, stdout: expect.stringMatching(line) })
  expect(forced.stdout).not.toBe(first.stdout)
  expect(await modeOf(path)).toBe(0o600)
})

test('keygen --json prints one JSON object, without the private key', async () => {
  const path = join(await freshFolder(), 'me.json')
  const { exit, stdout } = await finished('twofold', ['keygen', '--identity', path, '--name', 'alice', '--json'])
  expect(exit).toBe(0)
  const printed = JSON.parse(stdout) as { keys: { publicKey: string }[] }
  expect(printed).toMatchObject({ identity: path, name: 'alice', keys: [{ scheme: 'Ed25519' }] })
  const { keys } = JSON.parse(await readFile(path, 'utf8')) as { keys: { privateKey: string }[] }
  expect(stdout).not.toContain(keys[0]?.privateKey)
  expect(stdout).toContain(printed.keys[0]?.publicKey)
})

test('a name that known_peers cannot hold is refused', async () => {
  const path = join(await freshFolder(), 'me.json')
  const made = await finished('twofold', ['keygen', '--identity', path, '--name', 'al ice'])
  expect(made).toMatchObject({ exit: 2, stdout: '' })
  await expect(stat(path)).rejects.toThrow('ENOENT')
})

test('without an identity it says how to make one', async () => {
  const env = { HOME: await freshFolder() }
  for (const command of ['listen', 'connect']) {
    const run = await finished('twofold', [command], { env })
    expect(run).toMatchObject({ exit: 2, stdout: '', stderr: expect.stringContaining('twofold keygen') })
  }
})

test('an identity that others can read is refused, with the command to run', async () => {
  const alice = await person('alice')
  const path = join(alice.folder, 'identity.json')
  await chmod(path, 0o640)
  const run = await finished('twofold', ['connect'], { env: alice.env })
  expect(run).toMatchObject({ exit: 2, stdout: '', stderr: expect.stringContaining(`chmod 600 ${path}`) })
  await chmod(path, 0o600)
  expect(await finished('twofold', ['connect', '127.0.0.1', '9'], { env: alice.env })).toMatchObject({ exit: 4 })
})

test('the key of the store is 32 private bytes, refused when others can read it', async () => {
  const alice = await person('alice')
  const path = join(alice.folder, 'store.key')
  const connect = () => finished('twofold', ['connect', '127.0.0.1', '9'], { env: alice.env })
  expect(await connect()).toMatchObject({ exit: 4 })
  expect(await readFile(path)).toHaveLength(32)
  expect(await modeOf(path)).toBe(0o600)
  expect(await modeOf(join(alice.folder, 'sessions.db'))).toBe(0o600)
  await chmod(path, 0o644)
  expect(await connect()).toMatchObject({ exit: 2, stderr: expect.stringContaining(`chmod 600 ${path}`) })
  await writeFile(path, 'short')
  await chmod(path, 0o600)
  expect(await connect()).toMatchObject({ exit: 2, stderr: expect.stringContaining('32') })
  await rm(path)
  expect(await connect()).toMatchObject({ exit: 2, stderr: expect.stringContaining('TWOFOLD_STORE_KEY') })
})

test('TWOFOLD_STORE_KEY stands in for the file; another key does not open the store', async () => {
  const alice = await person('alice')
  const connect = (key: string) =>
    finished('twofold', ['connect', '127.0.0.1', '9'], { env: { ...alice.env, TWOFOLD_STORE_KEY: key } })
  expect(await connect('ab'.repeat(32))).toMatchObject({ exit: 4 })
  await expect(stat(join(alice.folder, 'store.key'))).rejects.toThrow('ENOENT')
  expect(await connect('cd'.repeat(32))).toMatchObject({ exit: 5, stdout: '' })
  expect(await connect(Buffer.alloc(32, 0xab).toString('base64'))).toMatchObject({ exit: 4 })
  expect(await connect('nonsense')).toMatchObject({ exit: 2, stderr: expect.stringContaining('64 hexadecimal') })
})

test('a damaged identity is refused', async () => {
  const alice = await person('alice')
  const path = join(alice.folder, 'identity.json')
  await writeFile(path, (await readFile(path, 'utf8')).slice(0, -10))
  const run = await finished('twofold', ['connect'], { env: alice.env })
  expect(run).toMatchObject({ exit: 2, stdout: '', stderr: expect.stringContaining('is damaged') })
})

test('every file can be put elsewhere', async () => {
  const { alice, bob } = await friends()
  const folder = await freshFolder()
  const at = (name: string): string => join(folder, name)
  const made = await finished('twofold', ['keygen', '--identity', at('carol.json'), '--name', 'carol'])
  await bob.knows(made.stdout.trimEnd())
  await writeFile(at('peers'), `${bob.line} a comment\n# and another\n${alice.line}\n`)
  const { listen, target } = await listener(bob, ['--once'], { input: 'to carol' })
  const args = ['--identity', at('carol.json'), '--known-peers', at('peers'), '--store', at('carol.db')]
  const run = await finished('twofold', ['connect', ...target, '--peer', 'bob', ...args], { input: 'from carol' })
  expect(run).toMatchObject({ exit: 0, stdout: 'to carol' })
  expect(await listen.exit).toBe(0)
  expect(listen.stdout().toString()).toBe('from carol')
  expect(await modeOf(at('carol.db'))).toBe(0o600)
  expect(await modeOf(at('carol.store.key'))).toBe(0o600)
})
