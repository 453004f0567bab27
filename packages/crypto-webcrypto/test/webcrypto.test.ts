import { nobleCrypto } from '@twofold/crypto-noble'
import { groups } from '@twofold/hpke'
import { findSuite, suites, toSuiteId } from '@twofold/interface'
import { describe, expect, test } from 'vitest'
import { decodeDer, encodeDer } from '../src/ecdsa-der.ts'
import { group } from '../src/groups.ts'
import { type WebCrypto, webCrypto } from '../src/index.ts'
import { groupKinds, type KeyKind, keys, mlKemKinds, signatureKinds } from '../src/keys.ts'
import { webCryptoOn } from '../src/provider.ts'
import type { Subtle } from '../src/subtle.ts'
import { probe } from '../src/support.ts'
import { aead, hash } from '../src/symmetric.ts'
import { likeOlderBrowsers, without } from './runtimes.ts'
import { subtle } from './subject.ts'

const { random } = nobleCrypto.suite(toSuiteId(0xf002))
const kinds: readonly [string, KeyKind][] = [
  ...Object.entries(groupKinds).map(([name, kind]) => [`${name} agreement`, kind] as [string, KeyKind]),
  ...Object.entries(signatureKinds).map(([name, kind]) => [`${name} signing`, kind] as [string, KeyKind]),
  ...Object.entries(mlKemKinds).map(([name, kind]) => [`ML-KEM-${name}`, kind] as [string, KeyKind]),
]

/** Below every order, and above zero. */
function privateKeyFor(kind: KeyKind): Uint8Array {
  const bytes = random(kind.Nsk)
  if (kind.group !== undefined) bytes[0] = 0
  return bytes
}

describe('keys', () => {
  test.each(kinds)('%s: getPublicKey and JWK give the same', async (_, kind) => {
    const privateKey = privateKeyFor(kind)
    const publicKey = await keys(subtle, kind).publicOf(privateKey)
    expect(publicKey).toHaveLength(kind.Npk)
    const older = keys(without(subtle, /^$/, new Set(['getPublicKey'])), kind)
    expect(await older.publicOf(privateKey)).toEqual(publicKey)
  })

  test.each(kinds)('%s: private keys cannot be extracted', async (_, kind) => {
    const key = await keys(subtle, kind).privateKey(privateKeyFor(kind))
    expect(key.extractable).toBe(false)
    await expect(subtle.exportKey(kind.privateFormat, key)).rejects.toThrow()
  })

  test.each(kinds)('%s: wrong lengths are refused', async (_, kind) => {
    const { Npk, Nsk } = kind
    const known = keys(subtle, kind)
    for (const wrong of [0, Nsk - 1, Nsk + 1])
      await expect(known.privateKey(new Uint8Array(wrong).fill(1))).rejects.toMatchObject({ code: 'CRYPTO_FAILED' })
    for (const wrong of [0, Npk - 1, Npk + 1])
      await expect(known.publicKey(new Uint8Array(wrong).fill(4))).rejects.toMatchObject({ code: 'CRYPTO_FAILED' })
  })

  test('an imported key is used again for the same array, not for one with another content', async () => {
    const known = keys(subtle, signatureKinds.Ed25519)
    const privateKey = privateKeyFor(signatureKinds.Ed25519)
    const first = known.privateKey(privateKey)
    expect(known.privateKey(privateKey)).toBe(first)
    privateKey[5]! ^= 1
    const second = known.privateKey(privateKey)
    expect(second).not.toBe(first)
    const message = Uint8Array.of(1)
    const signatures = await Promise.all([first, second].map(async (key) => subtle.sign('Ed25519', await key, message)))
    expect(new Uint8Array(signatures[0]!)).not.toEqual(new Uint8Array(signatures[1]!))
  })

  test.each(['P256', 'P384', 'P521'] as const)('%s: one encoding for one point', async (name) => {
    const privateKey = privateKeyFor(groupKinds[name])
    const raw = group(subtle, name)
    const point = await raw.publicKey(privateKey)
    expect(await raw.dh(privateKey, point)).toHaveLength(groups[name].Nsk)
    const hybrid = new Uint8Array(point)
    hybrid[0] = 0x06 | (point.at(-1)! & 1)
    await expect(raw.dh(privateKey, hybrid)).rejects.toThrow()
    const offCurve = new Uint8Array(point)
    offCurve[offCurve.length - 1]! ^= 1
    await expect(raw.dh(privateKey, offCurve)).rejects.toThrow()
  })

  test.each(['P256', 'P384', 'P521'] as const)('%s: zero and the order are no private keys', async (name) => {
    const { Nsk, order } = groups[name]
    const lenient = { ...subtle, importKey: async () => ({}) as CryptoKey } as Subtle
    for (const kind of [groupKinds[name], signatureKinds[name]]) {
      for (const wrong of [new Uint8Array(Nsk), order as Uint8Array, new Uint8Array(Nsk).fill(0xff)]) {
        await expect(keys(lenient, kind).privateKey(wrong)).rejects.toMatchObject({ code: 'CRYPTO_FAILED' })
      }
      await keys(lenient, kind).privateKey(privateKeyFor(kind))
    }
  })
})

