import { inspect } from 'node:util'
import { type GroupId, toGroupId, toSuiteId } from '@twofold/codec'
import type { CreateGroup, CreateKeyPackage, Engine, GroupState } from '@twofold/core'
import { type CryptoSuite, codeOf, type Identity } from '@twofold/interface'
import { mlsEngine } from '@twofold/mls'
import { describe, expect, test } from 'vitest'
import { newIdentity, providers, type Subject, subjectOf, testedSuites } from '../src/subject.ts'

const at = 1_767_225_600_000
const [first, defaultSuite, classical] = [testedSuites[0]!, testedSuites[1]!, testedSuites[2]!]
const groupId: GroupId = toGroupId(new Uint8Array(32).fill(4))

async function thrownCode(work: () => unknown): Promise<string | undefined> {
  try {
    await work()
  } catch (error) {
    return codeOf(error)
  }
  return 'nothing was thrown'
}

interface Met {
  readonly guest: Identity
  readonly host: Identity
  readonly initiator: GroupState
  readonly responder: GroupState
}

async function meet({ engine, identity }: Subject): Promise<Met> {
  const [guest, host] = [await identity('guest'), await identity('host')]
  const common = { suites: [engine.suite], at, lifetimeMs: 600_000 }
  const { message: keyPackage, secrets } = await engine.createKeyPackage({ identity: guest, ...common })
  const { welcome, state } = await engine.createGroup({ groupId, identity: host, keyPackage, ...common })
  const joined = await engine.join({ welcome, keyPackage, secrets, at })
  return { guest, host, initiator: joined.state, responder: state }
}

