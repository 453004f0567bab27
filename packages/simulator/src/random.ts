/** Randomness that depends on a seed alone (splitmix32): the same seed, the same run. Not for keys of anybody. */
export interface SeededRandom {
  /** An integer from 0 to `limit - 1`. */
  below(limit: number): number
  /** True with probability `probability`. */
  chance(probability: number): boolean
  pick<T>(list: readonly T[]): T
  bytes(length: number): Uint8Array
}

export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0
  function next(): number {
    state = (state + 0x9e3779b9) >>> 0
    let word = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    word = Math.imul(word ^ (word >>> 15), 0x735a2d97)
    return (word ^ (word >>> 15)) >>> 0
  }
  return {
    below: (limit) => Math.floor((next() / 0x1_0000_0000) * limit),
    chance: (probability) => next() / 0x1_0000_0000 < probability,
    pick: (list) => list[Math.floor((next() / 0x1_0000_0000) * list.length)]!,
    bytes(length) {
      const bytes = new Uint8Array(length)
      for (let i = 0; i < length; i++) bytes[i] = next() >>> 24
      return bytes
    },
  }
}
