import { randomBytes } from 'node:crypto'
import { chmodSync, closeSync, existsSync, fchmodSync, fstatSync, fsyncSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { TwofoldError } from '@twofold/interface'
import { type Sealing, saltBytes, sealingFor } from './sealing.ts'

/** "2fld": marks the file as one of ours (PRAGMA application_id). */
const applicationId = 0x32666c64
const schemaVersion = 1
const ownerOnly = 0o600

/** While the file is opened, another process may hold it so long, in ms. */
const openWaitMs = 5_000
/** The longest that a call blocks the event loop for another process, in ms; the store tries again after it. */
const blockMs = 50

export interface Opened {
  readonly database: DatabaseSync
  readonly sealing: Sealing
}

/** Opens the file, makes it where there is none, and checks that it is ours and that the key fits. */
export function openDatabase(path: string, key: Uint8Array): Opened {
  makePrivate(path)
  const database = new DatabaseSync(path)
  try {
    configure(database)
    const sealing = inTransaction(database, () => prepare(database, key))
    database.exec(`PRAGMA busy_timeout = ${blockMs}`)
    return { database, sealing }
  } catch (error) {
    database.close()
    throw error
  }
}

/** Runs `work` in one write transaction: all of it or nothing, also against other processes. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    database.exec('COMMIT')
    return result
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

/** SQLite gives -wal and -shm the permissions of the file; so the file gets them before SQLite sees it. */
function makePrivate(path: string): void {
  const isNew = !existsSync(path)
  const file = openSync(path, 'a', ownerOnly)
  try {
    if ((fstatSync(file).mode & 0o077) !== 0) fchmodSync(file, ownerOnly)
  } finally {
    closeSync(file)
  }
  for (const beside of [`${path}-wal`, `${path}-shm`]) tighten(beside)
  if (isNew) syncFolder(dirname(path))
}

function tighten(path: string): void {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0
  if ((mode & 0o077) !== 0) chmodSync(path, ownerOnly)
}

/** Without it a power cut could lose the new file's name, and with it the first commits. */
function syncFolder(path: string): void {
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

function configure(database: DatabaseSync): void {
  database.exec(`PRAGMA busy_timeout = ${openWaitMs}`)
  checkOwner(database)
  database.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA secure_delete = ON',
  )
}

/** Before anything is changed in a file that may not be ours. */
function checkOwner(database: DatabaseSync): void {
  if (pragma(database, 'schema_version') === 0) return
  if (pragma(database, 'application_id') !== applicationId) {
    throw new TwofoldError('STORE_FAILED', 'the file is a database of something else: choose another path')
  }
  const version = pragma(database, 'user_version')
  if (version !== schemaVersion) {
    throw new TwofoldError(
      'STORE_FAILED',
      `the store has format ${version}, this version reads ${schemaVersion}: upgrade @twofold/store-sqlite`,
    )
  }
}

function prepare(database: DatabaseSync, key: Uint8Array): Sealing {
  return pragma(database, 'schema_version') === 0 ? create(database, key) : unlock(database, key)
}

function create(database: DatabaseSync, key: Uint8Array): Sealing {
  const salt = randomBytes(saltBytes)
  const sealing = sealingFor(key, salt)
  database.exec(`
    CREATE TABLE key (salt BLOB NOT NULL, "check" BLOB NOT NULL) STRICT;
    CREATE TABLE value (tag BLOB PRIMARY KEY, revision INTEGER NOT NULL, id BLOB NOT NULL, bytes BLOB NOT NULL) STRICT;
    PRAGMA application_id = ${applicationId};
    PRAGMA user_version = ${schemaVersion};
  `)
  database.prepare('INSERT INTO key VALUES (?, ?)').run(salt, sealing.check)
  return sealing
}

function unlock(database: DatabaseSync, key: Uint8Array): Sealing {
  checkOwner(database)
  const row = database.prepare('SELECT salt, "check" FROM key').get()
  const { salt, check } = row ?? {}
  if (!(salt instanceof Uint8Array && check instanceof Uint8Array)) {
    throw new TwofoldError('STORE_CORRUPT', 'the store lacks its key check: bring the file back from a copy')
  }
  const sealing = sealingFor(key, salt)
  if (sealing.fitsCheck(check)) return sealing
  sealing.wipe()
  throw new TwofoldError('STORE_WRONG_KEY', 'the store was written under another key')
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name])
}