describe('wrong calls', () => {
  test('options that do not exist', async () => {
    const subject = await subjectOf(providers[0]!, classical)
    const misspelt = { suite: subject.suite, profile: 'framed' as const, profil: 'bare' }
    expect(await thrownCode(() => mlsEngine(misspelt))).toBe('USAGE_UNKNOWN_OPTION')
    const { initiator } = await meet(subject)
    const encoding = { exporter: true, exporters: false }
    expect(await thrownCode(() => subject.engine.encode(initiator, encoding))).toBe('USAGE_UNKNOWN_OPTION')
  })

  test('a profile that does not exist', async () => {
    const { suite } = await subjectOf(providers[0]!, classical)
    const options = { suite, profile: 'framd' } as unknown as Parameters<typeof mlsEngine>[0]
    expect(await thrownCode(() => mlsEngine(options))).toBe('USAGE_INVALID_ARGUMENT')
  })

  const unfit: readonly [string, (given: CreateKeyPackage) => CreateKeyPackage][] = [
    ['an identity without a key for the suite', (given) => ({ ...given, identity: { ...given.identity, keys: [] } })],
    [
      'an identity with a credential that we do not know',
      (given) => ({
        ...given,
        identity: { ...given.identity, credential: { kind: 'unknown', type: 9, data: new Uint8Array(0) } },
      }),
    ],
    [
      'an identity with a credential that is too long',
      (given) => ({
        ...given,
        identity: { ...given.identity, credential: { kind: 'basic', identity: new Uint8Array(0x4001) } },
      }),
    ],
    ['a lifetime longer than peers accept', (given) => ({ ...given, lifetimeMs: 3_600_001 })],
    ['no lifetime', (given) => ({ ...given, lifetimeMs: 0 })],
    ['a time that is none', (given) => ({ ...given, at: Number.NaN })],
    ['suites without the one in use', (given) => ({ ...given, suites: [toSuiteId(2)] })],
  ]

  test.each(unfit)('%s', async (_, change) => {
    const { engine, identity } = await subjectOf(providers[0]!, classical)
    const common = { suites: [classical], at, lifetimeMs: 600_000 }
    const honest = await engine.createKeyPackage({ identity: await identity('guest'), ...common })
    const given = change({ identity: await identity('alice'), ...common })
    expect(await thrownCode(() => engine.createKeyPackage(given))).toBe('USAGE_INVALID_ARGUMENT')
    const group: CreateGroup = { groupId, keyPackage: honest.message, ...given }
    expect(await thrownCode(() => engine.createGroup(group))).toBe('USAGE_INVALID_ARGUMENT')
  })

  test('wiped secrets, and a key package that is none', async () => {
    const { engine, identity } = await subjectOf(providers[0]!, classical)
    const common = { suites: [classical], at, lifetimeMs: 600_000 }
    const { message, secrets } = await engine.createKeyPackage({ identity: await identity('guest'), ...common })
    const join = { welcome: message, keyPackage: message, secrets, at }
    const foreign = { ...join, keyPackage: new Uint8Array(9) }
    expect(await thrownCode(() => engine.join(foreign))).toBe('USAGE_INVALID_ARGUMENT')
    secrets.wipe()
    expect(await thrownCode(() => engine.join(join))).toBe('USAGE_INVALID_ARGUMENT')
  })

  test('states of another suite, states that were left, and things that are no states', async () => {
    const subject = await subjectOf(providers[0]!, classical)
    const other = await subjectOf(providers[0]!, first)
    const { initiator, responder } = await meet(subject)
    subject.engine.leave(responder, [])
    for (const [engine, state] of [
      [other.engine, initiator],
      [subject.engine, responder],
      [subject.engine, {} as GroupState],
    ] as const) {
      expect(await thrownCode(() => engine.epoch(state))).toBe('USAGE_INVALID_ARGUMENT')
      expect(await thrownCode(() => engine.commit(state, 'private'))).toBe('USAGE_INVALID_ARGUMENT')
      expect(await thrownCode(() => engine.verify(state, new Uint8Array(9)))).toBe('USAGE_INVALID_ARGUMENT')
      expect(await thrownCode(() => engine.encode(state, { exporter: true }))).toBe('USAGE_INVALID_ARGUMENT')
    }
  })

  test('exports of no length, or of more than the key derivation gives', async () => {
    const subject = await subjectOf(providers[0]!, classical)
    const { initiator } = await meet(subject)
    for (const length of [0, -1, 1.5, 255 * 32 + 1, Number.NaN]) {
      const code = await thrownCode(() => subject.engine.export(initiator, 'label', new Uint8Array(0), length))
      expect(code, String(length)).toBe('USAGE_INVALID_ARGUMENT')
    }
  })
})

describe('profiles', () => {
  test('a key package of profile bare is refused by framed', async () => {
    const bare = await subjectOf(providers[0]!, classical, 'bare')
    const framed = await subjectOf(providers[0]!, classical, 'framed')
    const options = { identity: await bare.identity('guest'), suites: [classical], at, lifetimeMs: 600_000 }
    const { message } = await bare.engine.createKeyPackage(options)
    expect(await thrownCode(() => framed.engine.inspectKeyPackage(message, at))).toBe('PEER_BAD_KEY_PACKAGE')
    await bare.engine.inspectKeyPackage(message, at)
  })

  test('a stored state belongs to one profile and one suite', async () => {
    const framed = await subjectOf(providers[0]!, classical)
    const { initiator } = await meet(framed)
    const bytes = framed.engine.encode(initiator, { exporter: true })
    const bare = await subjectOf(providers[0]!, classical, 'bare')
    const other = await subjectOf(providers[0]!, first)
    expect(await thrownCode(() => bare.engine.decode(bytes))).toBe('STORE_CORRUPT')
    expect(await thrownCode(() => other.engine.decode(bytes))).toBe('STORE_CORRUPT')
    framed.engine.decode(bytes)
  })
})

