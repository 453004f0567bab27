import { expect } from 'vitest'
import { DecodeError, type DecodeErrorCode } from '../src/index.ts'

/** Runs what must throw a DecodeError with this code, and gives the error. */
export function decodeError(code: DecodeErrorCode, call: () => unknown): DecodeError {
  try {
    call()
  } catch (error) {
    expect(error).toBeInstanceOf(DecodeError)
    expect((error as DecodeError).code).toBe(code)
    return error as DecodeError
  }
  throw new Error(`${code} was expected and nothing was thrown`)
}
