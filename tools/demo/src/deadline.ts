import { setTimeout as sleep } from 'node:timers/promises'

/** Rejects, with what was waited for, when the promise takes longer. */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`${what} took longer than ${ms / 1000} s`)), ms)
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Asks again and again until `done` says yes; gives what was asked for last. */
export async function eventually<T>(
  ms: number,
  what: string,
  ask: () => T | Promise<T>,
  done: (value: T) => boolean,
): Promise<T> {
  const until = performance.now() + ms
  for (;;) {
    const value = await ask()
    if (done(value)) return value
    if (performance.now() > until) throw new Error(`${what}: not after ${ms / 1000} s`)
    await sleep(5)
  }
}
