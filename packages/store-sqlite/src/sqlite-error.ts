import { type ErrorCode, TwofoldError } from '@twofold/interface'

/** Primary result codes of SQLite. */
const busy = 5
const locked = 6
const readOnly = 8
const ioError = 10
const corrupt = 11
const full = 13
const cannotOpen = 14
const notADatabase = 26

const texts: ReadonlyMap<number, readonly [ErrorCode, string]> = new Map([
  [busy, ['STORE_FAILED', 'another process holds the store: try again']],
  [locked, ['STORE_FAILED', 'another process holds the store: try again']],
  [readOnly, ['STORE_FAILED', 'the store may not be written: check the permissions of the file and of its folder']],
  [ioError, ['STORE_FAILED', 'reading or writing the store failed: check the disk']],
  [corrupt, ['STORE_CORRUPT', 'the store is damaged: bring the file back from a copy']],
  [full, ['STORE_FAILED', 'the disk is full']],
  [cannotOpen, ['STORE_FAILED', 'the store could not be opened: check the path and the permissions of its folder']],
  [notADatabase, ['STORE_CORRUPT', 'the file is not a database, or it is damaged']],
])

export function isBusy(error: unknown): boolean {
  const code = primaryCode(error)
  return code === busy || code === locked
}

/** Whatever went wrong, as one of ours. */
export function storeError(cause: unknown): TwofoldError {
  if (cause instanceof TwofoldError) return cause
  const [code, text] = texts.get(primaryCode(cause) ?? -1) ?? ['STORE_FAILED', 'the store failed']
  return new TwofoldError(code, text, { cause })
}

function primaryCode(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return undefined
  return Number(error.errcode) & 0xff
}