test.each([1, 2, 3])('AEAD %i: nonces that WebCrypto would take, and HPKE and MLS do not have', async (id) => {
  const { Nk, bind } = aead(subtle, id)!
  const none = new Uint8Array(0)
  for (const length of [0, 11, 13, 16, 32]) {
    const nonce = new Uint8Array(length)
    for (const method of ['seal', 'open'] as const) {
      await expect(async () => bind(new Uint8Array(Nk))[method](nonce, none, new Uint8Array(16))).rejects.toMatchObject(
        {
          code: 'CRYPTO_FAILED',
        },
      )
    }
  }
})

describe('ECDSA in DER', () => {
  test.each([32, 48, 66])('numbers of %i bytes go there and back', (half) => {
    for (const first of [0x00, 0x01, 0x7f, 0x80, 0xff]) {
      const raw = new Uint8Array(2 * half).fill(0xab)
      raw[0] = first
      raw[half] = first
      expect(decodeDer(encodeDer(raw), half)).toEqual(raw)
    }
    const small = new Uint8Array(2 * half)
    small[half - 1] = 1
    expect(encodeDer(small)).toEqual(Uint8Array.of(0x30, 6, 2, 1, 1, 2, 1, 0))
    expect(decodeDer(encodeDer(small), half)).toEqual(small)
  })

  test.each([
    ['empty', []],
    ['a sequence that is too short', [0x30, 3, 2, 1, 1]],
    ['bytes behind the sequence', [0x30, 6, 2, 1, 1, 2, 1, 1, 0]],
    ['bytes in the sequence behind s', [0x30, 7, 2, 1, 1, 2, 1, 1, 0]],
    ['a long length where the short one would do', [0x30, 0x81, 6, 2, 1, 1, 2, 1, 1]],
    ['an indefinite length', [0x30, 0x80, 2, 1, 1, 2, 1, 1, 0, 0]],
    ['a length of two bytes', [0x30, 0x82, 0, 6, 2, 1, 1, 2, 1, 1]],
    ['a needless zero', [0x30, 7, 2, 2, 0, 1, 2, 1, 1]],
    ['a negative number', [0x30, 6, 2, 1, 0x80, 2, 1, 1]],
    ['no number', [0x30, 5, 2, 0, 2, 1, 1]],
    ['a set', [0x31, 6, 2, 1, 1, 2, 1, 1]],
    ['a number that is too long', [0x30, 0x26, 2, 33, ...new Array<number>(33).fill(1), 2, 1, 1]],
  ])('%s is refused', (_, der) => {
    expect(() => decodeDer(Uint8Array.from(der), 32)).toThrow(/cryptographic operation failed/)
  })

  test('the refused forms do not verify', async () => {
    const { signature } = await webCrypto.suite(toSuiteId(2))
    const pair = await signature.generateKeyPair()
    const message = Uint8Array.of(7)
    const der = await signature.sign(pair.privateKey, message)
    expect(await signature.verify(pair.publicKey, message, der)).toBe(true)
    const long = Uint8Array.of(0x30, 0x81, ...der.subarray(1))
    expect(await signature.verify(pair.publicKey, message, long)).toBe(false)
    expect(await signature.verify(pair.publicKey, message, Uint8Array.of(...der, 0))).toBe(false)
    expect(await signature.verify(pair.publicKey, message, decodeDer(der, 32))).toBe(false)
  })
})

