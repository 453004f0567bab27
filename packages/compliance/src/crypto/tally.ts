import { toHex } from './bytes.ts'

/** What a run of one vector file saw. */
export interface Tally {
  readonly ran: number
  readonly passed: number
  /** How many were not run, by reason. */
  readonly skipped: Readonly<Record<string, number>>
  /** One line for each vector that failed. */
  readonly failures: readonly string[]
  /** What was counted without a right answer. */
  readonly notes: Readonly<Record<string, number>>
}

export class Tallier implements Tally {
  ran = 0
  passed = 0
  readonly skipped: Record<string, number> = {}
  readonly failures: string[] = []
  readonly notes: Record<string, number> = {}

  skip(reason: string, count = 1): void {
    this.skipped[reason] = (this.skipped[reason] ?? 0) + count
  }

  note(what: string): void {
    this.notes[what] = (this.notes[what] ?? 0) + 1
  }

  /** Runs one vector; it fails when `check` throws. */
  async vector(name: string, check: () => unknown): Promise<void> {
    this.ran++
    try {
      await check()
      this.passed++
    } catch (error) {
      this.failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
}

/** One line for people. */
export function describeTally(path: string, tally: Tally): string {
  const skipped = Object.entries(tally.skipped).map(([reason, count]) => `${count} skipped (${reason})`)
  const notes = Object.entries(tally.notes).map(([what, count]) => `${count} ${what}`)
  return [`${path}: ${tally.ran} ran, ${tally.passed} passed`, ...skipped, ...notes].join(', ')
}

export function assert(condition: boolean, message: string): void {
  if (!condition) throw new Error(message)
}

export function assertBytes(actual: Uint8Array, expected: Uint8Array, what: string): void {
  if (toHex(actual) !== toHex(expected)) throw new Error(`${what} is ${toHex(actual)}, not ${toHex(expected)}`)
}

/** Throws unless `operation` throws; gives what was thrown. */
export async function assertThrows(operation: () => unknown, what: string): Promise<unknown> {
  try {
    await operation()
  } catch (error) {
    return error
  }
  throw new Error(`${what} was accepted`)
}
