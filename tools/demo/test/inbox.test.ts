import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { inbox, type Offer } from '../src/inbox.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twofold-inbox-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

function offerOf(text: string): Offer {
  return { name: 'file', size: text.length, sha256: createHash('sha256').update(text).digest('hex') }
}

test('another inbox on the same folder goes on where the first stood', async () => {
  const offer = offerOf('hello world')
  expect(await inbox(folder).standing(offer)).toBe(0)
  expect(await inbox(folder).append(offer, Buffer.from('hello '))).toBe(6)
  const later = inbox(folder)
  expect(await later.standing(offer)).toBe(6)
  expect(await later.append(offer, Buffer.from('world'))).toBe(11)
  const { path, sha256 } = await later.finish(offer)
  expect(sha256).toBe(offer.sha256)
  expect(await readFile(path, 'utf8')).toBe('hello world')
})

test('what has another hash is not taken in', async () => {
  const offer = offerOf('hello')
  const box = inbox(folder)
  await box.standing(offer)
  await box.append(offer, Buffer.from('jello'))
  const { path, sha256 } = await box.finish(offer)
  expect(sha256).not.toBe(offer.sha256)
  await expect(readFile(path)).rejects.toThrow('ENOENT')
})

test.each(['../file', 'a/b', '', '.', 'x'.repeat(65)])('refuses the file name %j', async (name) => {
  await expect(inbox(folder).standing({ ...offerOf('hello'), name })).rejects.toThrow('a file name')
})
