import type { Case, Operation } from './case.ts'
import { type Summary, summarize } from './statistics.ts'
import type { Origin } from './versions.ts'

/** How far a row is from the anchor; for people to read, nothing asserts on it. */
export interface AnchorCheck {
  /** ts-mls with a tuned native provider against ts-mls with its default one, measured once on another machine. */
  readonly tuned: number
  /** `tuned` times 1.6. */
  readonly limit: number
  readonly within: boolean
}

export interface Row extends Omit<Case, 'run'> {
  readonly unit: 'ms'
  readonly time: Summary
  /** The median against that of ts-mls with its default provider in this run; null where that has no suite near ours. */
  readonly ratio: number | null
  /** Only for the native backend on a suite near X-Wing, where the anchors were measured. */
  readonly anchor: AnchorCheck | null
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

/** Medians of one machine: handshake 2.9 of 27 ms, update 1.9 of 23 ms (X-Wing, Ed25519). */
const anchors: Readonly<Partial<Record<Operation, number>>> = { handshake: 2.9 / 27, update: 1.9 / 23 }

const slack = 1.6

/** The rows of one suite: its cases, and those of ts-mls that they are held against. */
export function rowsOf(cases: readonly Case[], samples: readonly (readonly number[])[]): Row[] {
  const times = samples.map(summarize)
  return cases.map(({ run: _, ...of }, at) => {
    const yardstick = cases.findIndex(({ layer, operation }) => layer === 'ts-mls' && operation === of.operation)
    const ratio = yardstick < 0 ? null : times[at]!.median / times[yardstick]!.median
    return { ...of, unit: 'ms', time: times[at]!, ratio, anchor: anchorCheck(of, ratio, cases[yardstick]?.suite) }
  })
}

function anchorCheck(of: Omit<Case, 'run'>, ratio: number | null, yardstick: string | undefined): AnchorCheck | null {
  const tuned = anchors[of.operation]
  if (tuned === undefined || ratio === null || of.backend !== 'node' || !yardstick?.includes('XWING')) return null
  const limit = tuned * slack
  return { tuned, limit, within: ratio <= limit }
}
