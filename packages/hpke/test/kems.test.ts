import { createHash } from 'node:crypto'
import { codeOf, type Kdf } from '@twofold/interface'
import { expect, test } from 'vitest'
import {
  agree,
  checkedRandom,
  composeKem,
  concat,
  dhKem,
  type GroupName,
  groups,
  I2OSP,
  isScalar,
  type KemPrimitives,
  kems,
  type RawGroup,
  type RawMlKem,
  randomScalar,
  remember,
} from '../src/index.ts'
import { hkdfSha256 } from './parts.ts'

const nist: readonly GroupName[] = ['P256', 'P384', 'P521']

/** A group that is none: it says what it was given. */
const transparent: RawGroup = { publicKey: (sk) => new Uint8Array(65).fill(sk[0]!), dh: (_, pk) => new Uint8Array(pk) }

async function codeFrom(operation: () => unknown): Promise<string | undefined> {
  try {
    await operation()
    return undefined
  } catch (error) {
    return codeOf(error) ?? String(error)
  }
}

test('I2OSP is big-endian and keeps its length', () => {
  expect([...I2OSP(0x647a, 2)]).toEqual([0x64, 0x7a])
  expect([...I2OSP(2 ** 40 + 5, 12)]).toEqual([0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 5])
})

test('a scalar is above zero and below the order', () => {
  for (const name of nist) {
    const group = groups[name]
    const order = group.order as Uint8Array
    const below = new Uint8Array(order)
    below[below.length - 1]! -= 1
    const above = new Uint8Array(order)
    above[above.length - 1]! += 1
    expect(order.length).toBe(group.Nsk)
    expect(isScalar(group, order)).toBe(false)
    expect(isScalar(group, above)).toBe(false)
    expect(isScalar(group, below)).toBe(true)
    expect(isScalar(group, new Uint8Array(group.Nsk))).toBe(false)
    expect(isScalar(group, new Uint8Array(group.Nsk).fill(0xff))).toBe(false)
    expect(isScalar(group, I2OSP(1, group.Nsk))).toBe(true)
    expect(isScalar(group, I2OSP(1, group.Nsk - 1))).toBe(false)
  }
})

test('RandomScalar takes the first candidate that is a scalar', () => {
  const bad = new Uint8Array(32).fill(0xff)
  const good = I2OSP(7, 32)
  expect([...randomScalar(groups.P256, concat(bad, new Uint8Array(32), good, bad))]).toEqual([...good])
  expect(() => randomScalar(groups.P256, concat(bad, bad, bad, bad))).toThrow(RangeError)
})

test('DeriveKeyPair for the curves of NIST goes on to the next candidate, and masks the first byte', async () => {
  const candidates = [new Uint8Array(66).fill(0xff), new Uint8Array(66), concat(Uint8Array.of(0xfe), I2OSP(9, 65))]
  const counters: number[] = []
  const kdf: Kdf = {
    ...hkdfSha256,
    expand(_, info) {
      const counter = info.at(-1) as number
      counters.push(counter)
      return new Uint8Array(candidates[counter] as Uint8Array)
    },
  }
  const kem = dhKem({ id: 0x12, group: { ...groups.P521, ...transparent }, kdf, random: (n) => new Uint8Array(n) })
  const { privateKey } = await kem.deriveKeyPair(new Uint8Array(66))
  expect(counters).toEqual([0, 1, 2])
  expect([...privateKey]).toEqual([...I2OSP(9, 66)])
})

test('DeriveKeyPair gives up after 256 candidates', async () => {
  let tried = 0
  const kdf: Kdf = {
    ...hkdfSha256,
    expand(_, __, length) {
      tried++
      return new Uint8Array(length)
    },
  }
  const kem = dhKem({ id: 0x10, group: { ...groups.P256, ...transparent }, kdf, random: (n) => new Uint8Array(n) })
  expect(await codeFrom(() => kem.deriveKeyPair(new Uint8Array(32)))).toBe('CRYPTO_FAILED')
  expect(tried).toBe(256)
})

