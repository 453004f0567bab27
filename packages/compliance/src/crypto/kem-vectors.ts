import type { Kem } from '@twofold/interface'
import { hex } from './bytes.ts'
import { replay } from './hpke-vectors.ts'
import type { CryptoParts } from './subject.ts'
import { assertBytes, assertThrows, Tallier } from './tally.ts'

/** draft-irtf-cfrg-concrete-hybrid-kems and X-Wing: seed to keys, randomness to ciphertext and secret. */
interface HybridVector {
  readonly seed: string
  readonly eseed?: string
  readonly randomness?: string
  readonly pk: string
  readonly ct: string
  readonly ss: string
}

export async function runHybrid(kemId: number, parts: CryptoParts, content: unknown): Promise<Tallier> {
  const tally = new Tallier()
  for (const [index, vector] of (content as readonly HybridVector[]).entries()) {
    const seed = hex(vector.seed)
    const kem = parts.kem(kemId, replay(seed))
    if (kem === undefined) {
      tally.skip(`no KEM 0x${kemId.toString(16)}`)
      continue
    }
    await tally.vector(`#${index} key and decap`, async () => {
      assertBytes((await kem.generateKeyPair()).publicKey, hex(vector.pk), 'pk')
      assertBytes(await kem.decap(hex(vector.ct), seed), hex(vector.ss), 'ss')
    })
    if (!parts.seedsEncap(kemId)) {
      tally.skip('Encap draws its own randomness')
      continue
    }
    await tally.vector(`#${index} encap`, () =>
      checkEncap(parts, kemId, vector.eseed ?? vector.randomness ?? '', vector.pk, vector.ct, vector.ss),
    )
  }
  return tally
}

async function checkEncap(
  parts: CryptoParts,
  kemId: number,
  m: string,
  ek: string,
  c: string,
  k: string,
): Promise<void> {
  const kem = parts.kem(kemId, replay(hex(m))) as Kem
  const { enc, sharedSecret } = await kem.encap(hex(ek))
  assertBytes(enc, hex(c), 'ciphertext')
  assertBytes(sharedSecret, hex(k), 'shared secret')
}

const mlKemIds = { 'ML-KEM-768': 0x41, 'ML-KEM-1024': 0x42 } as const
const sets = { 'ML-KEM-768': 768, 'ML-KEM-1024': 1024 } as const
type SetName = keyof typeof mlKemIds

const isSet = (name: string): name is SetName => name in mlKemIds

interface WycheproofKem {
  readonly testGroups: readonly {
    readonly parameterSet: string
    readonly tests: readonly {
      readonly tcId: number
      readonly seed?: string
      readonly ek: string
      readonly dk?: string
      readonly m?: string
      readonly c: string
      readonly K: string
      readonly result: string
    }[]
  }[]
}

type KemTest = WycheproofKem['testGroups'][number]['tests'][number]

export async function runWycheproofKem(parts: CryptoParts, content: unknown): Promise<Tallier> {
  const tally = new Tallier()
  for (const group of (content as WycheproofKem).testGroups) {
    const set = group.parameterSet
    for (const test of group.tests) {
      if (!isSet(set) || parts.kem(mlKemIds[set]) === undefined) tally.skip(`no ${set}`)
      else await runKemTest(parts, set, test, tally)
    }
  }
  return tally
}

async function runKemTest(parts: CryptoParts, set: SetName, test: KemTest, tally: Tallier): Promise<void> {
  const id = mlKemIds[set]
  const valid = test.result === 'valid'
  const check = async (): Promise<void> => {
    if (test.m !== undefined) return checkEncap(parts, id, test.m, test.ek, test.c, test.K)
    if (test.seed !== undefined) return checkSeed(parts, id, test)
    const secret = await parts.decapExpanded(sets[set], hex(test.dk as string), hex(test.c))
    assertBytes(secret, hex(test.K), 'K')
  }
  if (test.m !== undefined && valid && !parts.seedsEncap(id)) return tally.skip('Encap draws its own randomness')
  await tally.vector(`tcId ${test.tcId}`, async () => {
    if (valid) return check()
    if (test.m !== undefined) return refusesKey(parts.kem(id) as Kem, hex(test.ek))
    return assertThrows(check, 'an invalid input')
  })
}

async function checkSeed(parts: CryptoParts, id: number, test: KemTest): Promise<void> {
  const seed = hex(test.seed as string)
  const kem = parts.kem(id, () => seed) as Kem
  const { publicKey } = await kem.generateKeyPair()
  if (test.ek !== undefined) assertBytes(publicKey, hex(test.ek), 'ek')
  if (test.c !== undefined) assertBytes(await kem.decap(hex(test.c), seed), hex(test.K), 'K')
}

