import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const folder = process.env.TWOFOLD_VECTORS ?? fileURLToPath(new URL('../../../../shared/vectors', import.meta.url))

/** Whether the public vectors are here. In CI they must be. */
export function haveVectors(): boolean {
  if (existsSync(folder)) return true
  const help = `no test vectors at ${folder}: set TWOFOLD_VECTORS to a folder that has them`
  if (process.env.CI) throw new Error(help)
  console.warn(help)
  return false
}

/** The parsed JSON of one file of the MLS working group. */
export function mlsVectors<T>(file: string): readonly T[] {
  return JSON.parse(readFileSync(`${folder}/mls-implementations/${file}`, 'utf8')) as readonly T[]
}

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

export function unhex(text: string): Uint8Array {
  if (!/^([0-9a-f]{2})*$/i.test(text)) throw new Error('not hex')
  return Uint8Array.from(Buffer.from(text, 'hex'))
}
