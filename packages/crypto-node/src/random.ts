import { randomFillSync } from 'node:crypto'
import type { RandomBytes } from '@twofold/interface'

/** From the generator of OpenSSL. */
export const secureRandom: RandomBytes = (length) => randomFillSync(new Uint8Array(length))
