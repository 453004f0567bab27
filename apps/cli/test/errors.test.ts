import { DecodeError, type ErrorCode, TwofoldError } from '@twofold/interface'
import { expect, test } from 'vitest'
import { CliError, toCliError } from '../src/cli-error.ts'
import { exitCodeFor } from '../src/exit-codes.ts'

const statuses: readonly (readonly [ErrorCode | undefined, number])[] = [
  [undefined, 1],
  ['BUG_INVARIANT', 1],
  ['USAGE_INVALID_ARGUMENT', 2],
  ['USAGE_SUITE_UNSUPPORTED', 2],
  ['AUTH_REJECTED', 3],
  ['AUTH_UNAVAILABLE', 3],
  ['PEER_REJECTED', 3],
  ['TRANSPORT_REFUSED', 4],
  ['TRANSPORT_CLOSED', 4],
  ['STORE_WRONG_KEY', 5],
  ['PEER_TIMEOUT', 6],
  ['PEER_ALERT', 6],
  ['DECODE_TRUNCATED', 6],
  ['CRYPTO_FAILED', 6],
]

test.each(statuses)('%s exits with %i', (code, status) => {
  expect(exitCodeFor(code)).toBe(status)
})

test.each(statuses)('%s comes with what to do next', (code) => {
  const error = code === undefined ? new Error('odd') : new TwofoldError(code, 'odd')
  const { hint, message, cause } = toCliError(error)
  expect(hint).toMatch(/\w+ \S+/)
  expect(message).toBe('odd')
  expect(cause).toBe(error)
})

test('errors of the codec keep their code, and our own stay as they are', () => {
  const decode = new DecodeError('DECODE_TRUNCATED', 3, 'path', 'short')
  expect(toCliError(decode)).toMatchObject({ code: 'DECODE_TRUNCATED', exit: 6 })
  const own = new CliError(2, 'USAGE', 'message', 'hint')
  expect(toCliError(own)).toBe(own)
})

test('a hint is about the side that it is printed on', () => {
  const error = new TwofoldError('PEER_UNKNOWN_SESSION', 'odd')
  expect(toCliError(error, { side: 'connect' }).hint).toMatch(/^the other side/)
  expect(toCliError(error, { side: 'listen' }).hint).toMatch(/^this side/)
})

test('whole seconds are written as such', () => {
  const error = new TwofoldError('PEER_TIMEOUT', 'no channel within 10000 ms, nor in 1500 ms')
  expect(toCliError(error).message).toBe('no channel within 10 s, nor in 1500 ms')
})
