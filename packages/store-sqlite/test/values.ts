import { createHash } from 'node:crypto'

export const testKey: Uint8Array = new Uint8Array(32).fill(7)

/** Bytes that follow from the id and the revision; up to 9 KB, so that most values take several pages. */
export function testValue(id: string, revision: number): Uint8Array {
  const block = createHash('sha512').update(`${id} ${revision}`).digest()
  return new Uint8Array(Buffer.concat(Array.from({ length: 1 + ((revision * 37) % 140) }, () => block)))
}