/** The names of what is not WebCrypto's. */
async function filled(provider: WebCrypto, id: number): Promise<readonly string[]> {
  return (await provider.parts(toSuiteId(id))).filter(({ native }) => !native).map(({ name }) => name)
}

describe('what the runtime lacks', () => {
  test('this one lacks nothing', async () => {
    for (const { id } of suites) expect(await filled(webCrypto, id)).toEqual([])
    expect(await webCrypto.parts(toSuiteId(0xf002))).toEqual([
      { kind: 'ml-kem', name: 'ML-KEM-768', native: true },
      { kind: 'group', name: 'X25519 key agreement', native: true },
      { kind: 'aead', name: 'AES-256-GCM', native: true },
      { kind: 'signature', name: 'Ed25519 signatures', native: true },
    ])
  })

  test('an older browser lacks these', async () => {
    const provider = webCryptoOn(likeOlderBrowsers(subtle))
    expect(provider.suites).toHaveLength(18)
    expect(await filled(provider, 1)).toEqual([])
    expect(await filled(provider, 0xf002)).toEqual(['ML-KEM-768'])
    expect(await filled(provider, 4)).toEqual(['X448 key agreement', 'Ed448 signatures'])
    expect(await filled(provider, 0xf009)).toEqual(['ML-KEM-768', 'ChaCha20-Poly1305', 'MLDSA44 signatures'])
  })

  test("without its curve a hybrid is noble's", async () => {
    const provider = webCryptoOn(without(subtle, /^X25519$/))
    expect(await filled(provider, 0xf002)).toEqual(['ML-KEM-768', 'X25519 key agreement'])
    expect(await filled(provider, 0xf006)).toEqual([])
    const { hpke } = await provider.suite(toSuiteId(0xf002))
    expect(hpke.kem.generateKeyPair()).not.toBeInstanceOf(Promise)
  })

  test('what it has is used: a hybrid takes its curve from WebCrypto and ML-KEM from noble', async () => {
    let agreements = 0
    const counted = new Proxy(likeOlderBrowsers(subtle), {
      get(target, property) {
        if (property === 'deriveBits') agreements++
        return Reflect.get(target, property)
      },
    })
    const { hpke } = await webCryptoOn(counted).suite(toSuiteId(0xf002))
    const pair = await hpke.kem.generateKeyPair()
    const before = agreements
    const { enc, sharedSecret } = await hpke.kem.encap(pair.publicKey)
    expect(agreements).toBe(before + 1)
    const other = nobleCrypto.suite(toSuiteId(0xf002)).hpke.kem
    expect(await other.decap(enc, pair.privateKey)).toEqual(sharedSecret)
  })

  test('ML-KEM that takes unreduced keys is not used', async () => {
    const encap = subtle.encapsulateBits!.bind(subtle)
    const good = await subtle.importKey('raw-seed', random(64), 'ML-KEM-768', true, ['decapsulateBits'])
    const valid = await subtle.getPublicKey!(good, ['encapsulateBits'])
    const lax: Subtle = new Proxy(subtle, {
      get(target, property) {
        if (property === 'importKey') {
          return async (...values: Parameters<Subtle['importKey']>) =>
            values[0] === 'raw-public' && values[1].every((byte) => byte === 0xff) ? valid : target.importKey(...values)
        }
        if (property === 'encapsulateBits') return encap
        const method: unknown = Reflect.get(target, property)
        return typeof method === 'function' ? method.bind(target) : method
      },
    })
    expect((await probe(lax, random)(findSuite(0xf006)!))[0]).toMatchObject({ name: 'ML-KEM-768', native: false })
    expect((await probe(subtle, random)(findSuite(0xf006)!))[0]).toMatchObject({ name: 'ML-KEM-768', native: true })
  })

  test('each operation is tried once', async () => {
    let imports = 0
    const counted: Subtle = new Proxy(subtle, {
      get(target, property) {
        const method: unknown = Reflect.get(target, property)
        if (typeof method !== 'function') return method
        if (property === 'importKey') imports++
        return method.bind(target)
      },
    })
    const provider = webCryptoOn(counted)
    for (const { id } of suites) await provider.parts(id)
    const first = imports
    expect(first).toBeGreaterThan(0)
    for (const { id } of suites) await provider.parts(id)
    expect(imports).toBe(first)
  })

  test('what a suite of an unknown make lacks is named', async () => {
    const info = { ...findSuite(0xf001)!, kem: 0x9999, aead: 0x99 }
    const lacking = (await probe(subtle, random)(info)).filter(({ native }) => !native)
    expect(lacking.map(({ name }) => name)).toEqual(['KEM 39321', 'AEAD 153'])
  })

  test('without crypto.subtle nothing is served, in words', async () => {
    const provider = webCryptoOn(undefined)
    expect(provider.suites).toEqual([])
    expect(provider.whyNot(toSuiteId(1))).toMatch(/crypto\.subtle/)
    expect(provider.whyNot(toSuiteId(0x7777))).toMatch(/number/)
    await expect(provider.suite(toSuiteId(1))).rejects.toMatchObject({ code: 'USAGE_SUITE_UNSUPPORTED' })
    await expect(provider.parts(toSuiteId(1))).rejects.toMatchObject({ code: 'USAGE_SUITE_UNSUPPORTED' })
    await expect(webCrypto.parts(toSuiteId(0x7777))).rejects.toMatchObject({ code: 'USAGE_SUITE_UNSUPPORTED' })
  })
})

