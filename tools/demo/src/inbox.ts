import { createHash } from 'node:crypto'
import { appendFile, mkdir, readFile, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Received } from './requests.ts'

export interface Offer {
  readonly name: string
  readonly size: number
  readonly sha256: string
}

/** Files that arrive. What there is of one stays in a part file, so that any later channel goes on from there. */
export interface Inbox {
  /** How many bytes of the file there are. */
  standing(offer: Offer): Promise<number>
  /** Adds bytes; gives the length there is now. */
  append(offer: Offer, bytes: Uint8Array): Promise<number>
  /** Takes the whole file in when its hash is right; in any case gives what it is. */
  finish(offer: Offer): Promise<Received>
}

export function inbox(folder: string): Inbox {
  const partOf = ({ name }: Offer): string => join(folder, `${checkName(name)}.part`)

  async function standing(offer: Offer): Promise<number> {
    await mkdir(folder, { recursive: true })
    return await stat(partOf(offer)).then(
      ({ size }) => size,
      () => 0,
    )
  }

  return {
    standing,
    async append(offer: Offer, bytes: Uint8Array): Promise<number> {
      await appendFile(partOf(offer), bytes)
      return await standing(offer)
    },
    async finish(offer: Offer): Promise<Received> {
      const sha256 = await hashOf(partOf(offer))
      const path = join(folder, offer.name)
      if (sha256 === offer.sha256) await rename(partOf(offer), path)
      return { name: offer.name, path, size: offer.size, sha256 }
    },
  }
}

/** The other side chose the name: it must not lead out of the folder. */
function checkName(name: string): string {
  if (/^[\w-]{1,64}$/.test(name)) return name
  throw new Error('a file name has letters, digits, _ and - only')
}

/** SHA-256 of what stands on the receiver's disk; a file with another hash than offered was not taken in. */
export async function hashOnDisk({ path }: Received): Promise<string> {
  return await hashOf(path).catch(() => 'not taken in')
}

/** SHA-256 of a file, in hexadecimal. */
export async function hashOf(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex')
}
