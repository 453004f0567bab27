import { type MaybePromise, type RandomBytes, TwofoldError } from '@twofold/interface'

/** The one error for everything that did not open, decapsulate or parse; always the same text and no cause. */
export function cryptoFailed(): TwofoldError {
  return new TwofoldError('CRYPTO_FAILED', 'cryptographic operation failed')
}

/** Runs `operation`; whatever it throws becomes `CRYPTO_FAILED`, so that nothing tells which check failed. */
export function opaque<T>(operation: () => MaybePromise<T>): MaybePromise<T> {
  try {
    const result = operation()
    return result instanceof Promise ? result.catch(rejectOpaquely) : result
  } catch {
    throw cryptoFailed()
  }
}

function rejectOpaquely(): never {
  throw cryptoFailed()
}

/** Throws `CRYPTO_FAILED` unless `bytes` is a Uint8Array of that length. */
export function checkLength(bytes: Uint8Array, length: number): void {
  if (!(bytes instanceof Uint8Array) || bytes.length !== length) throw cryptoFailed()
}

/** Refuses a source of randomness that gives another number of bytes than it was asked for: a short key is a weak key. */
export function checkedRandom(random: RandomBytes): RandomBytes {
  return (length) => {
    const bytes = random(length)
    if (bytes instanceof Uint8Array && bytes.length === length) return bytes
    throw new TwofoldError('USAGE_INVALID_ARGUMENT', `the source of randomness did not give ${length} bytes`)
  }
}
