import {
  suites as allSuites,
  type CryptoProvider,
  type CryptoSuite,
  codeOf,
  findSuite,
  type SuiteId,
  TwofoldError,
  toSuiteId,
} from '@twofold/interface'
import { altered, ascii, toHex } from './bytes.ts'
import { assert, assertBytes, assertThrows } from './tally.ts'

/** One case of the contract, for every suite that a provider serves or for the provider itself. */
export interface CryptoCase {
  readonly name: string
  /** `seed`: the suite must honour `SuiteOptions.random`; the case is for those alone. */
  readonly requires?: 'seed'
  /** Throws when the subject breaks the contract. */
  run(provider: CryptoProvider, id: SuiteId): Promise<void>
}

const sizes = [0, 1, 16, 123, 2000]
const info = ascii('info')
const aad = ascii('aad')
const none = new Uint8Array(0)

/** Bytes that differ from place to place. */
function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 7 + 3) & 0xff)
}

/** A reproducible source, not a secure one. */
function counting(): (length: number) => Uint8Array {
  let state = 1
  return (length) =>
    Uint8Array.from({ length }, () => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0
      return state >>> 24
    })
}

function assertPlain(bytes: Uint8Array, length: number, what: string): void {
  assert(Object.getPrototypeOf(bytes) === Uint8Array.prototype, `${what} is not a plain Uint8Array`)
  assert(bytes.length === length, `${what} has ${bytes.length} bytes, not ${length}`)
  assert(bytes.byteLength === bytes.buffer.byteLength, `${what} shares its memory`)
}

/** Nothing may tell which check failed: one code, one text, no cause. */
async function assertFails(operation: () => unknown, what: string): Promise<void> {
  const error = await assertThrows(operation, what)
  const same =
    error instanceof TwofoldError &&
    error.code === 'CRYPTO_FAILED' &&
    error.message === 'cryptographic operation failed' &&
    error.cause === undefined
  assert(same, `${what} gave ${String(error)}`)
}

function suiteCase(name: string, check: (suite: CryptoSuite) => Promise<void>): CryptoCase {
  return { name, run: async (provider, id) => check(await provider.suite(id)) }
}

