import type { HashName, SignatureName } from '@twofold/interface'
import { hex, toHex } from './bytes.ts'
import type { CryptoParts } from './subject.ts'
import { assert, assertBytes, assertThrows, Tallier } from './tally.ts'

interface Test {
  readonly tcId: number
  readonly result: 'valid' | 'invalid' | 'acceptable'
}

interface Group<T extends Test> {
  readonly tests: readonly T[]
}

function groupsOf<T extends Test, G extends Group<T>>(content: unknown): readonly G[] {
  return (content as { readonly testGroups: readonly G[] }).testGroups
}

interface XdhTest extends Test {
  readonly public: string
  readonly private: string
  readonly shared: string
}

/** Non-canonical points and points of the twist are computed with (RFC 7748); an all-zero secret must be refused. */
export async function runX25519(parts: CryptoParts, content: unknown): Promise<Tallier> {
  const tally = new Tallier()
  for (const { tests } of groupsOf<XdhTest, Group<XdhTest>>(content)) {
    for (const test of tests) {
      const operation = () => parts.x25519(hex(test.private), hex(test.public))
      const refused = test.result === 'invalid' || /^0*$/.test(test.shared)
      await tally.vector(`tcId ${test.tcId}`, async () => {
        if (refused) await assertThrows(operation, 'a point of small order')
        else assertBytes(await operation(), hex(test.shared), 'shared')
      })
    }
  }
  return tally
}

interface SignatureTest extends Test {
  readonly msg: string
  readonly sig: string
}

interface SignatureGroup extends Group<SignatureTest> {
  readonly publicKey: string | { readonly pk?: string; readonly uncompressed?: string }
}

function publicKeyOf({ publicKey }: SignatureGroup): Uint8Array {
  if (typeof publicKey === 'string') return hex(publicKey)
  return hex(publicKey.pk ?? publicKey.uncompressed ?? '')
}

export async function runSignatures(name: SignatureName, parts: CryptoParts, content: unknown): Promise<Tallier> {
  const tally = new Tallier()
  const scheme = parts.signature(name)
  for (const group of groupsOf<SignatureTest, SignatureGroup>(content)) {
    if (scheme === undefined) {
      tally.skip(`no ${name}`, group.tests.length)
      continue
    }
    for (const test of group.tests) {
      if ((test as { ctx?: string }).ctx) {
        tally.skip('our signatures have no context')
        continue
      }
      await tally.vector(`tcId ${test.tcId}`, async () => {
        const verdict = await scheme.verify(publicKeyOf(group), hex(test.msg), hex(test.sig))
        assert(verdict === (test.result === 'valid'), `verify gave ${verdict} for ${test.result}`)
      })
    }
  }
  return tally
}

interface HkdfTest extends Test {
  readonly ikm: string
  readonly salt: string
  readonly info: string
  readonly size: number
  readonly okm: string
}

export async function runHkdf(kdfId: number, parts: CryptoParts, content: unknown): Promise<Tallier> {
  const tally = new Tallier()
  const kdf = parts.kdf(kdfId)
  for (const { tests } of groupsOf<HkdfTest, Group<HkdfTest>>(content)) {
    for (const test of tests) {
      if (kdf === undefined) {
        tally.skip(`no KDF ${kdfId}`)
        continue
      }
      const operation = async () =>
        kdf.expand(await kdf.extract(hex(test.salt), hex(test.ikm)), hex(test.info), test.size)
      await tally.vector(`tcId ${test.tcId}`, async () => {
        if (test.result === 'invalid') await assertThrows(operation, 'a length that is too large')
        else assertBytes(await operation(), hex(test.okm), 'okm')
      })
    }
  }
  return tally
}

interface MacTest extends Test {
  readonly key: string
  readonly msg: string
  readonly tag: string
}

interface MacGroup extends Group<MacTest> {
  readonly tagSize: number
}

