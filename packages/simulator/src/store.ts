import { TwofoldError } from '@twofold/interface'

interface Stored {
  readonly revision: number
  readonly bytes: Uint8Array
}

export interface SimulatedWrite extends Stored {
  readonly id: string
}

/** How a write fails: with nothing written, or written all the same with the answer lost. */
export type StoreFailure = 'nothing-written' | 'answer-lost'

/** A store in memory that survives crashes, fails when it is told to, and can be set back. */
export interface SimulatedStore {
  load(id: string): Stored | undefined
  /** All or none, compare-and-swap. Throws `STORE_CONFLICT`, `STORE_FAILED`. */
  commit(writes: readonly SimulatedWrite[]): void
  forget(id: string): void
  list(): readonly string[]
  /** The next write fails. */
  failNext(how: StoreFailure): void
  failing(): boolean
  heal(): void
  /** Undoes the last write, as restoring an old copy would. False when there is none to undo. */
  rollBack(): boolean
}

export function simulatedStore(): SimulatedStore {
  let values = new Map<string, Stored>()
  const history: Map<string, Stored>[] = []
  let failure: StoreFailure | undefined

  function write(writes: readonly SimulatedWrite[]): void {
    for (const { id, revision } of writes) {
      if ((values.get(id)?.revision ?? 0) !== revision - 1) {
        throw new TwofoldError('STORE_CONFLICT', 'another revision is stored')
      }
    }
    history.push(new Map(values))
    if (history.length > 16) history.shift()
    for (const { id, revision, bytes } of writes) values.set(id, { revision, bytes: bytes.slice() })
  }

  return {
    load: (id) => values.get(id),
    commit(writes) {
      const fails = failure
      failure = undefined
      if (fails !== 'nothing-written') write(writes)
      if (fails !== undefined) throw new TwofoldError('STORE_FAILED', 'the store was told to fail')
    },
    forget: (id) => void values.delete(id),
    list: () => [...values.keys()],
    failNext(how) {
      failure = how
    },
    failing: () => failure !== undefined,
    heal() {
      failure = undefined
    },
    rollBack() {
      const before = history.pop()
      if (before !== undefined) values = before
      return before !== undefined
    },
  }
}
