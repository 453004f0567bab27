import { cryptoCases } from '@twofold/compliance/crypto'
import { nobleCrypto } from '@twofold/crypto-noble'
import { nodeCrypto } from '@twofold/crypto-node'
import { type CryptoProvider, findSuite, suites, toSuiteId } from '@twofold/interface'
import { describe, expect, test } from 'vitest'
import {
  type Backend,
  type BackendName,
  type Loaders,
  loaders,
  loadNode,
  type PartsProvider,
  webCryptoBackend,
} from '../src/backends.ts'
import { bestCryptoFrom } from '../src/best-crypto.ts'
import { type BestCrypto, bestCrypto } from '../src/index.ts'

/** Loaders that write down who was loaded. */
function recording(inner: Loaders): { readonly loaded: string[]; readonly loaders: Loaders } {
  const loaded: string[] = []
  const record = (name: BackendName) => () => {
    loaded.push(name)
    return inner[name]()
  }
  return { loaded, loaders: { node: record('node'), webcrypto: record('webcrypto'), noble: record('noble') } }
}

const postQuantum = suites.filter((info) => info.postQuantum !== 'none').map(({ id }) => id)

/** node:crypto of a runtime without ML-KEM, as Node 22 and Deno are. */
const nodeWithoutMlKem: CryptoProvider = {
  ...nodeCrypto,
  suites: [1, 2, 3, 4, 5, 6, 7].map(toSuiteId),
  whyNot: (id) => (postQuantum.includes(id) ? 'node:crypto of this runtime lacks ML-KEM' : undefined),
  suite: (id, options) => nodeCrypto.suite(id, options),
}

function plain(provider: CryptoProvider): Backend {
  return { provider, judge: (id) => ({ serves: provider.suites.includes(id), why: provider.whyNot(id) ?? 'fine' }) }
}

/** WebCrypto of a runtime that has everything but ML-KEM and ML-DSA, and nothing at all of the suites with ChaCha20-Poly1305. */
const olderWebCrypto: PartsProvider = {
  ...nobleCrypto,
  name: 'webcrypto',
  async parts(id) {
    const info = findSuite(id)!
    const isBare = info.aead === 3
    return [
      { name: 'ML-KEM', native: false },
      { name: 'X25519', native: !isBare },
      { name: 'AEAD', native: !isBare },
      { name: info.signature, native: !isBare && !info.postQuantumSignature },
    ]
  },
  async suite(id, options) {
    return { ...nobleCrypto.suite(id, options), provider: 'webcrypto' }
  },
}

const older: Loaders = {
  node: async () => plain(nodeWithoutMlKem),
  webcrypto: async () => webCryptoBackend(olderWebCrypto),
  noble: async () => plain(nobleCrypto),
}

function choiceOf(best: BestCrypto, id: number) {
  return best.choices().find(({ suite }) => suite === id)!
}

describe('on this runtime', () => {
  test('node:crypto does all, and nothing else is loaded', async () => {
    const { loaded, loaders: recorded } = recording(loaders)
    const best = await bestCryptoFrom(recorded, {})
    expect(best.choices()).toEqual(
      suites.map(({ id }) => ({ suite: id, backend: 'node', why: 'node:crypto does all of it', rejected: [] })),
    )
    expect(loaded).toEqual(['node'])
    expect(best.suites).toEqual(suites.map(({ id }) => id))
    expect((await best.suite(toSuiteId(0xf002))).provider).toBe('node')
  })

  test.each(['node', 'webcrypto', 'noble'] as const)('restricted to %s', async (name) => {
    const best = await bestCrypto({ backends: [name] })
    expect(new Set(best.choices().map(({ backend }) => backend))).toEqual(new Set([name]))
    for (const id of best.suites) expect((await best.suite(id)).provider).toBe(name)
  })

  test('the fastest comes first in whatever order they are named', async () => {
    const best = await bestCrypto({ backends: ['noble', 'webcrypto'] })
    expect(choiceOf(best, 0xf002)).toEqual({
      suite: 0xf002,
      backend: 'webcrypto',
      why: 'WebCrypto does all of it',
      rejected: [],
    })
  })

  test.each(
    cryptoCases.filter((entry) => entry.requires === undefined || entry.requires === 'seed'),
  )('contract: $name', async ({ run }) => {
    const best = await bestCrypto()
    for (const id of [0xf002, 2].map(toSuiteId)) await run(best, id)
  })
})

