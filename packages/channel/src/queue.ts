/** Runs jobs one after the other, in the order in which they came: two operations on one state would lose an update. */
export interface Queue {
  run<T>(job: () => Promise<T>): Promise<T>
  readonly isIdle: boolean
  /** Settles when everything that was queued so far is done. */
  idle(): Promise<void>
}

export function queue(): Queue {
  let tail: Promise<unknown> = Promise.resolve()
  let waiting = 0
  return {
    run(job) {
      waiting += 1
      const result = tail.then(job)
      tail = result.then(done, done)
      return result
    },
    get isIdle() {
      return waiting === 0
    },
    async idle() {
      await tail
    },
  }
  function done(): void {
    waiting -= 1
  }
}