test('a seed is honoured by the suites that leave no randomness to WebCrypto, whatever the runtime has', async () => {
  for (const provider of [webCrypto, webCryptoOn(likeOlderBrowsers(subtle))]) {
    const honours = []
    for (const { id } of suites) {
      try {
        await provider.suite(id, { random: (length) => new Uint8Array(length) })
        honours.push(id)
      } catch (error) {
        expect(error).toMatchObject({ code: 'USAGE_SEED_UNSUPPORTED' })
      }
    }
    expect(honours).toEqual([1, 3, 4, 6].map(toSuiteId))
  }
})

test.each(['SHA-256', 'SHA-384', 'SHA-512'] as const)('%s is the same on both sides of the length', async (name) => {
  const short = nobleCrypto.suites.map((id) => nobleCrypto.suite(id)).find((s) => findSuite(s.id)?.hash === name)!.hash
  const both = hash(subtle, name, short)
  for (const length of [2047, 2048, 2049, 100_000]) {
    const data = random(1000)
    const long = new Uint8Array(length)
    for (let start = 0; start < length; start += 1000) long.set(data.subarray(0, Math.min(1000, length - start)), start)
    expect(await both.digest(long)).toEqual(await short.digest(long))
  }
})

test('a bound key works for many at once', async () => {
  const { aead } = await webCrypto.suite(toSuiteId(0xf002))
  const bound = aead.bind(random(32))
  const nonce = new Uint8Array(12)
  const none = new Uint8Array(0)
  const sealed = await Promise.all([1, 2, 3].map((byte) => bound.seal(nonce, none, Uint8Array.of(byte))))
  const opened = await Promise.all(sealed.map((bytes) => bound.open(nonce, none, bytes)))
  expect(opened).toEqual([1, 2, 3].map((byte) => Uint8Array.of(byte)))
})

test('copies of keys are wiped after the import, and the keys of the caller are not', async () => {
  const given: Uint8Array[] = []
  const watched: Subtle = new Proxy(subtle, {
    get(target, property) {
      const method: unknown = Reflect.get(target, property)
      if (typeof method !== 'function') return method
      return (...values: readonly unknown[]): unknown => {
        if (property === 'importKey' && values[0] !== 'raw-public') given.push(values[1] as Uint8Array)
        return method.apply(target, values)
      }
    },
  })
  const key = random(32)
  const before = new Uint8Array(key)
  const none = new Uint8Array(0)
  await aead(watched, 2)!.seal(key, new Uint8Array(12), none, none)
  for (const kind of [signatureKinds.Ed25519, signatureKinds.MLDSA44, groupKinds.X25519]) {
    await keys(watched, kind).privateKey(key)
  }
  expect(given).toHaveLength(4)
  for (const bytes of given) expect(bytes.every((byte) => byte === 0)).toBe(true)
  expect(key).toEqual(before)
})