describe('where node:crypto lacks ML-KEM', () => {
  test('it keeps what it has, and the others fill in, suite by suite', async () => {
    const best = await bestCryptoFrom(older, {})
    const chosen = Object.fromEntries(best.choices().map(({ suite, backend }) => [suite, backend]))
    const expected = suites.map(({ id }) => [id, id < 8 ? 'node' : id === 0xf009 ? 'noble' : 'webcrypto'])
    expect(chosen).toEqual(Object.fromEntries(expected))
    expect(best.suites).toHaveLength(18)
    for (const { suite, backend } of best.choices()) expect((await best.suite(suite)).provider).toBe(backend)
  })

  test('and it says why', async () => {
    const best = await bestCryptoFrom(older, {})
    const lacksMlKem = { backend: 'node', why: 'node:crypto of this runtime lacks ML-KEM' }
    expect(choiceOf(best, 0xf002)).toEqual({
      suite: 0xf002,
      backend: 'webcrypto',
      why: 'WebCrypto does all but ML-KEM',
      rejected: [lacksMlKem],
    })
    expect(choiceOf(best, 0xf009).rejected).toEqual([
      lacksMlKem,
      { backend: 'webcrypto', why: 'WebCrypto lacks ML-KEM, X25519, AEAD, MLDSA44, which is all of it' },
    ])
  })

  test('alone, it serves what it has', async () => {
    const best = await bestCryptoFrom(older, { backends: ['node'] })
    expect(best.suites).toEqual([1, 2, 3, 4, 5, 6, 7].map(toSuiteId))
    expect(best.whyNot(toSuiteId(0xf002))).toBe('node: node:crypto of this runtime lacks ML-KEM')
    expect(choiceOf(best, 0xf002)).toMatchObject({ backend: undefined, rejected: [{ backend: 'node' }] })
    await expect(async () => best.suite(toSuiteId(0xf002))).rejects.toMatchObject({ code: 'USAGE_SUITE_UNSUPPORTED' })
    const provider = cryptoCases.find(({ name }) => name.startsWith('whyNot and suites agree'))!
    await provider.run(best, toSuiteId(1))
  })

  test('each backend is loaded once', async () => {
    const { loaded, loaders: recorded } = recording(older)
    const best = await bestCryptoFrom(recorded, {})
    for (const id of best.suites) await best.suite(id, { random: (length) => new Uint8Array(length).fill(1) })
    expect(loaded).toEqual(['node', 'webcrypto', 'noble'])
  })
})

describe('what cannot be loaded', () => {
  test('is passed over, with the reason', async () => {
    const failing = async (): Promise<never> => {
      throw new Error('not installed')
    }
    const best = await bestCryptoFrom({ ...older, node: failing, webcrypto: failing }, {})
    expect(choiceOf(best, 1)).toMatchObject({
      backend: 'noble',
      rejected: [
        { backend: 'node', why: 'not installed' },
        { backend: 'webcrypto', why: 'not installed' },
      ],
    })
    const nothing = await bestCryptoFrom({ ...older, node: failing }, { backends: ['node'] })
    expect(nothing.suites).toEqual([])
    expect(nothing.whyNot(toSuiteId(1))).toBe('node: not installed')
  })

  test.each([
    ['a page', {}],
    ['a bundler that fakes process', { process: { env: {} } }],
    ['a runtime without the module', { process: { getBuiltinModule: () => undefined } }],
  ])('%s does not load the backend of Node', async (_, scope) => {
    await expect(loadNode(scope)).rejects.toThrow('no node:crypto')
  })

  test('this runtime does', async () => {
    expect((await loadNode(globalThis)).provider).toBe(nodeCrypto)
  })
})

describe('randomness from outside', () => {
  const zeros = { random: (length: number) => new Uint8Array(length) }

  test('goes to the first backend that honours it', async () => {
    const best = await bestCrypto()
    expect((await best.suite(toSuiteId(1), zeros)).provider).toBe('node')
    expect((await best.suite(toSuiteId(0xf002), zeros)).provider).toBe('noble')
  })

  test('is refused where none may', async () => {
    const best = await bestCrypto({ backends: ['node', 'webcrypto'] })
    await expect(async () => best.suite(toSuiteId(0xf002), zeros)).rejects.toMatchObject({
      code: 'USAGE_SEED_UNSUPPORTED',
    })
  })
})

describe('options', () => {
  test.each([
    [{ backend: ['node'] }, 'USAGE_UNKNOWN_OPTION'],
    [{ backends: ['openssl'] }, 'USAGE_INVALID_ARGUMENT'],
    [{ backends: ['node', 'noblr'] }, 'USAGE_INVALID_ARGUMENT'],
    [{ backends: [] }, 'USAGE_INVALID_ARGUMENT'],
  ])('%j', async (options, code) => {
    await expect(bestCrypto(options as object)).rejects.toMatchObject({ code })
  })
})
