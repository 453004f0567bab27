import { groups } from '@twofold/hpke'
import { suites } from '@twofold/interface'
import { expect, test } from 'vitest'
import { group } from '../src/groups.ts'
import { nobleCrypto } from '../src/index.ts'
import { secureRandom } from '../src/random.ts'

test('every suite is served', () => {
  expect(nobleCrypto.suites).toEqual(suites.map(({ id }) => id))
})

test('random bytes come in any number', () => {
  for (const length of [0, 1, 32, 65_536, 65_537, 200_000]) expect(secureRandom(length)).toHaveLength(length)
  const long = secureRandom(200_000)
  expect(long.subarray(131_072, 131_104).some((byte) => byte !== 0)).toBe(true)
  expect(secureRandom(32)).not.toEqual(secureRandom(32))
})

test.each([
  'P256',
  'P384',
  'P521',
] as const)('%s: one encoding for one point, and private keys below the order', (name) => {
  const { Nsk, order } = groups[name]
  const privateKey = new Uint8Array(Nsk).fill(1)
  const point = group(name).publicKey(privateKey) as Uint8Array
  expect(group(name).dh(privateKey, point)).toHaveLength(Nsk)
  const hybrid = new Uint8Array(point)
  hybrid[0] = 0x06 | (point.at(-1)! & 1)
  expect(() => group(name).dh(privateKey, hybrid)).toThrow()
  const offCurve = new Uint8Array(point)
  offCurve[offCurve.length - 1]! ^= 1
  expect(() => group(name).dh(privateKey, offCurve)).toThrow()
  expect(() => group(name).publicKey(new Uint8Array(Nsk))).toThrow()
  expect(() => group(name).publicKey(order as Uint8Array)).toThrow()
})

test('operations answer at once', () => {
  const suite = nobleCrypto.suite(nobleCrypto.suites[0]!)
  expect(suite.hash.digest(new Uint8Array(0))).toBeInstanceOf(Uint8Array)
  expect(suite.hpke.kem.generateKeyPair()).not.toBeInstanceOf(Promise)
})
