import type { MaybePromise } from '@twofold/interface'

/** Goes on at once where the value is there, so that nobody pays for a promise that is not. */
export function map<T, U>(value: MaybePromise<T>, next: (value: T) => MaybePromise<U>): MaybePromise<U> {
  return value instanceof Promise ? value.then(next) : next(value)
}
