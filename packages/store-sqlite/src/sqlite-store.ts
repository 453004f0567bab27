import type { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { checkOptions, TwofoldError } from '@twofold/interface'
import type { Store, StoredValue, StoreWrite } from '@twofold/interface/io'
import { inTransaction, type Opened, openDatabase } from './database.ts'
import { keyBytes, type Sealing } from './sealing.ts'
import { isBusy, storeError } from './sqlite-error.ts'

export interface SqliteStoreOptions {
  /** The file; it is made, for its owner alone, when there is none. `-wal` and `-shm` stand beside it while it is open. */
  readonly path: string
  /** 32 random bytes that only the application knows. Not kept: it may be wiped afterwards. */
  readonly key: Uint8Array
}

/** How long a call waits for other processes in all, and between two attempts, in ms. */
const patienceMs = 5_000
const pauseMs = 5

/**
 * A store in one SQLite file, for any number of processes. Values and ids are encrypted with AES-256-GCM under keys derived from
 * `key`; altered, swapped and mixed rows are found out (`STORE_CORRUPT`), an older copy of the whole file is not. Throws
 * `STORE_WRONG_KEY`, `STORE_CORRUPT`, `STORE_FAILED` (with the `cause`) and `USAGE_INVALID_ARGUMENT`.
 *
 * ```ts
 * await using store = sqliteStore({ path: 'sessions.db', key })
 * ```
 */
export function sqliteStore(options: SqliteStoreOptions): Store {
  checkOptions(options, ['path', 'key'], 'sqliteStore')
  checkPath(options.path)
  checkKey(options.key)
  const { database, sealing } = opened(options)

  /** Other processes are waited for without holding up this one. */
  async function run<T>(work: () => T): Promise<T> {
    const until = performance.now() + patienceMs
    for (;;) {
      if (!database.isOpen) throw new TwofoldError('USAGE_CLOSED', 'the store is closed')
      try {
        return work()
      } catch (error) {
        if (!isBusy(error) || performance.now() > until) throw storeError(error)
      }
      await sleep(pauseMs)
    }
  }

  /** What was forgotten lies in the log until that is emptied, and a reader in another process keeps it from that. */
  async function eraseLog(): Promise<void> {
    const until = performance.now() + patienceMs
    while (!(await run(() => checkpoint(database)))) {
      if (performance.now() > until) {
        throw new TwofoldError(
          'STORE_FAILED',
          'the value is gone, but another process keeps the log that held it: forget it again',
        )
      }
      await sleep(pauseMs)
    }
  }

  async function close(): Promise<void> {
    if (!database.isOpen) return
    tidy(database)
    database.close()
    sealing.wipe()
  }

  return {
    load: (id) => run(() => load(database, sealing, checkId(id))),
    commit: (writes) => run(() => commit(database, sealing, checkWrites(writes))),
    async forget(id: string): Promise<void> {
      await run(() => remove(database, sealing, checkId(id)))
      await eraseLog()
    },
    list: () => run(() => list(database, sealing)),
    close,
    [Symbol.asyncDispose]: close,
  }
}

function opened({ path, key }: SqliteStoreOptions): Opened {
  try {
    return openDatabase(path, key)
  } catch (error) {
    throw storeError(error)
  }
}

function load(database: DatabaseSync, sealing: Sealing, id: string): StoredValue | undefined {
  const tag = sealing.tag(id)
  const row = database.prepare('SELECT revision, bytes FROM value WHERE tag = ?').get(tag)
  if (row === undefined) return undefined
  const revision = Number(row.revision)
  return { revision, bytes: sealing.openBytes(tag, revision, blob(row.bytes)) }
}

function commit(database: DatabaseSync, sealing: Sealing, writes: readonly StoreWrite[]): void {
  if (writes.length === 0) return
  const sealed = writes.map((write) => sealWrite(sealing, write))
  inTransaction(database, () => {
    for (const row of sealed) put(database, row)
  })
  tidy(database)
}

interface SealedWrite {
  readonly tag: Uint8Array
  readonly revision: number
  readonly id: Uint8Array
  readonly bytes: Uint8Array
}

function sealWrite(sealing: Sealing, { id, revision, bytes }: StoreWrite): SealedWrite {
  const tag = sealing.tag(id)
  return { tag, revision, id: sealing.sealId(tag, id), bytes: sealing.sealBytes(tag, revision, bytes) }
}

function put(database: DatabaseSync, { tag, revision, id, bytes }: SealedWrite): void {
  const { changes } =
    revision === 1
      ? database.prepare('INSERT INTO value VALUES (?, 1, ?, ?) ON CONFLICT DO NOTHING').run(tag, id, bytes)
      : database
          .prepare('UPDATE value SET revision = ?, bytes = ? WHERE tag = ? AND revision = ?')
          .run(revision, bytes, tag, revision - 1)
  if (Number(changes) === 1) return
  throw new TwofoldError('STORE_CONFLICT', `another writer was faster: revision ${revision - 1} is not what is stored`)
}

function remove(database: DatabaseSync, sealing: Sealing, id: string): void {
  inTransaction(database, () => database.prepare('DELETE FROM value WHERE tag = ?').run(sealing.tag(id)))
}

function list(database: DatabaseSync, sealing: Sealing): readonly string[] {
  const rows = database.prepare('SELECT tag, id FROM value ORDER BY rowid').all()
  return rows.map(({ tag, id }) => sealing.openId(blob(tag), blob(id)))
}

function blob(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value
  throw new TwofoldError('STORE_CORRUPT', 'a row of the store was altered: it holds something else than bytes')
}

/** Moves the log into the file and empties it: the log would keep what was replaced. False when another process reads it. */
function checkpoint(database: DatabaseSync): boolean {
  return database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.busy === 0
}

/** As far as it goes: what was committed is durable already, and nobody must take a failure here for one of the commit. */
function tidy(database: DatabaseSync): void {
  try {
    checkpoint(database)
  } catch {
    // The next commit, `forget` or `close` tries again.
  }
}

function checkPath(path: string): void {
  if (typeof path === 'string' && path !== '' && path !== ':memory:' && !path.includes('\0')) return
  throw invalid('path names a file; for a store in memory take @twofold/store-memory')
}

function checkKey(key: Uint8Array): void {
  if (!(key instanceof Uint8Array) || key.length !== keyBytes) throw invalid(`key is a Uint8Array of ${keyBytes} bytes`)
  if (key.every((byte) => byte === 0)) throw invalid('key is all zero: it was wiped, or never filled')
}

function checkWrites(writes: readonly StoreWrite[]): readonly StoreWrite[] {
  for (const { id, revision, bytes } of writes) {
    checkId(id)
    if (!Number.isSafeInteger(revision) || revision < 1) throw invalid('a revision is a whole number, 1 for the first')
    if (!(bytes instanceof Uint8Array)) throw invalid('the bytes of a write are a Uint8Array')
  }
  if (new Set(writes.map(({ id }) => id)).size < writes.length) throw invalid('a commit writes each id at most once')
  return writes
}

function checkId(id: string): string {
  if (typeof id === 'string' && /^[\x20-\x7e]{1,200}$/.test(id)) return id
  throw invalid('an id is 1 to 200 printable ASCII characters')
}

function invalid(message: string): TwofoldError {
  return new TwofoldError('USAGE_INVALID_ARGUMENT', message)
}
