import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { usageError } from './cli-error.ts'
import type { Files } from './files.ts'
import { readPrivateFile, writePrivateFile } from './private-file.ts'

const keyBytes = 32
const variable = 'TWOFOLD_STORE_KEY'
const what = "the store's key"

/** The 32 bytes under which the store is encrypted: from TWOFOLD_STORE_KEY, or from the file beside the identity, made when first needed. */
export async function loadStoreKey(
  files: Files,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Uint8Array> {
  const given = env[variable]
  if (given !== undefined && given !== '') return parseKey(given)
  const found = await readPrivateFile(files.storeKey, what)
  return found === undefined ? await makeKey(files) : checkLength(found, files.storeKey)
}

function parseKey(text: string): Uint8Array {
  if (/^[0-9a-f]{64}$/i.test(text)) return new Uint8Array(Buffer.from(text, 'hex'))
  if (/^[A-Za-z0-9+/]{43}=?$/.test(text)) return new Uint8Array(Buffer.from(text, 'base64'))
  throw usageError(`${variable} is not a key of ${keyBytes} bytes`, 'give 64 hexadecimal digits, or base64')
}

async function makeKey(files: Files): Promise<Uint8Array> {
  if (existsSync(files.store)) {
    throw usageError(
      `the store ${files.store} is there, but its key ${files.storeKey} is not`,
      `bring the key back, set ${variable}, or choose another --store`,
    )
  }
  const key = new Uint8Array(randomBytes(keyBytes))
  if (await writePrivateFile(files.storeKey, key)) return key
  // Another process was faster.
  const theirs = await readPrivateFile(files.storeKey, what)
  return checkLength(theirs ?? new Uint8Array(0), files.storeKey)
}

function checkLength(key: Uint8Array, path: string): Uint8Array {
  if (key.length === keyBytes) return key
  throw usageError(`${what} ${path} has ${key.length} bytes, not ${keyBytes}`, 'bring it back from a copy')
}
