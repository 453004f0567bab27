import { codeOf, type Kdf, type Kem, type RandomBytes } from '@twofold/interface'
import { describe, expect, test } from 'vitest'
import { dhKem, groups, type HpkeSuite, hpke } from '../src/index.ts'
import { aes128Gcm, deferred, hkdfSha256, x25519 } from './parts.ts'
import { rfc9180A1 as vector } from './rfc9180-a1.ts'

const hex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'))
const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const none = new Uint8Array(0)

function kemWith(random: RandomBytes, defer: boolean): Kem {
  const kdf = defer ? deferred(hkdfSha256) : hkdfSha256
  return dhKem({ id: 0x20, group: { ...groups.X25519, ...(defer ? deferred(x25519) : x25519) }, kdf, random })
}

function suiteWith(defer: boolean, random: RandomBytes = () => hex(vector.ikmE)): HpkeSuite {
  const kdf = defer ? deferred(hkdfSha256) : hkdfSha256
  const aead = defer ? { ...deferred(aes128Gcm), bind: (key: Uint8Array) => deferred(aes128Gcm.bind(key)) } : aes128Gcm
  return hpke({ kem: kemWith(random, defer), kdf, aead })
}

async function codeFrom(operation: () => unknown): Promise<string | undefined> {
  try {
    await operation()
    return undefined
  } catch (error) {
    return codeOf(error) ?? String(error)
  }
}

for (const defer of [false, true]) {
  describe(defer ? 'with parts that answer by promises' : 'with parts that answer at once', () => {
    const suite = suiteWith(defer)

    test('RFC 9180 A.1.1: keys', async () => {
      const pair = await suite.kem.deriveKeyPair(hex(vector.ikmR))
      expect(toHex(pair.privateKey)).toBe(vector.skRm)
      expect(toHex(pair.publicKey)).toBe(vector.pkRm)
    })

    test('RFC 9180 A.1.1: sender, messages and exports', async () => {
      const { enc, context } = await suite.setupBaseS(hex(vector.pkRm), hex(vector.info))
      expect(toHex(enc)).toBe(vector.enc)
      for (const { aad, pt, ct } of vector.encryptions) expect(toHex(await context.seal(hex(aad), hex(pt)))).toBe(ct)
      for (const { exporter_context, L, exported_value } of vector.exports) {
        expect(toHex(await context.export(hex(exporter_context), L))).toBe(exported_value)
      }
    })

    test('RFC 9180 A.1.1: receiver; a message that does not open does not count', async () => {
      const context = await suite.setupBaseR(hex(vector.enc), hex(vector.skRm), hex(vector.info))
      for (const { aad, pt, ct } of vector.encryptions) {
        await expect((async () => context.open(none, hex(ct)))()).rejects.toThrow()
        expect(toHex(await context.open(hex(aad), hex(ct)))).toBe(pt)
      }
    })

    test('single shot is the first message of a context', async () => {
      const first = vector.encryptions[0]
      const sealed = await suite.seal(hex(vector.pkRm), hex(vector.info), hex(first.aad), hex(first.pt))
      expect([toHex(sealed.enc), toHex(sealed.ciphertext)]).toEqual([vector.enc, first.ct])
      const opened = await suite.open(hex(vector.skRm), sealed.enc, hex(vector.info), hex(first.aad), sealed.ciphertext)
      expect(toHex(opened)).toBe(first.pt)
    })

    test('every failure to open is the same CRYPTO_FAILED', async () => {
      const first = vector.encryptions[0]
      const [sk, enc, info, aad, ct] = [vector.skRm, vector.enc, vector.info, first.aad, first.ct].map(hex) as [
        Uint8Array,
        Uint8Array,
        Uint8Array,
        Uint8Array,
        Uint8Array,
      ]
      expect(await codeFrom(() => suite.open(sk, enc, none, aad, ct))).toBe('CRYPTO_FAILED')
      expect(await codeFrom(() => suite.open(sk, enc, info, none, ct))).toBe('CRYPTO_FAILED')
      expect(await codeFrom(() => suite.open(sk, enc, info, aad, ct.slice(1)))).toBe('CRYPTO_FAILED')
      expect(await codeFrom(() => suite.open(sk, enc, info, aad, none))).toBe('CRYPTO_FAILED')
      expect(await codeFrom(() => suite.open(sk, new Uint8Array(32), info, aad, ct))).toBe('CRYPTO_FAILED')
      expect(await codeFrom(() => suite.open(sk, none, info, aad, ct))).toBe('CRYPTO_FAILED')
      expect(await codeFrom(() => suite.open(none, enc, info, aad, ct))).toBe('CRYPTO_FAILED')
      expect(await codeFrom(() => suite.seal(new Uint8Array(32), info, aad, none))).toBe('CRYPTO_FAILED')
      expect(await codeFrom(() => suite.seal(none, info, aad, none))).toBe('CRYPTO_FAILED')
    })

    test('an export that is too long is a wrong call', async () => {
      const { context } = await suite.setupBaseS(hex(vector.pkRm), none)
      for (const length of [255 * 32 + 1, -1, 0.5]) {
        expect(await codeFrom(() => context.export(none, length))).toBe('USAGE_INVALID_ARGUMENT')
      }
    })
  })
}

test('nothing is a promise where the parts answer at once', () => {
  const suite = suiteWith(false)
  const pair = suite.kem.generateKeyPair()
  expect(pair).not.toBeInstanceOf(Promise)
  const { publicKey, privateKey } = pair as Awaited<typeof pair>
  const sealed = suite.seal(publicKey, none, none, none)
  expect(sealed).not.toBeInstanceOf(Promise)
  const { enc, ciphertext } = sealed as Awaited<typeof sealed>
  expect(suite.open(privateKey, enc, none, none, ciphertext)).toBeInstanceOf(Uint8Array)
})

test('a failing source of randomness is not CRYPTO_FAILED', async () => {
  const random = () => {
    throw new Error('no entropy')
  }
  const suite = suiteWith(false, random)
  await expect((async () => suite.kem.generateKeyPair())()).rejects.toThrow('no entropy')
  await expect((async () => suite.seal(hex(vector.pkRm), none, none, none))()).rejects.toThrow('no entropy')
})

test('suite ids take two bytes for each number', async () => {
  const seen: string[] = []
  const spy: Kdf = {
    ...hkdfSha256,
    extract(salt, ikm) {
      seen.push(Buffer.from(ikm).toString('latin1'))
      return hkdfSha256.extract(salt, ikm)
    },
  }
  const kem = { ...kemWith(() => hex(vector.ikmE), false), id: 0x647a }
  await hpke({ kem, kdf: { ...spy, id: 0x0102 }, aead: { ...aes128Gcm, id: 0x0304 } }).seal(
    hex(vector.pkRm),
    none,
    none,
    none,
  )
  expect(seen.filter((ikm) => ikm.startsWith('HPKE-v1HPKE\x64\x7a\x01\x02\x03\x04'))).toHaveLength(3)
})

test('what depends on the suite alone is computed once', async () => {
  let extracts = 0
  const counted: Kdf = {
    ...hkdfSha256,
    extract(salt, ikm) {
      extracts++
      return hkdfSha256.extract(salt, ikm)
    },
  }
  const suite = hpke({ kem: kemWith(() => hex(vector.ikmE), false), kdf: counted, aead: aes128Gcm })
  await suite.seal(hex(vector.pkRm), none, none, none)
  expect(extracts).toBe(3)
  await suite.seal(hex(vector.pkRm), none, none, none)
  expect(extracts).toBe(5)
})