describe('a stored state that is damaged', () => {
  /** The envelope: version, profile, suite and a vector of 64 to 16383 bytes. */
  const rewrapped = (bytes: Uint8Array, change: (state: Uint8Array) => Uint8Array) => {
    const state = change(bytes.slice(6))
    const header = [...bytes.subarray(0, 4), 0x40 + (state.length >> 8), state.length & 0xff]
    return Uint8Array.of(...header, ...state)
  }

  test('within its envelope is refused, and never anything but STORE_CORRUPT', async () => {
    const { engine, ...subject } = await subjectOf(providers[0]!, classical)
    const { initiator } = await meet({ engine, ...subject })
    const bytes = engine.encode(initiator, { exporter: true })
    expect(rewrapped(bytes, (state) => state)).toEqual(bytes)
    const longer = rewrapped(bytes, (state) => Uint8Array.of(...state, 0))
    expect(await thrownCode(() => engine.decode(longer))).toBe('STORE_CORRUPT')
    for (let length = 64; length < bytes.length - 6; length++) {
      const cut = rewrapped(bytes, (state) => state.slice(0, length))
      expect(await thrownCode(() => engine.decode(cut)), `${length} bytes`).toBe('STORE_CORRUPT')
    }
    for (let place = 0; place < bytes.length; place++) {
      const flipped = bytes.slice()
      flipped[place]! ^= 1 << (place % 8)
      // A bit of a secret has no check of its own: authenticity at rest is the store's.
      expect(['STORE_CORRUPT', 'nothing was thrown']).toContain(await thrownCode(() => engine.decode(flipped)))
    }
  })
})

describe('what is kept', () => {
  test('a state has less than 5 KB, does not grow, and holds one private key of the tree', async () => {
    const subject = await subjectOf(providers[0]!, defaultSuite)
    const { engine } = subject
    let { initiator, responder } = await meet(subject)
    const sizes: number[] = []
    for (let i = 0; i < 5; i++) {
      const { message, next } = await engine.commit(responder, 'private')
      initiator = (await engine.verify(initiator, message)).next
      responder = next
      sizes.push(...[initiator, responder].map((state) => engine.encode(state, { exporter: true }).length))
    }
    // The 32 bytes of the root's key and their framing would not fit any more.
    expect(new Set(sizes).size).toBe(1)
    expect(sizes[0]).toBeLessThan(4_600)
  })

  test('a state keeps no view into the messages that it came from', async () => {
    const { engine, identity } = await subjectOf(providers[0]!, classical)
    const [guest, host] = [await identity('guest'), await identity('host')]
    const common = { suites: [classical], at, lifetimeMs: 600_000 }
    const { message: keyPackage, secrets } = await engine.createKeyPackage({ identity: guest, ...common })
    const id = toGroupId(new Uint8Array(32).fill(4))
    const made = await engine.createGroup({ groupId: id, identity: host, keyPackage, ...common })
    const joined = await engine.join({ welcome: made.welcome, keyPackage, secrets, at })
    const { message } = await engine.commit(made.state, 'public')
    const verified = await engine.verify(joined.state, message)
    const states = [made.state, joined.state, verified.next]
    const before = states.map((state) => engine.encode(state, { exporter: true }))
    for (const bytes of [id, keyPackage, made.welcome, message]) bytes.fill(0)
    secrets.wipe()
    expect(states.map((state) => engine.encode(state, { exporter: true }))).toEqual(before)
  })

  test('the identity may be wiped once a state is there', async () => {
    const subject = await subjectOf(providers[0]!, classical)
    const { guest, host, initiator, responder } = await meet(subject)
    for (const { keys } of [guest, host]) for (const key of keys) key.privateKey.fill(0)
    const mine = await subject.engine.commit(initiator, 'private')
    await subject.engine.verify(responder, mine.message)
    const theirs = await subject.engine.commit(responder, 'private')
    await subject.engine.verify(initiator, theirs.message)
  })

  test('nothing of a state prints', async () => {
    const subject = await subjectOf(providers[0]!, classical)
    const { initiator } = await meet(subject)
    expect(inspect(initiator, { depth: 9, showHidden: true })).not.toMatch(/\d{2}/)
    expect(JSON.stringify(initiator)).toBe('{}')
  })
})

