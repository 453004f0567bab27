/** Values that are put in as they come and taken out in that order, by whoever waits. */
export interface Mailbox<T> {
  put(value: T): void
  take(): Promise<T>
}

export function mailbox<T>(): Mailbox<T> {
  const values: T[] = []
  const turns: ((value: T) => void)[] = []
  return {
    put(value: T): void {
      const turn = turns.shift()
      if (turn === undefined) values.push(value)
      else turn(value)
    },
    take: () =>
      new Promise<T>((resolve) => {
        if (values.length === 0) turns.push(resolve)
        else resolve(values.shift() as T)
      }),
  }
}
