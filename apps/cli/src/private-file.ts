import { type FileHandle, mkdir, open, rename, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { usageError } from './cli-error.ts'

const ownerOnly = 0o600
const longest = 1024 * 1024

/** The file's bytes, or undefined when there is none. Refuses a file that others than its owner can read or write. */
export async function readPrivateFile(path: string, what: string): Promise<Uint8Array | undefined> {
  const file = await openToRead(path, what)
  if (file === undefined) return undefined
  try {
    const { mode, size } = await file.stat()
    checkMode(path, what, mode)
    if (size > longest) throw usageError(`${what} ${path} is too long to be one`, 'check the path')
    return new Uint8Array(await file.readFile())
  } finally {
    await file.close()
  }
}

/** Writes the file for its owner alone, durably, and its folder when there is none. False when it was there and may not be replaced. */
export async function writePrivateFile(path: string, bytes: Uint8Array, replace: boolean = false): Promise<boolean> {
  await makeFolder(path)
  const target = replace ? `${path}.new` : path
  if (replace) await unlink(target).catch(() => {})
  const file = await openNew(target)
  if (file === undefined) return false
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
  if (replace) await rename(target, path)
  return true
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  } catch (error) {
    throw usageError(`the folder ${dirname(path)} could not be made (${codeOf(error)})`, 'choose another path', error)
  }
}

async function openNew(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'wx', ownerOnly)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return undefined
    throw usageError(`${path} could not be written (${codeOf(error)})`, 'check its folder and permissions', error)
  }
}

async function openToRead(path: string, what: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw usageError(`${what} ${path} could not be read (${codeOf(error)})`, 'check the path and permissions', error)
  }
}

/** Windows has no such bits. */
function checkMode(path: string, what: string, mode: number): void {
  if (process.platform === 'win32' || (mode & 0o077) === 0) return
  const bits = (mode & 0o777).toString(8).padStart(3, '0')
  throw usageError(`${what} ${path} is open to other users (mode ${bits})`, `run: chmod 600 ${shellQuote(path)}`)
}

/** One word for a POSIX shell. */
export function shellQuote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
}