/** Truncated tags are compared with the beginning of ours; `verify` must refuse them, since MLS does not truncate. */
export async function runHmac(name: HashName, parts: CryptoParts, content: unknown): Promise<Tallier> {
  const tally = new Tallier()
  const mac = parts.mac(name)
  for (const { tagSize, tests } of groupsOf<MacTest, MacGroup>(content)) {
    for (const test of tests) {
      const [key, msg, tag] = [hex(test.key), hex(test.msg), hex(test.tag)] as const
      const valid = test.result === 'valid'
      await tally.vector(`tcId ${test.tcId}`, async () => {
        const computed = await mac.mac(key, msg)
        assert((toHex(computed.slice(0, tagSize / 8)) === test.tag) === valid, `mac for ${test.result}`)
        const verdict = await mac.verify(key, msg, tag)
        assert(verdict === (valid && tagSize === 8 * mac.Nh), `verify gave ${verdict} for ${test.result}`)
      })
    }
  }
  return tally
}

interface AeadTest extends Test {
  readonly key: string
  readonly iv: string
  readonly aad: string
  readonly msg: string
  readonly ct: string
  readonly tag: string
}

interface AeadGroup extends Group<AeadTest> {
  readonly ivSize: number
  readonly keySize: number
  readonly tagSize: number
}

/** By key size in bits. MLS and HPKE use 96-bit nonces and whole tags; other nonces must be refused as such. */
export async function runAead(ids: Readonly<Record<number, number>>, parts: CryptoParts, content: unknown): Promise<Tallier> {
  const tally = new Tallier()
  for (const group of groupsOf<AeadTest, AeadGroup>(content)) {
    const id = ids[group.keySize]
    for (const test of group.tests) {
      if (id === undefined || parts.aead(id) === undefined) tally.skip(`no AEAD with ${group.keySize} bits of key`)
      else await tally.vector(`tcId ${test.tcId}`, () => checkAead(parts, id, group, test))
    }
  }
  return tally
}

async function checkAead(parts: CryptoParts, id: number, group: AeadGroup, test: AeadTest): Promise<void> {
  const aead = parts.aead(id) as NonNullable<ReturnType<CryptoParts['aead']>>
  const [key, nonce, aad, msg] = [hex(test.key), hex(test.iv), hex(test.aad), hex(test.msg)] as const
  const sealed = hex(test.ct + test.tag)
  if (group.ivSize !== 8 * aead.Nn) await assertThrows(() => aead.seal(key, nonce, aad, msg), 'a nonce of another length')
  if (test.result === 'invalid' || group.ivSize !== 8 * aead.Nn) {
    await assertThrows(() => aead.open(key, nonce, aad, sealed), 'an invalid ciphertext')
    await assertThrows(() => aead.bind(key).open(nonce, aad, sealed), 'an invalid ciphertext, key bound')
    return
  }
  assertBytes(await aead.seal(key, nonce, aad, msg), sealed, 'ciphertext')
  assertBytes(await aead.open(key, nonce, aad, sealed), msg, 'plaintext')
  assertBytes(await aead.bind(key).seal(nonce, aad, msg), sealed, 'ciphertext, key bound')
  assertBytes(await aead.bind(key).open(nonce, aad, sealed), msg, 'plaintext, key bound')
}

interface CctvSignature {
  readonly number: number
  readonly key: string
  readonly sig: string
  readonly msg: string
  readonly flags: readonly string[]
}

/**
 * CCTV ed25519: signatures on which implementations disagree. There is no right answer but for keys and points that are
 * not canonical, whose verdict is counted too.
 */
export async function runEd25519Edges(parts: CryptoParts, content: unknown): Promise<Tallier> {
  const tally = new Tallier()
  const scheme = parts.signature('Ed25519')
  for (const vector of content as readonly CctvSignature[]) {
    if (scheme === undefined) {
      tally.skip('no Ed25519')
      continue
    }
    await tally.vector(`#${vector.number}`, async () => {
      const message = Uint8Array.from(vector.msg, (character) => character.charCodeAt(0))
      const accepted = await scheme.verify(hex(vector.key), message, hex(vector.sig))
      tally.note(accepted ? 'accepted' : 'refused')
      if (accepted) for (const flag of vector.flags) tally.note(`accepted with ${flag}`)
    })
  }
  return tally
}
