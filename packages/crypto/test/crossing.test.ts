import { nobleCrypto } from '@twofold/crypto-noble'
import { nodeCrypto } from '@twofold/crypto-node'
import { webCrypto } from '@twofold/crypto-webcrypto'
import { type CryptoProvider, type CryptoSuite, type SuiteId, suites } from '@twofold/interface'
import { beforeAll, describe, expect, test } from 'vitest'

const providers: readonly CryptoProvider[] = [nodeCrypto, webCrypto, nobleCrypto]
const pairs = providers.flatMap((from) => providers.filter((to) => to !== from).map((to) => [from, to] as const))
const sizes = [0, 1, 31, 200, 2047, 2048, 5000, 70_000]
const none = new Uint8Array(0)

/** Bytes that differ from place to place and from seed to seed. */
function pattern(length: number, seed = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + (i >>> 8) * 7 + seed * 101) & 0xff)
}

/** What all three backends make of it, which must be the same. */
async function agreed<T>(all: readonly CryptoSuite[], make: (suite: CryptoSuite) => T): Promise<Awaited<T>> {
  const [first, ...others] = await Promise.all(all.map((suite) => make(suite)))
  for (const [index, other] of others.entries()) expect(other, all[index + 1]?.provider).toEqual(first)
  return first as Awaited<T>
}

describe.each(suites)('$name', ({ id }) => {
  let all: readonly CryptoSuite[]
  beforeAll(async () => {
    all = await Promise.all(providers.map((provider) => provider.suite(id)))
  })

  test('each backend is itself', () => {
    expect(all.map(({ provider }) => provider)).toEqual(['node', 'webcrypto', 'noble'])
  })

  test('hash, MAC and KDF are equal', async () => {
    for (const size of sizes) {
      const data = pattern(size)
      await agreed(all, ({ hash }) => hash.digest(data))
      await agreed(all, ({ kdf }) => kdf.extract(pattern(size % 97), data))
      for (const length of [0, 1, 20, 32, 1000]) {
        await agreed(all, ({ kdf }) => kdf.expand(pattern(kdf.Nh), pattern(size), length))
      }
      const tag = await agreed(all, ({ mac }) => mac.mac(pattern(40), data))
      expect(await agreed(all, ({ mac }) => mac.verify(pattern(40), data, tag))).toBe(true)
    }
  })

  test('AEAD is equal', async () => {
    for (const size of sizes) {
      const [plaintext, aad] = [pattern(size), pattern(size % 61)]
      const sealed = await agreed(all, ({ aead }) => aead.seal(pattern(aead.Nk), pattern(aead.Nn), aad, plaintext))
      const opened = await agreed(all, ({ aead }) => aead.bind(pattern(aead.Nk)).open(pattern(aead.Nn), aad, sealed))
      expect(opened).toEqual(plaintext)
    }
  })

  test('the same ikm gives the same key pair', async () => {
    for (let seed = 0; seed < 3; seed++) await agreed(all, ({ hpke }) => hpke.kem.deriveKeyPair(pattern(64, seed)))
  })

  describe.each(pairs)('$0.name to $1.name', (from, to) => {
    test('encapsulation, HPKE and keys cross', () => crossHpke(id, from, to))
    test('signatures and keys cross', () => crossSignatures(id, from, to))
  })
})

/** `from` sends to a key that `to` made, and to a key of its own that `to` then uses. */
async function crossHpke(id: SuiteId, from: CryptoProvider, to: CryptoProvider): Promise<void> {
  const [sender, receiver] = await Promise.all([from.suite(id), to.suite(id)])
  for (const maker of [receiver, sender]) {
    const { publicKey, privateKey } = await maker.hpke.kem.generateKeyPair()
    const { enc, sharedSecret } = await sender.hpke.kem.encap(publicKey)
    expect(await receiver.hpke.kem.decap(enc, privateKey)).toEqual(sharedSecret)
    const [info, aad, plaintext] = [pattern(9), pattern(7), pattern(333)]
    const sealed = await sender.hpke.seal(publicKey, info, aad, plaintext)
    expect(await receiver.hpke.open(privateKey, sealed.enc, info, aad, sealed.ciphertext)).toEqual(plaintext)
    await expect(async () => receiver.hpke.open(privateKey, sealed.enc, none, aad, sealed.ciphertext)).rejects.toThrow(
      'cryptographic operation failed',
    )
  }
}

/** `from` signs with its own key, and with one that `to` made. */
async function crossSignatures(id: SuiteId, from: CryptoProvider, to: CryptoProvider): Promise<void> {
  const [signer, verifier] = await Promise.all([from.suite(id), to.suite(id)])
  for (const maker of [signer, verifier]) {
    const { publicKey, privateKey } = await maker.signature.generateKeyPair()
    for (const size of [0, 1, 300]) {
      const signed = await signer.signature.sign(privateKey, pattern(size))
      expect(await verifier.signature.verify(publicKey, pattern(size), signed)).toBe(true)
      expect(await verifier.signature.verify(publicKey, pattern(size + 1), signed)).toBe(false)
    }
  }
}
