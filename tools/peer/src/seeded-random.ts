import { createHash } from 'node:crypto'
import type { RandomBytes } from '@twofold/interface'

const label = 'twofold peer seed 1'

/**
 * Reproducible bytes for tests, never for production: SHA-256(key || uint64 counter), block after block, where the key is a
 * hash of the seed with the role and the identity, so that two peers with one seed do not draw the same bytes.
 */
export function seededRandom(seed: Uint8Array, role: string, identity: Uint8Array): RandomBytes {
  const key = createHash('sha256')
    .update(framed([Buffer.from(label), Buffer.from(role), identity, seed]))
    .digest()
  let counter = 0n
  return (length) => {
    const bytes = new Uint8Array(length)
    for (let start = 0; start < length; start += 32) {
      const block = createHash('sha256').update(key).update(uint64(counter++)).digest()
      bytes.set(block.subarray(0, length - start), start)
    }
    return bytes
  }
}

/** Each part behind its length, so that no two lists of parts give the same bytes. */
function framed(parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat(parts.flatMap((part) => [uint64(BigInt(part.length)), part]))
}

function uint64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(value)
  return bytes
}
