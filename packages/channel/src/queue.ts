/** Runs jobs one after the other, in the order in which they came: two operations on one state would lose an update. */
export interface Queue {
  run<T>(job: () => Promise<T>): Promise<T>
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
    async idle() {
      while (waiting > 0) await tail
    },
  }
  function done(): void {
    waiting -= 1
  }
}