export const cryptoCases: readonly CryptoCase[] = [
  suiteCase('a suite is made of what its number says', async (suite) => {
    const expected = findSuite(suite.id)
    assert(expected !== undefined, 'unknown number')
    assert(suite.hpke.kem.id === expected?.kem, 'KEM')
    assert(suite.kdf.id === expected?.kdf, 'KDF')
    assert(suite.aead.id === expected?.aead, 'AEAD')
    assert(suite.signature.scheme === expected?.signatureScheme, 'signature')
    const Nh = { 'SHA-256': 32, 'SHA-384': 48, 'SHA-512': 64 }[expected?.hash ?? 'SHA-256']
    assert(suite.hash.Nh === Nh && suite.mac.Nh === Nh && suite.kdf.Nh === Nh, 'Nh')
  }),
  suiteCase('hash, mac and kdf give Nh bytes', async ({ hash, mac, kdf }) => {
    for (const size of sizes) {
      const data = pattern(size)
      assertPlain(await hash.digest(data), hash.Nh, 'digest')
      assertPlain(await mac.mac(ascii('key'), data), mac.Nh, 'mac')
      assertPlain(await kdf.extract(none, data), kdf.Nh, 'prk')
    }
  }),
  suiteCase('HKDF-Expand gives every length up to its limit and a prefix for less', async ({ kdf }) => {
    const prk = pattern(kdf.Nh)
    const longest = await kdf.expand(prk, info, 255 * kdf.Nh)
    for (const length of [0, 1, 12, kdf.Nh - 1, kdf.Nh, kdf.Nh + 1, 2 * kdf.Nh, 255 * kdf.Nh]) {
      const okm = await kdf.expand(prk, info, length)
      assertPlain(okm, length, 'okm')
      assertBytes(okm, longest.slice(0, length), 'okm')
    }
    for (const length of [255 * kdf.Nh + 1, -1, 1.5]) {
      const error = await assertThrows(() => kdf.expand(prk, info, length), `${length} bytes`)
      assert(codeOf(error) === 'USAGE_INVALID_ARGUMENT', `${length} bytes gave ${String(error)}`)
    }
  }),
  suiteCase('mac.verify refuses altered, short and long tags', async ({ mac }) => {
    const [key, data] = [pattern(32), pattern(100)]
    const tag = await mac.mac(key, data)
    assert(await mac.verify(key, data, tag), 'the right tag is refused')
    for (let i = 0; i < tag.length; i++) assert(!(await mac.verify(key, data, altered(tag, i))), `byte ${i} altered`)
    assert(!(await mac.verify(key, data, tag.slice(1))), 'a short tag verifies')
    assert(!(await mac.verify(key, data, none)), 'an empty tag verifies')
    assert(!(await mac.verify(key, altered(data, 0), tag)), 'other data verify')
  }),
  suiteCase('aead opens what it sealed and nothing else', async ({ aead }) => {
    const [key, nonce] = [pattern(aead.Nk), pattern(aead.Nn)]
    for (const size of sizes) {
      const plaintext = pattern(size)
      const sealed = await aead.seal(key, nonce, aad, plaintext)
      assertPlain(sealed, size + aead.Nt, 'ciphertext')
      const opened = await aead.open(key, nonce, aad, sealed)
      assertPlain(opened, size, 'plaintext')
      assertBytes(opened, plaintext, 'plaintext')
      await assertFails(() => aead.open(key, nonce, aad, altered(sealed, 0)), 'an altered first byte')
      await assertFails(() => aead.open(key, nonce, aad, altered(sealed, sealed.length - 1)), 'an altered tag')
      await assertFails(() => aead.open(key, nonce, ascii('aae'), sealed), 'another aad')
      await assertFails(() => aead.open(altered(key, 3), nonce, aad, sealed), 'another key')
      await assertFails(() => aead.open(key, altered(nonce, 3), aad, sealed), 'another nonce')
    }
  }),
  suiteCase('aead refuses wrong lengths', async ({ aead }) => {
    const [key, nonce] = [pattern(aead.Nk), pattern(aead.Nn)]
    const sealed = await aead.seal(key, nonce, aad, pattern(20))
    await assertFails(() => aead.seal(pattern(aead.Nk - 1), nonce, aad, none), 'a short key')
    await assertFails(() => aead.seal(pattern(aead.Nk + 1), nonce, aad, none), 'a long key')
    await assertFails(() => aead.seal(key, pattern(aead.Nn - 1), aad, none), 'a short nonce')
    await assertFails(() => aead.open(key, pattern(aead.Nn + 1), aad, sealed), 'a long nonce')
    await assertFails(() => aead.bind(pattern(aead.Nk - 1)), 'a short key, bound')
    for (const length of [0, 1, aead.Nt - 1, aead.Nt, sealed.length - 1]) {
      await assertFails(() => aead.open(key, nonce, aad, sealed.slice(0, length)), `${length} bytes`)
    }
  }),
  suiteCase('a bound key does the same and outlives the wiping of its bytes', async ({ aead }) => {
    const [key, nonce] = [pattern(aead.Nk), pattern(aead.Nn)]
    const expected = await aead.seal(key, nonce, aad, pattern(123))
    const bound = aead.bind(key)
    key.fill(0)
    assertBytes(await bound.seal(nonce, aad, pattern(123)), expected, 'ciphertext')
    assertBytes(await bound.open(nonce, aad, expected), pattern(123), 'plaintext')
    await assertFails(() => bound.open(nonce, aad, altered(expected, 5)), 'an altered ciphertext')
    await assertFails(() => bound.open(nonce, aad, none), 'nothing')
    await assertFails(() => bound.seal(none, aad, none), 'no nonce')
  }),
  suiteCase('the KEM keeps its lengths and both sides agree', async ({ hpke: { kem } }) => {
    const pair = await kem.generateKeyPair()
    assertPlain(pair.publicKey, kem.Npk, 'public key')
    assertPlain(pair.privateKey, kem.Nsk, 'private key')
    const { enc, sharedSecret } = await kem.encap(pair.publicKey)
    assertPlain(enc, kem.Nenc, 'enc')
    assertPlain(sharedSecret, kem.Nsecret, 'shared secret')
    assertBytes(await kem.decap(enc, pair.privateKey), sharedSecret, 'shared secret')
    const again = await kem.encap(pair.publicKey)
    assert(toHex(again.enc) !== toHex(enc), 'two encapsulations are the same')
    const other = await kem.generateKeyPair()
    assert(toHex(other.privateKey) !== toHex(pair.privateKey), 'two keys are the same')
  }),
  suiteCase('the KEM derives the same keys from the same ikm', async ({ hpke: { kem } }) => {
    const first = await kem.deriveKeyPair(pattern(64))
    const second = await kem.deriveKeyPair(pattern(64))
    assertPlain(first.publicKey, kem.Npk, 'public key')
    assertPlain(first.privateKey, kem.Nsk, 'private key')
    assertBytes(second.publicKey, first.publicKey, 'public key')
    assertBytes(second.privateKey, first.privateKey, 'private key')
    const other = await kem.deriveKeyPair(altered(pattern(64), 63))
    assert(toHex(other.privateKey) !== toHex(first.privateKey), 'another ikm gives the same key')
  }),
  suiteCase('the KEM refuses wrong lengths, and an altered enc gives another secret', async ({ hpke: { kem } }) => {
    const pair = await kem.generateKeyPair()
    const { enc, sharedSecret } = await kem.encap(pair.publicKey)
    await assertFails(() => kem.encap(pair.publicKey.slice(1)), 'a short public key')
    await assertFails(() => kem.encap(none), 'no public key')
    await kem.checkPublicKey(pair.publicKey)
    await assertFails(() => kem.checkPublicKey(pair.publicKey.slice(1)), 'a short public key')
    // The last bytes are a Diffie-Hellman point where there is one: zeros are of small order, or no point at all.
    const zeros = pair.publicKey.slice().fill(0, pair.publicKey.length - (kem.id === 0x21 ? 56 : 32))
    if (hasGroup(kem.id)) {
      await assertFails(() => kem.encap(zeros), 'a point that cannot be')
      await assertFails(() => kem.checkPublicKey(zeros), 'a point that cannot be')
    }
    await assertFails(() => kem.decap(enc.slice(1), pair.privateKey), 'a short enc')
    await assertFails(() => kem.decap(new Uint8Array([...enc, 0]), pair.privateKey), 'a long enc')
    await assertFails(() => kem.decap(enc, pair.privateKey.slice(1)), 'a short private key')
    for (const index of [0, enc.length - 8]) {
      const outcome = await secretOrNothing(() => kem.decap(altered(enc, index), pair.privateKey))
      assert(outcome !== toHex(sharedSecret), `byte ${index} of enc does not matter`)
    }
  }),
  suiteCase('the KEM forgets what a key was when its array is filled anew', async ({ hpke: { kem } }) => {
    const [one, two] = [await kem.generateKeyPair(), await kem.generateKeyPair()]
    const [privateKey, publicKey] = [new Uint8Array(one.privateKey), new Uint8Array(one.publicKey)]
    const toOne = await kem.encap(publicKey)
    assertBytes(await kem.decap(toOne.enc, privateKey), toOne.sharedSecret, 'shared secret')
    privateKey.set(two.privateKey)
    publicKey.set(two.publicKey)
    const toTwo = await kem.encap(publicKey)
    assertBytes(await kem.decap(toTwo.enc, privateKey), toTwo.sharedSecret, 'shared secret after the change')
    assertBytes(await kem.decap(toTwo.enc, two.privateKey), toTwo.sharedSecret, 'shared secret after the change')
    privateKey.fill(0)
    const wiped = await secretOrNothing(() => kem.decap(toTwo.enc, privateKey))
    assert(wiped !== toHex(toTwo.sharedSecret), 'a wiped key still works')
  }),
  suiteCase('changing what came out does not change what comes next', async ({ hpke: { kem }, signature }) => {
    const first = await kem.deriveKeyPair(pattern(64))
    first.publicKey.fill(0)
    first.privateKey.fill(0)
    const second = await kem.deriveKeyPair(pattern(64))
    const { enc, sharedSecret } = await kem.encap(second.publicKey)
    sharedSecret.fill(0)
    const secret = await kem.decap(enc, second.privateKey)
    assert(toHex(secret) !== toHex(sharedSecret), 'the secret is shared memory')
    const pair = await signature.generateKeyPair()
    const signed = await signature.sign(pair.privateKey, info)
    const copy = new Uint8Array(signed)
    signed.fill(0)
    assert(await signature.verify(pair.publicKey, info, copy), 'the signature is shared memory')
  }),
  suiteCase('hpke opens what it sealed and nothing else', async ({ hpke, aead }) => {
    const [pair, other] = [await hpke.kem.generateKeyPair(), await hpke.kem.generateKeyPair()]
    for (const size of sizes) {
      const { enc, ciphertext } = await hpke.seal(pair.publicKey, info, aad, pattern(size))
      assertPlain(enc, hpke.kem.Nenc, 'enc')
      assertPlain(ciphertext, size + aead.Nt, 'ciphertext')
      const open = (sk: Uint8Array, e: Uint8Array, i: Uint8Array, a: Uint8Array, c: Uint8Array) => () =>
        hpke.open(sk, e, i, a, c)
      const { privateKey } = pair
      assertBytes(await open(privateKey, enc, info, aad, ciphertext)(), pattern(size), 'plaintext')
      await assertFails(open(other.privateKey, enc, info, aad, ciphertext), 'another private key')
      await assertFails(open(privateKey, altered(enc, 5), info, aad, ciphertext), 'an altered enc')
      await assertFails(open(privateKey, enc.slice(1), info, aad, ciphertext), 'a short enc')
      await assertFails(open(privateKey, enc, none, aad, ciphertext), 'another info')
      await assertFails(open(privateKey, enc, info, none, ciphertext), 'another aad')
      await assertFails(open(privateKey, enc, info, aad, altered(ciphertext, size)), 'an altered tag')
      await assertFails(open(privateKey, enc, info, aad, ciphertext.slice(1)), 'a short ciphertext')
    }
    await assertFails(() => hpke.seal(pair.publicKey.slice(1), info, aad, none), 'a short public key')
  }),
  suiteCase('signatures verify, and altered ones do not', async ({ signature }) => {
    const [pair, other] = [await signature.generateKeyPair(), await signature.generateKeyPair()]
    assertPlain(pair.publicKey, signature.Npk, 'public key')
    assertPlain(pair.privateKey, signature.Nsk, 'private key')
    for (const size of sizes) {
      const message = pattern(size)
      const signed = await signature.sign(pair.privateKey, message)
      assert(signed.length <= signature.Nsig, `the signature has ${signed.length} bytes`)
      assertPlain(signed, signed.length, 'signature')
      assert(await signature.verify(pair.publicKey, message, signed), 'the signature is refused')
      assert(!(await signature.verify(other.publicKey, message, signed)), 'another key verifies')
      assert(!(await signature.verify(pair.publicKey, pattern(size + 1), signed)), 'another message verifies')
      for (const index of [0, signed.length >> 1, signed.length - 1]) {
        assert(!(await signature.verify(pair.publicKey, message, altered(signed, index))), `byte ${index} altered`)
      }
    }
  }),
  suiteCase('signature.verify gives false for malformed input, sign throws', async ({ signature }) => {
    const pair = await signature.generateKeyPair()
    const signed = await signature.sign(pair.privateKey, info)
    assert(!(await signature.verify(none, info, signed)), 'no key')
    assert(!(await signature.verify(pair.publicKey.slice(1), info, signed)), 'a short key')
    assert(!(await signature.verify(new Uint8Array(signature.Npk).fill(0xff), info, signed)), 'a key that is none')
    assert(!(await signature.verify(pair.publicKey, info, none)), 'no signature')
    assert(!(await signature.verify(pair.publicKey, info, signed.slice(1))), 'a short signature')
    assert(!(await signature.verify(pair.publicKey, info, new Uint8Array([...signed, 0]))), 'a long signature')
    await assertFails(() => signature.sign(pair.privateKey.slice(1), info), 'a short private key')
  }),
  suiteCase('signing follows the bytes of the key, not the identity of its array', async ({ signature }) => {
    const [one, two] = [await signature.generateKeyPair(), await signature.generateKeyPair()]
    const [privateKey, publicKey] = [new Uint8Array(one.privateKey), new Uint8Array(one.publicKey)]
    assert(await signature.verify(publicKey, info, await signature.sign(privateKey, info)), 'the first key')
    privateKey.set(two.privateKey)
    const signed = await signature.sign(privateKey, info)
    assert(!(await signature.verify(publicKey, info, signed)), 'the former key still signs')
    publicKey.set(two.publicKey)
    assert(await signature.verify(publicKey, info, signed), 'the former key still verifies')
  }),
  {
    name: 'randomness from outside makes a suite reproducible, and is all that it uses',
    requires: 'seed',
    async run(provider, id) {
      const transcripts = []
      for (let i = 0; i < 2; i++) transcripts.push(await transcript(await provider.suite(id, { random: counting() })))
      assert(transcripts[0] === transcripts[1], 'two runs with the same randomness differ')
      const random = (length: number) => new Uint8Array(length + 1)
      const suite = await provider.suite(id, { random })
      const error = await assertThrows(() => suite.hpke.kem.generateKeyPair(), 'randomness of the wrong length')
      assert(codeOf(error) === 'USAGE_INVALID_ARGUMENT', `a bad source gave ${String(error)}`)
    },
  },
  {
    name: 'a seed is honoured or refused as a whole, unknown options are refused',
    async run(provider, id) {
      const outcome = await codeFrom(() => provider.suite(id, { random: counting() }))
      assert(outcome === undefined || outcome === 'USAGE_SEED_UNSUPPORTED', `random gave ${outcome}`)
      const misspelt = { rnadom: counting() } as object
      assert((await codeFrom(() => provider.suite(id, misspelt))) === 'USAGE_UNKNOWN_OPTION', 'a misspelt option')
    },
  },
  {
    name: 'whyNot and suites agree, and what is not served is refused',
    async run(provider) {
      for (const { id } of allSuites) {
        const served = provider.suites.includes(id)
        assert((provider.whyNot(id) === undefined) === served, `whyNot(${id})`)
        if (served) continue
        assert((await codeFrom(() => provider.suite(id))) === 'USAGE_SUITE_UNSUPPORTED', `suite(${id})`)
      }
      const unknown = toSuiteId(0x7777)
      assert(provider.whyNot(unknown) !== undefined, 'whyNot of an unknown number')
      assert((await codeFrom(() => provider.suite(unknown))) === 'USAGE_SUITE_UNSUPPORTED', 'an unknown number')
    },
  },
]

async function codeFrom(operation: () => unknown): Promise<string | undefined> {
  try {
    await operation()
    return undefined
  } catch (error) {
    return codeOf(error) ?? String(error)
  }
}

async function secretOrNothing(operation: () => unknown): Promise<string> {
  try {
    return toHex((await operation()) as Uint8Array)
  } catch {
    return ''
  }
}

/** Everything that draws randomness, once. */
async function transcript({ hpke, signature, random }: CryptoSuite): Promise<string> {
  const pair = await hpke.kem.generateKeyPair()
  const { enc, ciphertext } = await hpke.seal(pair.publicKey, info, aad, pattern(10))
  const signer = await signature.generateKeyPair()
  const signed = await signature.sign(signer.privateKey, info)
  return [pair.publicKey, pair.privateKey, enc, ciphertext, signer.privateKey, signed, random(16)].map(toHex).join('/')
}

/** All but ML-KEM alone (draft-ietf-hpke-pq section 8.1). */
function hasGroup(kemId: number): boolean {
  return kemId < 0x40 || kemId > 0x42
}
