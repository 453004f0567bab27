import { randomBytes } from '@noble/hashes/utils.js'
import type { RandomBytes } from '@twofold/interface'

const longestRequest = 65_536

/** From the runtime's `crypto.getRandomValues`, which gives at most 64 KiB at a time. */
export const secureRandom: RandomBytes = (length) => {
  const bytes = new Uint8Array(length)
  for (let start = 0; start < length; start += longestRequest) {
    bytes.set(randomBytes(Math.min(longestRequest, length - start)), start)
  }
  return bytes
}
