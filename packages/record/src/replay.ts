/**
 * Which sequence numbers were seen under one key. On an ordered link the next one is the only one that fits; on an
 * unordered one a sliding window of 1024 tells (RFC 6479 keeps the idea; docs: records).
 */
export interface ReplayGuard {
  /** Whether the number may be opened; nothing is recorded yet, since an attacker can write any number into a header. */
  fits(sequenceNumber: number): boolean
  /** Records a number whose record has opened. */
  record(sequenceNumber: number): void
}

export function inOrder(): ReplayGuard {
  let next = 0
  return {
    fits: (sequenceNumber) => sequenceNumber === next,
    record: (sequenceNumber) => {
      next = sequenceNumber + 1
    },
  }
}

export const windowSize = 1024

export function slidingWindow(): ReplayGuard {
  let highest = -1
  const seen = new Set<number>()
  return {
    fits: (sequenceNumber) => sequenceNumber > highest - windowSize && !seen.has(sequenceNumber),
    record: (sequenceNumber) => {
      seen.add(sequenceNumber)
      if (sequenceNumber <= highest) return
      highest = sequenceNumber
      if (seen.size > 2 * windowSize) for (const old of seen) if (old <= highest - windowSize) seen.delete(old)
    },
  }
}
