import { checkOptions, TwofoldError } from '@twofold/interface'
import type { MemoryLink } from './memory-transport.ts'
import type { Deliver } from './pipe.ts'

export interface LossOptions {
  /** The same seed gives the same losses, frame by frame and connection by connection. */
  readonly seed: number
  /** The share of frames, 0 to 1, that never arrives, that arrives twice, and that is held back behind the next one. */
  readonly drop?: number
  readonly duplicate?: number
  readonly reorder?: number
}

/** A link for tests that drops, repeats and reorders frames, decided by a seed. Its randomness is not for secrets. */
export function lossyLink(options: LossOptions): MemoryLink {
  checkOptions(options, ['seed', 'drop', 'duplicate', 'reorder'], 'lossyLink')
  for (const share of [options.drop, options.duplicate, options.reorder]) checkShare(share ?? 0)
  let directions = 0
  return () => lossy(options, seeded(options.seed + directions++ * 0x9e3779b9))
}

function lossy({ drop = 0, duplicate = 0, reorder = 0 }: LossOptions, random: () => number): Deliver {
  let held: Uint8Array[] = []
  return (frame) => {
    if (random() < drop) return []
    const copies = random() < duplicate ? [frame, frame] : [frame]
    if (held.length === 0 && random() < reorder) {
      held = copies
      return []
    }
    const late = held
    held = []
    return [...copies, ...late]
  }
}

function checkShare(share: number): void {
  if (share >= 0 && share <= 1) return
  throw new TwofoldError('USAGE_INVALID_ARGUMENT', 'drop, duplicate and reorder are shares from 0 to 1')
}

/** mulberry32: 32 bits of state, evenly spread over [0, 1). */
function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x100000000
  }
}
