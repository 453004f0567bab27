import type { Case } from './case.ts'

export interface Plan {
  /** Rounds that count. */
  readonly rounds: number
  /** Rounds before them that do not. */
  readonly warmUp: number
  /** Stop early after so many ms, but not before 3 rounds; Infinity for never. */
  readonly atMostMs: number
  /** The time in ms; the machine's by default. */
  readonly clock?: () => number
  readonly onRound?: (done: number) => void
}

const fewestRounds = 3

/**
 * Samples in ms for each case, one of each case a round, so that noise hits all alike. Each round goes in another order, so
 * that none always pays for the garbage of the same neighbour.
 */
export async function measure(cases: readonly Case[], plan: Plan): Promise<number[][]> {
  const { rounds, warmUp, atMostMs, clock = () => performance.now(), onRound = () => {} } = plan
  for (let i = 0; i < warmUp; i++) await round(cases, i, clock)
  const samples: number[][] = cases.map(() => [])
  const start = clock()
  for (let i = 0; i < rounds; i++) {
    if (i >= fewestRounds && clock() - start >= atMostMs) break
    const times = await round(cases, i, clock)
    for (const [at, time] of times.entries()) samples[at]!.push(time)
    onRound(i + 1)
  }
  return samples
}

async function round(cases: readonly Case[], turn: number, clock: () => number): Promise<number[]> {
  const times = new Array<number>(cases.length)
  for (const at of shuffled(cases.length, turn)) times[at] = await sample(cases[at]!, clock)
  return times
}

/** The numbers below `length` in an order that belongs to `turn` (Fisher-Yates over a small generator): the same in every run. */
export function shuffled(length: number, turn: number): number[] {
  const order = Array.from({ length }, (_, at) => at)
  let state = (turn + 1) * 0x9e3779b1
  for (let last = length - 1; last > 0; last--) {
    state = Math.imul(state ^ (state >>> 15), 0x85ebca6b) + 0x165667b1
    const at = ((state ^ (state >>> 13)) >>> 0) % (last + 1)
    ;[order[last], order[at]] = [order[at]!, order[last]!]
  }
  return order
}

async function sample({ run, batch }: Case, clock: () => number): Promise<number> {
  const start = clock()
  for (let i = 0; i < batch; i++) {
    const running = run()
    if (running instanceof Promise) await running
  }
  return (clock() - start) / batch
}
