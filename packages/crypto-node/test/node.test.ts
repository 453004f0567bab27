import { randomBytes } from 'node:crypto'
import { groups } from '@twofold/hpke'
import { findSuite, suites, toSuiteId } from '@twofold/interface'
import { describe, expect, test } from 'vitest'
import { group } from '../src/groups.ts'
import { nodeCrypto } from '../src/index.ts'
import { type KeyKindName, keyKinds, keys } from '../src/keys.ts'
import { missing } from '../src/support.ts'

const names = Object.keys(keyKinds) as KeyKindName[]

/** Below every order, and above zero. */
function privateKeyFor(name: KeyKindName): Uint8Array {
  const bytes = new Uint8Array(randomBytes(keyKinds[name].Nsk))
  if (keyKinds[name].privateForm === 'ec') bytes[0] = 0
  return bytes
}

describe('keys', () => {
  test.each(names)('%s: raw formats and DER give the same', (name) => {
    const [raw, der] = [keys(keyKinds[name], true), keys(keyKinds[name], false)]
    const privateKey = privateKeyFor(name)
    const publicKey = der.publicOf(privateKey)
    expect(publicKey).toHaveLength(keyKinds[name].Npk)
    expect(raw.publicOf(privateKey)).toEqual(publicKey)
    const spki = { format: 'der', type: 'spki' } as const
    expect(raw.publicKey(publicKey).export(spki).equals(der.publicKey(publicKey).export(spki))).toBe(true)
  })

  test.each(names)('%s: wrong lengths are refused', (name) => {
    const { Npk, Nsk } = keyKinds[name]
    for (const raw of [true, false]) {
      const known = keys(keyKinds[name], raw)
      for (const wrong of [0, Nsk - 1, Nsk + 1]) expect(() => known.privateKey(new Uint8Array(wrong).fill(1))).toThrow()
      for (const wrong of [0, Npk - 1, Npk + 1]) expect(() => known.publicKey(new Uint8Array(wrong).fill(1))).toThrow()
    }
  })

  test('an imported key is used again for the same array, not for one with another content', () => {
    const known = keys(keyKinds.Ed25519)
    const privateKey = privateKeyFor('Ed25519')
    const first = known.privateKey(privateKey)
    expect(known.privateKey(privateKey)).toBe(first)
    privateKey[5]! ^= 1
    expect(known.privateKey(privateKey).equals(first)).toBe(false)
  })

  test.each(['P256', 'P384', 'P521'] as const)('%s: one encoding for one point', (name) => {
    const privateKey = privateKeyFor(name)
    const point = group(name).publicKey(privateKey) as Uint8Array
    expect(group(name).dh(privateKey, point)).toHaveLength(groups[name].Nsk)
    const hybrid = new Uint8Array(point)
    hybrid[0] = 0x06 | (point.at(-1)! & 1)
    expect(() => group(name).dh(privateKey, hybrid)).toThrow()
    const offCurve = new Uint8Array(point)
    offCurve[offCurve.length - 1]! ^= 1
    expect(() => group(name).dh(privateKey, offCurve)).toThrow()
  })

  test.each(['P256', 'P384', 'P521'] as const)('%s: zero and the order are no private keys', (name) => {
    const { Nsk, order } = groups[name]
    expect(() => group(name).publicKey(new Uint8Array(Nsk))).toThrow()
    expect(() => group(name).publicKey(order as Uint8Array)).toThrow()
  })
})

describe('support', () => {
  test('this runtime lacks nothing', () => {
    expect(suites.map((info) => [info.name, missing(info)])).toEqual(suites.map((info) => [info.name, []]))
    expect(nodeCrypto.suites).toHaveLength(18)
  })

  test('what a runtime lacks is named', () => {
    const info = { ...findSuite(0xf001)!, kem: 0x9999, aead: 0x99 }
    expect(missing(info)).toEqual(['KEM 39321', 'AEAD 153'])
  })

  test('a seed is honoured by the suites that leave no randomness to OpenSSL', () => {
    const honours = suites.filter(({ id }) => {
      try {
        nodeCrypto.suite(id, { random: (length) => new Uint8Array(length) })
        return true
      } catch (error) {
        expect(error).toMatchObject({ code: 'USAGE_SEED_UNSUPPORTED' })
        return false
      }
    })
    expect(honours.map(({ id }) => id)).toEqual([1, 3, 4, 6].map(toSuiteId))
  })
})
