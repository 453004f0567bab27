import type { Case, Layer, Operation } from './case.ts'
import { type Summary, summarize } from './statistics.ts'
import type { Origin } from './versions.ts'

/** How far a row is from ts-mls with a tuned native provider; for people to read, nothing asserts on it. */
export interface TunedCheck {
  /** The median against that of ts-mls on our native backend in this run. */
  readonly ratio: number
  readonly limit: number
  readonly within: boolean
}

export interface Row extends Omit<Case, 'run'> {
  readonly unit: 'ms'
  readonly time: Summary
  /** The median against that of ts-mls with its default provider in this run; null where that has no suite near ours. */
  readonly ratio: number | null
  /** Only for the native backend. */
  readonly tuned: TunedCheck | null
}

export interface Report {
  readonly tool: 'twofold-bench'
  readonly format: 1
  readonly startedAt: string
  readonly origin: Origin
  readonly rounds: number
  readonly rows: readonly Row[]
  readonly profiles: readonly Profile[]
}

/** Calls into the crypto suite by one operation, both sides together, by kind. */
export interface Profile extends Pick<Case, 'operation' | 'layer' | 'suite'> {
  readonly calls: Readonly<Record<string, number>>
}

/** What guards, storing and the protocol above ts-mls may cost. */
const tunedLimit = 1.6

/** The rows of one suite: its cases, and those of ts-mls that they are held against. */
export function rowsOf(cases: readonly Case[], samples: readonly (readonly number[])[]): Row[] {
  const times = samples.map(summarize)
  function ratioTo(layer: Layer, operation: Operation, at: number): number | null {
    const other = cases.findIndex((candidate) => candidate.layer === layer && candidate.operation === operation)
    return other < 0 ? null : times[at]!.median / times[other]!.median
  }
  return cases.map(({ run: _, ...of }, at) => {
    const ratio = ratioTo('ts-mls', of.operation, at)
    return { ...of, unit: 'ms', time: times[at]!, ratio, tuned: tunedCheck(of, ratioTo('tuned', of.operation, at)) }
  })
}

function tunedCheck({ backend, layer }: Omit<Case, 'run'>, ratio: number | null): TunedCheck | null {
  if (ratio === null || backend !== 'node' || layer === 'tuned') return null
  return { ratio, limit: tunedLimit, within: ratio <= tunedLimit }
}
