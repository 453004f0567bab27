import {
  chmodSync,
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { codeOf } from '@twofold/interface'
import type { Store } from '@twofold/interface/io'
import { type SqliteStoreOptions, sqliteStore } from '@twofold/store-sqlite'
import { afterAll, describe, expect, test } from 'vitest'
import { openDatabase } from '../src/database.ts'
import { testKey as key, testValue } from './values.ts'

const folder = mkdtempSync(join(tmpdir(), 'twofold-sqlite-'))
afterAll(() => rmSync(folder, { recursive: true }))
let files = 0

const freshPath = (): string => join(folder, `${files++}.db`)

/** A closed file with `a` and `b` at revision 2. */
async function filled(): Promise<string> {
  const path = freshPath()
  await using store = sqliteStore({ path, key })
  for (const revision of [1, 2]) {
    await store.commit(['a', 'b'].map((id) => ({ id, revision, bytes: testValue(id, revision) })))
  }
  return path
}

/** Changes a closed file behind the store's back. */
function alter(path: string, sql: string, ...values: SQLInputValue[]): void {
  const database = new DatabaseSync(path)
  database.prepare(sql).run(...values)
  database.close()
}

function rowsOf(path: string): Record<string, Uint8Array>[] {
  const database = new DatabaseSync(path, { readOnly: true })
  const rows = database.prepare('SELECT tag, id, bytes FROM value ORDER BY rowid').all()
  database.close()
  return rows as Record<string, Uint8Array>[]
}

/** Everything on the disk, the log included. */
function diskOf(path: string): Buffer {
  const names = readdirSync(folder).filter((name) => join(folder, name).startsWith(path))
  return Buffer.concat(names.map((name) => readFileSync(join(folder, name))))
}

function opening(path: string, other: Uint8Array = key): () => Store {
  return () => sqliteStore({ path, key: other })
}

const code = (expected: string): unknown => expect.objectContaining({ code: expected })

describe('options', () => {
  test.each<[string, object, string]>([
    ['an unknown key', { path: 'x', key, sync: false }, 'USAGE_UNKNOWN_OPTION'],
    ['no path', { key }, 'USAGE_INVALID_ARGUMENT'],
    ['a store in memory', { path: ':memory:', key }, 'USAGE_INVALID_ARGUMENT'],
    ['a short key', { path: 'x', key: new Uint8Array(31).fill(1) }, 'USAGE_INVALID_ARGUMENT'],
    ['a text as key', { path: 'x', key: 'a'.repeat(32) }, 'USAGE_INVALID_ARGUMENT'],
    ['a key that was wiped', { path: 'x', key: new Uint8Array(32) }, 'USAGE_INVALID_ARGUMENT'],
  ])('%s is refused', (_, options, expected) => {
    expect(() => sqliteStore(options as SqliteStoreOptions)).toThrow(code(expected))
  })

  test('the key may be wiped as soon as the store is open', async () => {
    const path = freshPath()
    const mine = key.slice()
    await using store = sqliteStore({ path, key: mine })
    mine.fill(0)
    await store.commit([{ id: 'a', revision: 1, bytes: testValue('a', 1) }])
    await using again = sqliteStore({ path, key })
    expect((await again.load('a'))?.bytes).toEqual(testValue('a', 1))
  })
})

describe('opening', () => {
  test('another key is found out at once', async () => {
    const path = await filled()
    for (const bit of [0, 100, 255]) {
      const other = key.slice()
      other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(opening(path, other)).toThrow(code('STORE_WRONG_KEY'))
    }
    await using store = sqliteStore({ path, key })
    expect((await store.load('a'))?.revision).toBe(2)
  })

  test('an altered salt or key check is as good as another key', async () => {
    for (const column of ['salt', '"check"']) {
      const path = await filled()
      alter(path, `UPDATE key SET ${column} = ?`, new Uint8Array(32))
      expect(opening(path)).toThrow(code('STORE_WRONG_KEY'))
    }
    const path = await filled()
    alter(path, 'DELETE FROM key')
    expect(opening(path)).toThrow(code('STORE_CORRUPT'))
  })

  test('a newer format is refused and left alone', async () => {
    const path = await filled()
    alter(path, 'PRAGMA user_version = 2')
    const before = readFileSync(path)
    expect(opening(path)).toThrow(/format 2/)
    expect(opening(path)).toThrow(code('STORE_FAILED'))
    expect(Buffer.compare(readFileSync(path), before)).toBe(0)
  })

  test("somebody else's database is refused and left alone", () => {
    const path = freshPath()
    alter(path, 'CREATE TABLE precious (x)')
    const before = readFileSync(path)
    expect(opening(path)).toThrow(code('STORE_FAILED'))
    expect(Buffer.compare(readFileSync(path), before)).toBe(0)
  })

  test('what is no database is refused and left alone', () => {
    const path = freshPath()
    writeFileSync(path, 'precious '.repeat(200))
    expect(opening(path)).toThrow(code('STORE_CORRUPT'))
    expect(readFileSync(path, 'utf8')).toBe('precious '.repeat(200))
  })

  test.each([
    ['a folder', folder],
    ['a folder that is not there', join(folder, 'nowhere', 'x.db')],
  ])('%s is STORE_FAILED with its cause', (_, path) => {
    expect(opening(path)).toThrow(expect.objectContaining({ code: 'STORE_FAILED', cause: expect.any(Error) }))
  })
})

describe('the file', () => {
  test('commits are durable: the log is synchronised before a commit is over, and freed pages are overwritten', () => {
    const { database } = openDatabase(freshPath(), key)
    const pragma = (name: string): unknown => database.prepare(`PRAGMA ${name}`).get()?.[name]
    expect(['journal_mode', 'synchronous', 'fullfsync', 'secure_delete'].map(pragma)).toEqual(['wal', 2, 1, 1])
    database.close()
  })

  test('it and the files beside it are for the owner alone', async () => {
    const path = freshPath()
    await using store = sqliteStore({ path, key })
    await store.commit([{ id: 'a', revision: 1, bytes: testValue('a', 1) }])
    for (const end of ['', '-wal', '-shm']) expect([end, statSync(path + end).mode & 0o777]).toEqual([end, 0o600])
  })

  test('a file that others may read is closed to them', async () => {
    const path = await filled()
    chmodSync(path, 0o666)
    await using store = sqliteStore({ path, key })
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect((await store.load('a'))?.revision).toBe(2)
  })

  test('it names neither ids nor values, not even while it is open', async () => {
    const path = freshPath()
    await using store = sqliteStore({ path, key })
    const bytes = Buffer.from('a very recognisable secret value')
    await store.commit([{ id: 'recognisable-id', revision: 1, bytes }])
    expect(diskOf(path).includes('recognisable')).toBe(false)
    await store.commit([{ id: 'recognisable-id', revision: 2, bytes }])
    expect(diskOf(path).includes('recognisable')).toBe(false)
  })

  test('what is replaced or forgotten is erased, even in encrypted form', async () => {
    const path = freshPath()
    await using store = sqliteStore({ path, key })
    await store.commit([{ id: 'a', revision: 1, bytes: testValue('a', 1) }])
    const first = rowsOf(path)[0]?.bytes ?? key
    expect(diskOf(path).includes(first.subarray(0, 64))).toBe(true)
    await store.commit([{ id: 'a', revision: 2, bytes: testValue('a', 2) }])
    expect(diskOf(path).includes(first.subarray(0, 64))).toBe(false)
    const second = rowsOf(path)[0]?.bytes ?? key
    expect(diskOf(path).includes(second.subarray(0, 64))).toBe(true)
    await store.forget('a')
    expect(diskOf(path).includes(second.subarray(0, 64))).toBe(false)
  })

  test('forget waits for a reader that keeps the log, and says so when it stays', async () => {
    const path = await filled()
    await using store = sqliteStore({ path, key })
    const reader = new DatabaseSync(path)
    const hold = (): void => {
      reader.exec('BEGIN')
      reader.prepare('SELECT count(*) FROM value').get()
    }
    hold()
    setTimeout(() => reader.exec('COMMIT'), 300)
    await store.forget('a')
    hold()
    await expect(store.forget('b')).rejects.toMatchObject({ code: 'STORE_FAILED' })
    reader.close()
    await store.forget('b')
    expect(await store.list()).toEqual([])
  })

  test('a writer in another process is waited for without holding up this one', async () => {
    const path = await filled()
    await using store = sqliteStore({ path, key })
    const other = new DatabaseSync(path)
    other.exec('BEGIN IMMEDIATE')
    let ticks = 0
    const ticking = setInterval(() => ticks++, 10)
    setTimeout(() => other.exec('COMMIT'), 400)
    await store.commit([{ id: 'a', revision: 3, bytes: testValue('a', 3) }])
    clearInterval(ticking)
    other.close()
    expect(ticks).toBeGreaterThan(3)
  })

  test('a writer that never ends is STORE_FAILED with its cause', async () => {
    const path = await filled()
    await using store = sqliteStore({ path, key })
    const other = new DatabaseSync(path)
    other.exec('BEGIN IMMEDIATE')
    const committing = store.commit([{ id: 'a', revision: 3, bytes: testValue('a', 3) }])
    await expect(committing).rejects.toMatchObject({ code: 'STORE_FAILED', cause: expect.any(Error) })
    other.close()
    expect((await store.load('a'))?.revision).toBe(2)
  })

  test('a call that waits when the store is closed throws USAGE_CLOSED', async () => {
    const path = await filled()
    const store = sqliteStore({ path, key })
    const other = new DatabaseSync(path)
    other.exec('BEGIN IMMEDIATE')
    const committing = store.commit([{ id: 'a', revision: 3, bytes: testValue('a', 3) }])
    await Promise.all([expect(committing).rejects.toMatchObject({ code: 'USAGE_CLOSED' }), store.close()])
    other.close()
  })
})

describe('altered rows', () => {
  test.each(['bytes', 'id'])('a flipped bit anywhere in %s is found out', async (column) => {
    const path = await filled()
    const [row] = rowsOf(path)
    const original = row?.[column] ?? key
    for (const at of [0, 11, 12, 13, original.length - 17, original.length - 16, original.length - 1]) {
      const flipped = original.slice()
      flipped[at] = (flipped[at] ?? 0) ^ 1
      alter(path, `UPDATE value SET ${column} = ? WHERE tag = ?`, flipped, row?.tag ?? null)
      await using store = sqliteStore({ path, key })
      const reading = column === 'id' ? store.list() : store.load('a')
      await expect(reading).rejects.toMatchObject({ code: 'STORE_CORRUPT' })
      expect((await store.load('b'))?.bytes).toEqual(testValue('b', 2))
    }
  })

  test('a value that is cut short is found out', async () => {
    const path = await filled()
    const [row] = rowsOf(path)
    for (const length of [0, 1, 27, 28, (row?.bytes?.length ?? 0) - 1]) {
      alter(path, 'UPDATE value SET bytes = ? WHERE tag = ?', row?.bytes?.subarray(0, length) ?? null, row?.tag ?? null)
      await using store = sqliteStore({ path, key })
      await expect(store.load('a')).rejects.toMatchObject({ code: 'STORE_CORRUPT' })
    }
  })

  test.each(['bytes', 'id'])('%s of another row is found out', async (column) => {
    const path = await filled()
    const [a, b] = rowsOf(path)
    alter(path, `UPDATE value SET ${column} = ? WHERE tag = ?`, b?.[column] ?? null, a?.tag ?? null)
    await using store = sqliteStore({ path, key })
    const reading = column === 'id' ? store.list() : store.load('a')
    await expect(reading).rejects.toMatchObject({ code: 'STORE_CORRUPT' })
  })

  test('swapped tags are found out', async () => {
    const path = await filled()
    const [a, b] = rowsOf(path)
    alter(path, 'UPDATE value SET tag = ? WHERE tag = ?', new Uint8Array(32), a?.tag ?? null)
    alter(path, 'UPDATE value SET tag = ? WHERE tag = ?', a?.tag ?? null, b?.tag ?? null)
    await using store = sqliteStore({ path, key })
    await expect(store.load('a')).rejects.toMatchObject({ code: 'STORE_CORRUPT' })
    await expect(store.list()).rejects.toMatchObject({ code: 'STORE_CORRUPT' })
  })

  test('an older value under the newer revision is found out, and the other way round', async () => {
    const path = freshPath()
    const first = sqliteStore({ path, key })
    await first.commit([{ id: 'a', revision: 1, bytes: testValue('a', 1) }])
    const [old] = rowsOf(path)
    await first.commit([{ id: 'a', revision: 2, bytes: testValue('a', 2) }])
    await first.close()
    alter(path, 'UPDATE value SET bytes = ?', old?.bytes ?? null)
    await using store = sqliteStore({ path, key })
    await expect(store.load('a')).rejects.toMatchObject({ code: 'STORE_CORRUPT' })
    alter(path, 'UPDATE value SET revision = 3')
    await expect(store.load('a')).rejects.toMatchObject({ code: 'STORE_CORRUPT' })
  })

  test('a value of another file with the same key is found out', async () => {
    const [one, two] = [await filled(), await filled()]
    const stranger = rowsOf(two)[0]?.bytes ?? null
    alter(one, 'UPDATE value SET bytes = ? WHERE tag = ?', stranger, rowsOf(one)[0]?.tag ?? null)
    await using store = sqliteStore({ path: one, key })
    await expect(store.load('a')).rejects.toMatchObject({ code: 'STORE_CORRUPT' })
  })

  test('no altered byte of the whole file gives a wrong value', async () => {
    const path = await filled()
    const whole = readFileSync(path)
    const codes = new Map<string, number>()
    for (let at = 0; at < whole.length; at += 41) {
      writeFileSync(path, whole)
      flip(path, at, whole[at] ?? 0)
      const outcome = await readBoth(path)
      codes.set(outcome, (codes.get(outcome) ?? 0) + 1)
      for (const end of ['-wal', '-shm']) rmSync(path + end, { force: true })
    }
    console.log(`altered bytes of the file: ${[...codes].map(([name, count]) => `${name} ${count}`).join(', ')}`)
    expect([...codes.keys()].filter((name) => !/^(right|absent|STORE_)/.test(name))).toEqual([])
    expect(codes.get('STORE_CORRUPT')).toBeGreaterThan(50)
  })
})

function flip(path: string, at: number, byte: number): void {
  const file = openSync(path, 'r+')
  writeSync(file, new Uint8Array([byte ^ 0x40]), 0, 1, at)
  closeSync(file)
}

/** `right`, `absent`, a code, or what must not happen. */
async function readBoth(path: string): Promise<string> {
  try {
    await using store = sqliteStore({ path, key })
    for (const id of ['a', 'b']) {
      const value = await store.load(id)
      if (value === undefined) return 'absent'
      if (value.revision !== 2 || Buffer.compare(value.bytes, testValue(id, 2)) !== 0) return 'wrong value'
    }
    return 'right'
  } catch (error) {
    return codeOf(error) ?? `no code: ${String(error)}`
  }
}