/** The live arrays that an operation hands to the cryptography: what a state really holds. */
function spying(suite: CryptoSuite) {
  const seen = {
    prks: new Set<Uint8Array>(),
    salts: new Set<Uint8Array>(),
    signing: new Set<Uint8Array>(),
    opening: new Set<Uint8Array>(),
  }
  const spied: CryptoSuite = {
    ...suite,
    kdf: {
      ...suite.kdf,
      expand: (prk, info, length) => {
        seen.prks.add(prk)
        return suite.kdf.expand(prk, info, length)
      },
      extract: (salt, ikm) => {
        seen.salts.add(salt)
        return suite.kdf.extract(salt, ikm)
      },
    },
    signature: {
      ...suite.signature,
      sign: (key, message) => {
        seen.signing.add(key)
        return suite.signature.sign(key, message)
      },
    },
    hpke: {
      ...suite.hpke,
      open: (key, enc, info, aad, ciphertext) => {
        seen.opening.add(key)
        return suite.hpke.open(key, enc, info, aad, ciphertext)
      },
    },
  }
  return { spied, seen }
}

const isZero = (bytes: Uint8Array) => bytes.every((byte) => byte === 0)

describe('leaving a state', () => {
  async function spiedPair() {
    const suite = await providers[0]!.suite(defaultSuite)
    const { spied, seen } = spying(suite)
    const engine: Engine = mlsEngine({ suite: spied, profile: 'framed' })
    const met = await meet({ engine, suite, identity: (name) => newIdentity(suite, name) })
    const forget = () => {
      for (const set of Object.values(seen)) set.clear()
    }
    return { engine, seen, forget, ...met }
  }

  test('wipes the exporter secret, the init secret, the leaf key and the secret tree', async () => {
    const { engine, seen, forget, initiator, responder } = await spiedPair()
    forget()
    await engine.export(responder, 'label', new Uint8Array(0), 32)
    const [exporterSecret] = seen.prks
    forget()
    await engine.commit(responder, 'private')
    const [initSecret] = seen.salts
    const [signatureKey] = seen.signing
    const derivedFrom = [...seen.prks]
    forget()
    const theirs = await engine.commit(initiator, 'private')
    await engine.verify(responder, theirs.message)
    const [leafKey] = seen.opening
    const secrets = [exporterSecret!, initSecret!, leafKey!]
    const zeroBefore = derivedFrom.filter(isZero).length
    expect(secrets.map(isZero)).toEqual([false, false, false])
    engine.leave(responder, [])
    expect(secrets.map(isZero)).toEqual([true, true, true])
    expect(isZero(signatureKey!)).toBe(false)
    // The root of the secret tree and the sender data secret are among those that the commit derived from.
    expect(derivedFrom.filter(isZero).length).toBe(zeroBefore + 2)
  })

  test('keeps what the next state still uses', async () => {
    const { engine, seen, forget, initiator, responder } = await spiedPair()
    const theirs = await engine.commit(initiator, 'private')
    forget()
    const { next } = await engine.verify(responder, theirs.message)
    const [leafKey] = seen.opening
    engine.leave(responder, [next])
    expect(isZero(leafKey!)).toBe(false)
    const again = await engine.commit(theirs.next, 'private')
    const verified = await engine.verify(next, again.message)
    engine.leave(next, [])
    expect(isZero(leafKey!)).toBe(true)
    expect(engine.epoch(verified.next)).toBe(3n)
  })

  test('does nothing to a state that is among the kept ones, or was left before', async () => {
    const { engine, initiator, responder } = await spiedPair()
    engine.leave(initiator, [initiator])
    expect(engine.epochAuthenticator(initiator)).toEqual(engine.epochAuthenticator(responder))
    engine.leave(responder, [])
    engine.leave(responder, [])
    expect(isZero(engine.epochAuthenticator(initiator))).toBe(false)
  })
})
