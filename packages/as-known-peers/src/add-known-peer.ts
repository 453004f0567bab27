import { type FileHandle, open, readFile, realpath, rename, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { TwofoldError } from '@twofold/interface'
import { formatKnownPeer, type KnownPeer, parseKnownPeers } from './known-peers-file.ts'

const ownerOnly = 0o600
/** How long another writer is waited for, and between two looks, in ms. */
const patienceMs = 2_000
const pauseMs = 20

/**
 * Adds a line to a known_peers file and makes the file, for its owner alone, when there is none. Everything else in it stays as it
 * is; after a crash it is whole, with or without the line. A key that is pinned already changes nothing. Throws
 * `USAGE_INVALID_ARGUMENT` for an entry that is not allowed, or when the name is pinned with another key of that scheme (an
 * overwritten pin would let a stranger in: remove the old line by hand); `STORE_FAILED` when the file cannot be written.
 */
export async function addKnownPeer(path: string, peer: KnownPeer): Promise<void> {
  const line = formatKnownPeer(peer)
  try {
    const target = await realpath(path).catch(absentAs(path))
    await append(target, (content) => lineToAdd(content, line, peer))
  } catch (cause) {
    if (cause instanceof TwofoldError) throw cause
    throw new TwofoldError('STORE_FAILED', `${path} could not be written`, { cause })
  }
}

/** What to write after the present content, or undefined when nothing changes. */
function lineToAdd(content: Uint8Array, line: string, { name, scheme, key }: KnownPeer): string | undefined {
  const text = Buffer.from(content).toString('utf8')
  const pins = parseKnownPeers(text).peers.filter((pin) => pin.name === name && pin.scheme === scheme)
  if (pins.some((pin) => Buffer.compare(pin.key, key) === 0)) return undefined
  if (pins.length > 0) {
    throw new TwofoldError(
      'USAGE_INVALID_ARGUMENT',
      `the name is pinned with another ${scheme} key: remove its line first`,
    )
  }
  return `${text === '' || text.endsWith('\n') ? '' : '\n'}${line}\n`
}

/** The new file is written beside the old one and takes its place; as there is one name for it, it keeps other writers out too. */
async function append(path: string, addition: (content: Uint8Array) => string | undefined): Promise<void> {
  const draft = `${path}.new`
  const file = await openDraft(draft)
  try {
    const content = await readFile(path).catch(absentAs(new Uint8Array(0)))
    const added = addition(content)
    if (added === undefined) return await unlink(draft)
    await file.writeFile(Buffer.concat([content, Buffer.from(added)]))
    await file.sync()
    await rename(draft, path)
  } catch (error) {
    await unlink(draft).catch(() => {})
    throw error
  } finally {
    await file.close()
  }
  await syncFolder(dirname(path))
}

async function openDraft(draft: string): Promise<FileHandle> {
  for (let waited = 0; ; waited += pauseMs) {
    try {
      return await open(draft, 'wx', ownerOnly)
    } catch (cause) {
      if (!isCode(cause, 'EEXIST')) throw cause
      if (waited >= patienceMs) {
        throw new TwofoldError('STORE_FAILED', `somebody else writes the file: if nobody does, remove ${draft}`, {
          cause,
        })
      }
    }
    await sleep(pauseMs)
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

function absentAs<T>(value: T): (error: unknown) => T {
  return (error) => {
    if (isCode(error, 'ENOENT')) return value
    throw error
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
