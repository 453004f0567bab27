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

type DhGroupName = Parameters<CryptoParts['dh']>[0]

/** Non-canonical points and points of the twist are computed with (RFC 7748); an all-zero secret must be refused. */
export async function runX25519(parts: CryptoParts, content: unknown): Promise<Tallier> {
  const refused = (test: XdhTest) => test.result === 'invalid' || /^0*$/.test(test.shared)
  return runDh('X25519', refused, parts, content)
}

const scalarLengths = { P256: 32, P384: 48, P521: 66, X25519: 32 } as const

/** HPKE and MLS take uncompressed points alone: what is "acceptable" here is a compressed one, and must be refused. */
export async function runEcdh(name: DhGroupName, parts: CryptoParts, content: unknown): Promise<Tallier> {
  return runDh(name, (test) => test.result !== 'valid', parts, content)
}

async function runDh(
  name: DhGroupName,
  refused: (test: XdhTest) => boolean,
  parts: CryptoParts,
  content: unknown,
): Promise<Tallier> {
  const tally = new Tallier()
  for (const { tests } of groupsOf<XdhTest, Group<XdhTest>>(content)) {
    for (const test of tests) {
      const privateKey = scalar(test.private, scalarLengths[name])
      const operation = () => parts.dh(name, privateKey, hex(test.public))
      await tally.vector(`tcId ${test.tcId}`, async () => {
        if (refused(test)) await assertThrows(operation, `a point that is ${test.result}`)
        else assertBytes(await operation(), hex(test.shared), 'shared')
      })
    }
  }
  return tally
}

/** Wycheproof writes scalars without leading zeros, or with one more. */
function scalar(text: string, length: number): Uint8Array {
  return hex(text.replace(/^(00)+/, '').padStart(2 * length, '0'))
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
      // Ours have no context: one with a context must not verify.
      const expected = test.result === 'valid' && !(test as { ctx?: string }).ctx
      await tally.vector(`tcId ${test.tcId}`, async () => {
        const verdict = await scheme.verify(publicKeyOf(group), hex(test.msg), hex(test.sig))
        assert(verdict === expected, `verify gave ${verdict} for ${test.result}`)
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
export async function runAead(
  ids: Readonly<Record<number, number>>,
  parts: CryptoParts,
  content: unknown,
): Promise<Tallier> {
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
  if (group.ivSize !== 8 * aead.Nn)
    await assertThrows(() => aead.seal(key, nonce, aad, msg), 'a nonce of another length')
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

interface SeedGroup extends Group<SignatureTest> {
  readonly privateSeed: string
  readonly publicKey: string
}

/**
 * ML-DSA with the seed as the private key: the public key must fit and our own signature verify. We sign hedged, so the
 * deterministic signatures of the file are only verified.
 */
export async function runSigningSeeds(name: SignatureName, parts: CryptoParts, content: unknown): Promise<Tallier> {
  const tally = new Tallier()
  for (const group of groupsOf<SignatureTest, SeedGroup>(content)) {
    for (const test of group.tests) {
      const { ctx, msg } = test as { ctx?: string; msg?: string }
      if (ctx) tally.skip('our signatures have no context')
      else if (msg === undefined) tally.skip('our signatures take the message, not its hash')
      else if (test.result !== 'valid')
        await tally.vector(`tcId ${test.tcId}`, () => checkBadSeed(name, parts, group, test))
      else await tally.vector(`tcId ${test.tcId}`, () => checkSeed(name, parts, group, test))
    }
  }
  return tally
}

async function checkSeed(
  name: SignatureName,
  parts: CryptoParts,
  group: SeedGroup,
  test: SignatureTest,
): Promise<void> {
  const seed = hex(group.privateSeed)
  const scheme = parts.signature(name, () => seed) as NonNullable<ReturnType<CryptoParts['signature']>>
  const pair = await scheme.generateKeyPair()
  assertBytes(pair.publicKey, hex(group.publicKey), 'public key')
  assert(await scheme.verify(pair.publicKey, hex(test.msg), hex(test.sig)), 'the signature of the vector is refused')
  const own = await (parts.signature(name) as typeof scheme).sign(seed, hex(test.msg))
  assert(await scheme.verify(pair.publicKey, hex(test.msg), own), 'our own signature is refused')
}

async function checkBadSeed(
  name: SignatureName,
  parts: CryptoParts,
  group: SeedGroup,
  test: SignatureTest,
): Promise<void> {
  const scheme = parts.signature(name) as NonNullable<ReturnType<CryptoParts['signature']>>
  await assertThrows(() => scheme.sign(hex(group.privateSeed), hex(test.msg)), 'an invalid seed')
}

interface AcvpSignatures {
  readonly testGroups: readonly {
    readonly parameterSet: string
    readonly tests: readonly {
      readonly tcId: number
      readonly testPassed?: boolean
      readonly seed: string
      readonly pk: string
      readonly message: string
      readonly context?: string
      readonly signature: string
    }[]
  }[]
}

const mlDsaNames: Readonly<Record<string, SignatureName>> = {
  'ML-DSA-44': 'MLDSA44',
  'ML-DSA-65': 'MLDSA65',
  'ML-DSA-87': 'MLDSA87',
}

/** ACVP ML-DSA keyGen: seed to public key. */
export async function runAcvpSignatureKeys(parts: CryptoParts, content: unknown): Promise<Tallier> {
  const tally = new Tallier()
  for (const { parameterSet, tests } of (content as AcvpSignatures).testGroups) {
    for (const test of tests) {
      const scheme = parts.signature(mlDsaNames[parameterSet] as SignatureName, () => hex(test.seed))
      await tally.vector(`tcId ${test.tcId}`, async () => {
        assertBytes((await scheme!.generateKeyPair()).publicKey, hex(test.pk), 'pk')
      })
    }
  }
  return tally
}

/** ACVP ML-DSA sigVer; with a context that is not empty, ours must refuse what is valid there. */
export async function runAcvpSignatures(parts: CryptoParts, content: unknown): Promise<Tallier> {
  const tally = new Tallier()
  for (const { parameterSet, tests } of (content as AcvpSignatures).testGroups) {
    for (const test of tests) {
      const scheme = parts.signature(mlDsaNames[parameterSet] as SignatureName)
      const expected = test.testPassed === true && !test.context
      await tally.vector(`tcId ${test.tcId}`, async () => {
        const verdict = await scheme!.verify(hex(test.pk), hex(test.message), hex(test.signature))
        assert(verdict === expected, `verify gave ${verdict}`)
      })
    }
  }
  return tally
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