test('an all-zero result is refused for X25519 and X448 alone', async () => {
  for (const name of ['X25519', 'X448'] as const) {
    const group = { ...groups[name], ...transparent }
    const operation = () => agree(group, new Uint8Array(group.Nsk), new Uint8Array(group.Npk))
    expect(await codeFrom(operation)).toBe('CRYPTO_FAILED')
  }
  const group = { ...groups.P256, ...transparent }
  expect(await agree(group, new Uint8Array(32), new Uint8Array(65))).toEqual(new Uint8Array(65))
})

test('what was remembered belongs to the content, and costs nothing the second time', () => {
  let calls = 0
  const first = remember((bytes) => {
    calls++
    return bytes[0]
  })
  const bytes = Uint8Array.of(1, 2)
  expect([first(bytes), first(bytes), calls]).toEqual([1, 1, 1])
  bytes[0] = 5
  expect([first(bytes), calls]).toEqual([5, 2])
  expect([first(Uint8Array.of(5, 2)), calls]).toEqual([5, 3])
})

test('remembering copies even a Buffer, whose slice is a view', () => {
  const first = remember((bytes) => bytes[0])
  const bytes = Buffer.from([1, 2])
  expect(first(bytes)).toBe(1)
  bytes[0] = 5
  expect(first(bytes)).toBe(5)
})

test('a source of randomness that gives another length is refused', () => {
  for (const wrong of [31, 33, 0]) {
    expect(() => checkedRandom(() => new Uint8Array(wrong))(32)).toThrow(
      expect.objectContaining({ code: 'USAGE_INVALID_ARGUMENT' }),
    )
  }
  expect(checkedRandom((n) => new Uint8Array(n))(32)).toHaveLength(32)
})

/** ML-KEM that is none: its secret is the randomness, its ciphertext ends with it. */
const mlKem: RawMlKem = {
  Nrandom: 32,
  publicKey: (seed) => concat(new Uint8Array(1184 - 64), seed),
  encap: (_, randomness) => ({ sharedSecret: randomness, ciphertext: concat(new Uint8Array(1088 - 32), randomness) }),
  decap: (ciphertext) => ciphertext.slice(-32),
}

const primitives: KemPrimitives = {
  group: () => transparent,
  mlKem: () => mlKem,
  kdf: (id) => ({ ...hkdfSha256, id }),
  shake256: (data, outputLength) => new Uint8Array(createHash('shake256', { outputLength }).update(data).digest()),
  sha3_256: (data) => new Uint8Array(createHash('sha3-256').update(data).digest()),
}

test('a KEM is composed only when all its parts are there', () => {
  const random = (n: number) => new Uint8Array(n)
  for (const info of kems) {
    expect(composeKem(info.id, primitives, random)?.id).toBe(info.id)
    const hasGroup = composeKem(info.id, { ...primitives, group: () => undefined }, random) !== undefined
    expect(hasGroup).toBe(info.kind === 'ml-kem')
    const hasMlKem = composeKem(info.id, { ...primitives, mlKem: () => undefined }, random) !== undefined
    expect(hasMlKem).toBe(info.kind === 'dh')
    const hasKdf = composeKem(info.id, { ...primitives, kdf: () => undefined }, random) !== undefined
    expect(hasKdf).toBe(info.kind !== 'dh')
  }
  expect(composeKem(0x7777, primitives, random)).toBeUndefined()
})

test('the combiner binds the secrets, the ciphertext and key of the group, and the label', async () => {
  const inputs: Uint8Array[] = []
  const sha3_256 = (data: Uint8Array) => {
    inputs.push(data)
    return primitives.sha3_256(data)
  }
  const kem = composeKem(0x50, { ...primitives, sha3_256 }, (n) => new Uint8Array(n).fill(3))
  const pair = await kem!.generateKeyPair()
  await kem!.encap(pair.publicKey)
  const groupPublic = pair.publicKey.slice(1184)
  const groupEnc = new Uint8Array(65).fill(3)
  const dh = groupPublic
  const expected = concat(
    new Uint8Array(32).fill(3),
    dh,
    groupEnc,
    groupPublic,
    new Uint8Array(Buffer.from('MLKEM768-P256')),
  )
  expect(inputs).toEqual([expected])
})
