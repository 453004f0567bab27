import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const folder = process.env.TWOFOLD_VECTORS ?? fileURLToPath(new URL('../../../../shared/vectors', import.meta.url))

/** Whether the vectors are there. Without them a run in CI fails, and any other one says what to do. */
export const haveVectors: boolean = existsSync(folder)

if (!haveVectors) {
  const text = `no test vectors in ${folder}: set TWOFOLD_VECTORS to the folder that holds them`
  if (process.env.CI) throw new Error(text)
  console.warn(`SKIPPED: ${text}`)
}

/** The cases of one file of mls-implementations; none where there are no vectors. */
export function mlsVectors<T>(name: string): readonly T[] {
  if (!haveVectors) return []
  return JSON.parse(readFileSync(`${folder}/mls-implementations/${name}.json`, 'utf8')) as T[]
}

export function fromHex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'))
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

interface Count {
  ran: number
  passed: number
  readonly skipped: Map<string, number>
}

/** Counts of one run of vectors, by file and provider, for the table that each run prints. */
export class VectorTable {
  readonly #rows = new Map<string, Count>()

  /** Runs one case and counts it; what it throws comes out. */
  async run(row: string, work: () => Promise<void>): Promise<void> {
    const count = this.#count(row)
    count.ran += 1
    await work()
    count.passed += 1
  }

  skip(row: string, reason: string, cases = 1): void {
    const { skipped } = this.#count(row)
    skipped.set(reason, (skipped.get(reason) ?? 0) + cases)
  }

  print(): void {
    for (const [row, { ran, passed, skipped }] of this.#rows) {
      const reasons = [...skipped].map(([reason, cases]) => `${cases} skipped: ${reason}`)
      console.log([`${row}: ${ran} ran, ${passed} passed`, ...reasons].join('; '))
    }
  }

  #count(row: string): Count {
    const count = this.#rows.get(row) ?? { ran: 0, passed: 0, skipped: new Map() }
    this.#rows.set(row, count)
    return count
  }
}
