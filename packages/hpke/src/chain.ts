import type { MaybePromise } from '@twofold/interface'

/** `next(value)`, at once where `value` is there already: nobody pays for a promise that is not there. */
export function chain<A, B>(value: MaybePromise<A>, next: (value: A) => MaybePromise<B>): MaybePromise<B> {
  return value instanceof Promise ? value.then(next) : next(value)
}
