import { checkOptions, TwofoldError } from '@twofold/interface'
import type { Store, StoredValue, StoreWrite } from '@twofold/interface/io'

export interface MemoryStoreOptions {
  /** What holds the values, to be shared by several stores or to outlive one; it is left alone by `close`. */
  readonly storage?: Map<string, StoredValue>
}

/**
 * A store that forgets everything with the process: for tests, and for sessions that need not be resumed after a restart.
 * Bytes are copied in and out; what is replaced or forgotten is overwritten. Throws what the contract says.
 */
export function memoryStore(options: MemoryStoreOptions = {}): Store {
  checkOptions(options, ['storage'], 'memoryStore')
  const values = options.storage ?? new Map<string, StoredValue>()
  const isShared = options.storage !== undefined
  let open = true

  function checkOpen(): void {
    if (!open) throw new TwofoldError('USAGE_CLOSED', 'the store is closed')
  }

  async function close(): Promise<void> {
    if (open && !isShared) for (const id of [...values.keys()]) erase(values, id)
    open = false
  }

  return {
    async load(id: string): Promise<StoredValue | undefined> {
      checkOpen()
      checkId(id)
      const value = values.get(id)
      return value && { revision: value.revision, bytes: value.bytes.slice() }
    },
    async commit(writes: readonly StoreWrite[]): Promise<void> {
      checkOpen()
      checkWrites(writes)
      for (const write of writes) checkRevision(values, write)
      for (const write of writes) replace(values, write)
    },
    async forget(id: string): Promise<void> {
      checkOpen()
      checkId(id)
      erase(values, id)
    },
    async list(): Promise<readonly string[]> {
      checkOpen()
      return [...values.keys()]
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

function checkRevision(values: Map<string, StoredValue>, { id, revision }: StoreWrite): void {
  const stored = values.get(id)?.revision ?? 0
  if (stored === revision - 1) return
  throw new TwofoldError(
    'STORE_CONFLICT',
    `another writer was faster: revision ${stored} is stored, not ${revision - 1}`,
  )
}

function replace(values: Map<string, StoredValue>, { id, revision, bytes }: StoreWrite): void {
  values.get(id)?.bytes.fill(0)
  values.set(id, { revision, bytes: bytes.slice() })
}

function erase(values: Map<string, StoredValue>, id: string): void {
  values.get(id)?.bytes.fill(0)
  values.delete(id)
}

function checkWrites(writes: readonly StoreWrite[]): void {
  for (const { id, revision, bytes } of writes) {
    checkId(id)
    if (!Number.isSafeInteger(revision) || revision < 1) throw invalid('a revision is a whole number, 1 for the first')
    if (!(bytes instanceof Uint8Array)) throw invalid('the bytes of a write are a Uint8Array')
  }
  if (new Set(writes.map(({ id }) => id)).size < writes.length) throw invalid('a commit writes each id at most once')
}

function checkId(id: string): void {
  if (typeof id === 'string' && /^[\x20-\x7e]{1,200}$/.test(id)) return
  throw invalid('an id is 1 to 200 printable ASCII characters')
}

function invalid(message: string): TwofoldError {
  return new TwofoldError('USAGE_INVALID_ARGUMENT', message)
}
