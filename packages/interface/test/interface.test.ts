import { inspect } from 'node:util'
import { DecodeError } from '@twofold/codec'
import {
  checkOptions,
  codeOf,
  defaultSuite,
  findSuite,
  Secret,
  signatureSchemes,
  suites,
  TwofoldError,
  toEpoch,
  toGroupId,
  toSuiteId,
} from '@twofold/interface'
import { describe, expect, test } from 'vitest'

describe('suites', () => {
  test('are the eleven of the draft in its order, then the seven of RFC 9420', () => {
    const ids = suites.map((suite) => suite.id as number)
    expect(ids).toEqual([...Array.from({ length: 11 }, (_, i) => 0xf001 + i), 1, 2, 3, 4, 5, 6, 7])
    expect(new Set(suites.map((suite) => suite.name)).size).toBe(18)
    expect(findSuite(defaultSuite)?.name).toBe('MLS_128_MLKEM768X25519_AES256GCM_SHA384_Ed25519')
  })

  test('say in their names what they are made of', () => {
    for (const suite of suites) {
      const parts = suite.name.split('_')
      expect(parts.at(-1)).toBe(suite.signature)
      expect(parts.at(-2)).toBe(suite.hash.replace('-', ''))
      expect(suite.aead).toBe({ AES128GCM: 1, AES256GCM: 2, CHACHA20POLY1305: 3 }[parts.at(-3) ?? ''])
      expect(suite.kdf).toBe({ 'SHA-256': 1, 'SHA-384': 2, 'SHA-512': 3 }[suite.hash])
      expect(suite.signatureScheme).toBe(signatureSchemes[suite.signature])
      expect(suite.postQuantum === 'none').toBe(suite.name.includes('DHKEM'))
      expect(suite.postQuantumSignature).toBe(suite.name.includes('MLDSA'))
    }
  })

  test.each([
    ['0xF002'],
    ['61442'],
    [61442],
    ['mls_128_mlkem768x25519_aes256gcm_sha384_ed25519'],
  ])('are found by %s', (id) => {
    expect(findSuite(id)?.id).toBe(0xf002)
  })

  test.each([['0xF0020'], ['nothing'], [''], [8], ['-1']])('are not found by %s', (id) => {
    expect(findSuite(id)).toBeUndefined()
  })
})

describe('a secret', () => {
  test('prints redacted and is all zero after wiping', () => {
    const bytes = Uint8Array.of(1, 2, 3)
    const secret = new Secret(bytes)
    expect(`${secret} ${JSON.stringify({ secret })} ${inspect(secret)}`).not.toMatch(/[123]/)
    expect(Object.keys(secret)).toEqual([])
    secret.wipe()
    expect([secret.wiped, [...bytes]]).toEqual([true, [0, 0, 0]])
  })
})

describe('errors', () => {
  test('have a code, from either class, and nothing else has', () => {
    const cause = new Error('disk')
    const error = new TwofoldError('STORE_FAILED', 'could not write', { cause })
    expect([error.code, error.cause, codeOf(error)]).toEqual(['STORE_FAILED', cause, 'STORE_FAILED'])
    expect(codeOf(new DecodeError('DECODE_TRUNCATED', 3, 'a.b', 'it ends'))).toBe('DECODE_TRUNCATED')
    expect(codeOf(Object.assign(new Error('x'), { code: 'STORE_FAILED' }))).toBeUndefined()
  })

  test('a misspelt option is one', () => {
    expect(() => checkOptions({ suits: [] }, ['suites'], 'an endpoint')).toThrow(/suits.*suites/)
    expect(checkOptions({ suites: [] }, ['suites'], 'an endpoint')).toBeUndefined()
  })
})

test('brands check what they promise', () => {
  expect(() => toEpoch(-1)).toThrow(RangeError)
  expect(() => toEpoch(2n ** 64n)).toThrow(RangeError)
  expect(toEpoch(2n ** 64n - 1n)).toBe(2n ** 64n - 1n)
  expect(() => toSuiteId(65536)).toThrow(RangeError)
  for (const length of [15, 33]) expect(() => toGroupId(new Uint8Array(length))).toThrow(RangeError)
  for (const length of [16, 32]) expect(toGroupId(new Uint8Array(length)).length).toBe(length)
})