interface Acvp {
  readonly testGroups: readonly {
    readonly parameterSet: string
    readonly function?: string
    readonly tests: readonly AcvpTest[]
  }[]
}

interface AcvpTest {
  readonly tcId: number
  readonly testPassed?: boolean
  readonly d: string
  readonly z: string
  readonly ek: string
  readonly dk: string
  readonly m: string
  readonly c: string
  readonly k: string
}

export async function runAcvpKem(parts: CryptoParts, content: unknown): Promise<Tallier> {
  const tally = new Tallier()
  for (const group of (content as Acvp).testGroups) {
    const set = group.parameterSet
    for (const test of group.tests) {
      if (!isSet(set) || parts.kem(mlKemIds[set]) === undefined) tally.skip(`no ${set}`)
      else await runAcvpTest(parts, set, group.function ?? 'keyGen', test, tally)
    }
  }
  return tally
}

async function runAcvpTest(
  parts: CryptoParts,
  set: SetName,
  kind: string,
  test: AcvpTest,
  tally: Tallier,
): Promise<void> {
  const id = mlKemIds[set]
  if (kind === 'encapsulation' && !parts.seedsEncap(id)) return tally.skip('Encap draws its own randomness')
  await tally.vector(`tcId ${test.tcId} ${kind}`, async () => {
    switch (kind) {
      case 'keyGen': {
        const kem = parts.kem(id, replay(hex(test.d + test.z))) as Kem
        return assertBytes((await kem.generateKeyPair()).publicKey, hex(test.ek), 'ek')
      }
      case 'encapsulation':
        return checkEncap(parts, id, test.m, test.ek, test.c, test.k)
      case 'decapsulation':
        return assertBytes(await parts.decapExpanded(sets[set], hex(test.dk), hex(test.c)), hex(test.k), 'k')
      case 'encapsulationKeyCheck':
        return test.testPassed === true
          ? void (await (parts.kem(id) as Kem).encap(hex(test.ek)))
          : refusesKey(parts.kem(id) as Kem, hex(test.ek))
      case 'decapsulationKeyCheck':
        return expectVerdict(test, () =>
          parts.decapExpanded(sets[set], hex(test.dk), new Uint8Array(ciphertextLength[set])),
        )
      default:
        throw new Error(`unknown function ${kind}`)
    }
  })
}

const ciphertextLength = { 'ML-KEM-768': 1088, 'ML-KEM-1024': 1568 } as const

async function expectVerdict(test: AcvpTest, operation: () => unknown): Promise<void> {
  if (test.testPassed === true) await operation()
  else await assertThrows(operation, 'an invalid key')
}

/** What encapsulation refuses, the check refuses too. */
async function refusesKey(kem: Kem, publicKey: Uint8Array): Promise<void> {
  await assertThrows(() => kem.encap(publicKey), 'encapsulation to an invalid key')
  await assertThrows(() => kem.checkPublicKey(publicKey), 'the check of an invalid key')
}

/** CCTV modulus: every line is a public key with one coefficient that is not reduced. */
export async function runModulus(kemId: number, parts: CryptoParts, content: unknown): Promise<Tallier> {
  const tally = new Tallier()
  const kem = parts.kem(kemId)
  for (const [index, line] of (content as string).trim().split('\n').entries()) {
    if (kem === undefined) tally.skip(`no KEM 0x${kemId.toString(16)}`)
    else await tally.vector(`line ${index}`, () => refusesKey(kem, hex(line.trim())))
  }
  return tally
}

/** CCTV files of lines "name = hex": encapsulation with m, and decapsulation with an expanded key. */
export async function runNamedValues(set: 768 | 1024, parts: CryptoParts, content: unknown): Promise<Tallier> {
  const tally = new Tallier()
  const values = new Map((content as string).split('\n').map((line) => line.split(' = ') as [string, string]))
  const id = set === 768 ? 0x41 : 0x42
  const [dk, m, ek, c, k] = ['dk', 'm', 'ek', 'c', 'K'].map((name) => values.get(name)?.trim() ?? '') as [
    string,
    string,
    string,
    string,
    string,
  ]
  if (parts.kem(id) === undefined) {
    tally.skip(`no ML-KEM-${set}`)
    return tally
  }
  await tally.vector('decap', async () => {
    assertBytes(await parts.decapExpanded(set, hex(dk), hex(c)), hex(k), 'K')
  })
  if (m === '') return tally
  if (parts.seedsEncap(id)) await tally.vector('encap', () => checkEncap(parts, id, m, ek, c, k))
  else tally.skip('Encap draws its own randomness')
  return tally
}
