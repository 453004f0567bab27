import { chmod, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { knownPeers } from '@twofold/as-known-peers'
import { type AuthQuestion, signatureSchemes } from '@twofold/interface'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { filesFor, keygenCommand } from '../src/files.ts'
import { fingerprint } from '../src/fingerprint.ts'
import { createIdentity, knownPeersLines, loadIdentity, saveIdentity } from '../src/identity-file.ts'
import { readPrivateFile, shellQuote, writePrivateFile } from '../src/private-file.ts'
import { loadStoreKey } from '../src/store-key.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twofold-cli-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

test('everything is beside the identity unless told otherwise', () => {
  expect(filesFor({ identity: '/x/identity.json' })).toEqual({
    identity: '/x/identity.json',
    knownPeers: '/x/known_peers',
    store: '/x/sessions.db',
    storeKey: '/x/store.key',
  })
  expect(filesFor({ identity: '/x/work.json', knownPeers: '/y/peers' })).toEqual({
    identity: '/x/work.json',
    knownPeers: '/y/peers',
    store: '/x/work.sessions.db',
    storeKey: '/x/work.store.key',
  })
  expect(filesFor({}).identity).toMatch(/twofold.identity\.json$/)
})

test('an identity is read back as it was saved', async () => {
  const path = join(folder, 'deep', 'identity.json')
  const identity = await createIdentity('alice', ['Ed25519', 'P256', 'Ed25519'])
  expect(identity.keys.map(({ scheme }) => scheme)).toEqual(['Ed25519', 'P256'])
  expect(await saveIdentity(path, identity, false)).toBe(true)
  expect(await loadIdentity(path)).toEqual(identity)
  expect(await saveIdentity(path, await createIdentity('bob', ['Ed25519']), false)).toBe(false)
  expect((await loadIdentity(path)).name).toBe('alice')
  expect(await saveIdentity(path, await createIdentity('bob', ['Ed25519']), true)).toBe(true)
  expect((await loadIdentity(path)).name).toBe('bob')
  expect(knownPeersLines(identity)).toHaveLength(2)
})

test.each([
  ['', /damaged/],
  ['[]', /damaged/],
  ['{"version":1,"name":"a","keys":[]}', /damaged/],
  ['{"version":1,"name":"a","keys":[{"scheme":"RSA","publicKey":"AA==","privateKey":"AA=="}]}', /damaged/],
  ['{"version":1,"name":"a","keys":[{"scheme":"Ed25519","publicKey":"!","privateKey":"AA=="}]}', /damaged/],
  ['{"version":1,"keys":[{"scheme":"Ed25519","publicKey":"AA==","privateKey":"AA=="}]}', /damaged/],
  ['{"version":2,"name":"a","keys":[]}', /format 2/],
])('the identity %j is refused', async (text, message) => {
  const path = join(folder, 'identity.json')
  await writePrivateFile(path, Buffer.from(text))
  await expect(loadIdentity(path)).rejects.toThrow(message)
})

test.each([0o644, 0o640, 0o660, 0o602, 0o610])('a private file of mode %o is refused', async (mode) => {
  const path = join(folder, "a file's name")
  await writePrivateFile(path, Buffer.from('secret'))
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect(await readPrivateFile(path, 'it')).toEqual(new Uint8Array(Buffer.from('secret')))
  await chmod(path, mode)
  const quoted = `'${folder}/a file'\\''s name'`
  await expect(readPrivateFile(path, 'it')).rejects.toMatchObject({ exit: 2, hint: `run: chmod 600 ${quoted}` })
})

test('a link to a file that is open to others is refused too', async () => {
  await writeFile(join(folder, 'open'), 'secret', { mode: 0o644 })
  await symlink(join(folder, 'open'), join(folder, 'link'))
  await expect(readPrivateFile(join(folder, 'link'), 'it')).rejects.toMatchObject({ exit: 2 })
})

test('a replaced private file is private, whatever was there', async () => {
  const path = join(folder, 'file')
  await writeFile(path, 'old', { mode: 0o644 })
  expect(await writePrivateFile(path, Buffer.from('new'), true)).toBe(true)
  expect(await readFile(path, 'utf8')).toBe('new')
  expect((await stat(path)).mode & 0o777).toBe(0o600)
})

test('the key of the store is made once', async () => {
  const files = filesFor({ identity: join(folder, 'identity.json') })
  const key = await loadStoreKey(files, {})
  expect(key).toHaveLength(32)
  expect(await loadStoreKey(files, {})).toEqual(key)
  expect(await loadStoreKey(files, { TWOFOLD_STORE_KEY: 'ab'.repeat(32) })).toEqual(new Uint8Array(32).fill(0xab))
  await expect(loadStoreKey(files, { TWOFOLD_STORE_KEY: 'ab' })).rejects.toMatchObject({ exit: 2 })
  await rm(files.storeKey)
  await writeFile(files.store, '')
  await expect(loadStoreKey(files, {})).rejects.toMatchObject({ exit: 2 })
})

test('words for a shell', () => {
  expect(['/a/b.c', 'a b', "it's", '$x'].map(shellQuote)).toEqual(['/a/b.c', "'a b'", "'it'\\''s'", "'$x'"])
})

test('the fingerprint is the one that a refusal names', async () => {
  const { keys } = await createIdentity('alice', ['Ed25519'])
  const [key] = keys
  if (key === undefined) throw new Error('no key')
  const question = {
    credential: { kind: 'basic', identity: new Uint8Array(Buffer.from('alice')) },
    signatureScheme: signatureSchemes.Ed25519,
    signatureKey: key.publicKey,
  } as unknown as AuthQuestion
  await writeFile(join(folder, 'known_peers'), '')
  const service = knownPeers({ path: join(folder, 'known_peers') })
  const verdict = await service.validate(question, new AbortController().signal)
  expect(verdict).toMatchObject({
    kind: 'reject',
    reason: expect.stringContaining(fingerprint('Ed25519', key.publicKey)),
  })
})

test('the command for another identity names it', () => {
  expect(keygenCommand(filesFor({}).identity)).toBe('`twofold keygen`')
  expect(keygenCommand('/x/my id.json', '--show')).toBe("`twofold keygen --show --identity '/x/my id.json'`")
})
