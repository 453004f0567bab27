import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Store } from '@twofold/interface/io'
import { sqliteStore } from '@twofold/store-sqlite'
import { afterAll, expect, test } from 'vitest'
import { testKey as key, testValue } from './values.ts'

const folder = mkdtempSync(join(tmpdir(), 'twofold-sqlite-'))
afterAll(() => rmSync(folder, { recursive: true }))

interface Writer {
  readonly child: ChildProcess
  readonly exited: Promise<unknown[]>
  confirmed(): number[]
}

function startWriter(path: string, rounds: number): Writer {
  const args = [
    '--conditions=@twofold/source',
    '--no-warnings',
    join(import.meta.dirname, 'writer.ts'),
    path,
    String(rounds),
  ]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  return { child, exited: once(child, 'close'), confirmed: () => output.split('\n').slice(0, -1).map(Number) }
}

/** The stored revision, after both values were found to be whole and of the same revision. */
async function checkedRevision(store: Store): Promise<number> {
  const [a, b] = [await store.load('a'), await store.load('b')]
  expect(a?.revision).toBe(b?.revision)
  const revision = a?.revision ?? 0
  if (revision > 0) {
    expect(Buffer.compare(a?.bytes ?? key, testValue('a', revision))).toBe(0)
    expect(Buffer.compare(b?.bytes ?? key, testValue('b', revision))).toBe(0)
  }
  return revision
}

test('processes that write at once never overwrite each other, from the making of the file on', async () => {
  const path = join(folder, 'together.db')
  const writers = Array.from({ length: 3 }, () => startWriter(path, 30))
  for (const writer of writers) expect(await writer.exited).toEqual([0, null])
  const confirmed = writers.flatMap((writer) => writer.confirmed())
  expect(confirmed.sort((a, b) => a - b)).toEqual(Array.from({ length: 90 }, (_, n) => n + 1))
  await using store = sqliteStore({ path, key })
  expect(await checkedRevision(store)).toBe(90)
})

test('30 kills of a writer tear nothing and lose no confirmed revision', async () => {
  const path = join(folder, 'killed.db')
  let last = 0
  for (let kill = 0; kill < 30; kill++) {
    const writer = startWriter(path, 1_000_000)
    await once(writer.child.stdout as NodeJS.ReadableStream, 'data')
    await new Promise((resolve) => setTimeout(resolve, (kill * 13) % 60))
    writer.child.kill('SIGKILL')
    expect(await writer.exited).toEqual([null, 'SIGKILL'])
    const confirmed = writer.confirmed().at(-1) ?? 0
    await using store = sqliteStore({ path, key })
    const revision = await checkedRevision(store)
    expect(confirmed).toBeGreaterThan(last)
    expect([confirmed, confirmed + 1]).toContain(revision)
    last = revision
  }
  console.log(`30 kills, ${last} revisions`)
})
