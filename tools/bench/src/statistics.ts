/** What a row says of its samples, in the unit of the samples. */
export interface Summary {
  readonly samples: number
  readonly min: number
  readonly p25: number
  readonly median: number
  readonly p75: number
}

/** Throws RangeError without samples: a median of nothing would be a made-up number. */
export function summarize(samples: readonly number[]): Summary {
  if (samples.length === 0) throw new RangeError('no samples')
  const sorted = [...samples].sort((a, b) => a - b)
  return {
    samples: sorted.length,
    min: quantile(sorted, 0),
    p25: quantile(sorted, 0.25),
    median: quantile(sorted, 0.5),
    p75: quantile(sorted, 0.75),
  }
}

/** Interpolates between the two nearest of sorted samples. */
function quantile(sorted: readonly number[], fraction: number): number {
  const at = (sorted.length - 1) * fraction
  const low = Math.floor(at)
  const lower = sorted[low]!
  const upper = sorted[Math.min(low + 1, sorted.length - 1)]!
  return lower + (upper - lower) * (at - low)
}
