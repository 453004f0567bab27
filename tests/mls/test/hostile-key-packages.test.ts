import {
  type Capabilities,
  type Codec,
  encode,
  type KeyPackage,
  keyPackage as keyPackageCodec,
  type LeafNode,
  leafNode as leafNodeCodec,
  mlsMessage,
  opaque,
  type SuiteId,
  struct,
  toGroupId,
  toSuiteId,
} from '@twofold/codec'
import type { Profile } from '@twofold/core'
import type { ErrorCode } from '@twofold/interface'
import { describe, expect, test } from 'vitest'
import { codeOfRefusal } from '../src/refusal.ts'
import { providers, type Subject, subjectOf, testedSuites } from '../src/subject.ts'

const at = 1_767_225_600_000
const now = BigInt(at / 1000)
const [, defaultSuite, classical] = testedSuites as [SuiteId, SuiteId, SuiteId]
const noBytes = new Uint8Array(0)

const signContent = struct<{ label: Uint8Array; content: Uint8Array }>('SignContent', {
  label: opaque({ max: 255 }),
  content: opaque({ max: 0xff_ffff }),
})

interface Changes {
  readonly leaf?: Partial<LeafNode>
  readonly capabilities?: Partial<Capabilities>
  readonly lifetime?: { readonly notBefore: bigint; readonly notAfter: bigint }
  readonly keyPackage?: Partial<KeyPackage>
  /** Made up in place of the right ones. */
  readonly leafSignature?: Uint8Array
  readonly signature?: Uint8Array
}

/** A KeyPackage with right signatures over whatever it says. */
async function craft({ suite, engine }: Subject, changes: Changes = {}): Promise<Uint8Array> {
  const keys = await suite.signature.generateKeyPair()
  const sign = async <T extends { readonly signature: Uint8Array }>(label: string, codec: Codec<T>, value: T) => {
    const content = encode(codec, value).subarray(0, -1)
    const tbs = encode(signContent, { label: new TextEncoder().encode(`MLS 1.0 ${label}`), content })
    return { ...value, signature: await suite.signature.sign(keys.privateKey, tbs) }
  }
  const framed = engine.profile === 'framed'
  const leaf: LeafNode = {
    encryptionKey: (await suite.hpke.kem.generateKeyPair()).publicKey,
    signatureKey: keys.publicKey,
    credential: { kind: 'basic', identity: Uint8Array.of(1) },
    capabilities: {
      versions: [1],
      suites: [suite.id],
      extensions: framed ? [0xf2f0] : [],
      proposals: [],
      credentials: [1, 2],
      ...changes.capabilities,
    },
    source: { kind: 'key_package', lifetime: changes.lifetime ?? { notBefore: now, notAfter: now + 600n } },
    extensions: framed ? [{ type: 0xf2f0, data: Uint8Array.of(1) }] : [],
    ...changes.leaf,
    signature: noBytes,
  }
  const leafNode = await sign('LeafNodeTBS', leafNodeCodec, leaf)
  const unsigned: KeyPackage = {
    version: 1,
    suite: suite.id,
    initKey: (await suite.hpke.kem.generateKeyPair()).publicKey,
    leafNode: changes.leafSignature === undefined ? leafNode : { ...leafNode, signature: changes.leafSignature },
    extensions: [],
    ...changes.keyPackage,
    signature: noBytes,
  }
  const signed = await sign('KeyPackageTBS', keyPackageCodec, unsigned)
  return encode(mlsMessage, {
    kind: 'key_package',
    ...signed,
    ...(changes.signature && { signature: changes.signature }),
  })
}

async function codeOfInspection(subject: Subject, message: Uint8Array): Promise<ErrorCode | undefined> {
  return codeOfRefusal(() => subject.engine.inspectKeyPackage(message, at))
}

async function codeOfCreation(subject: Subject, keyPackage: Uint8Array): Promise<ErrorCode | undefined> {
  const identity = await subject.identity('host')
  const suites = [subject.engine.suite]
  const groupId = toGroupId(new Uint8Array(32))
  const options = { groupId, identity, suites, keyPackage, at, lifetimeMs: 600_000 }
  return codeOfRefusal(() => subject.engine.createGroup(options))
}

const mark = { type: 0xf2f0, data: Uint8Array.of(1) }

const refused: readonly [string, Changes, ErrorCode][] = [
  ['for another cipher suite', { keyPackage: { suite: toSuiteId(2) } }, 'PEER_SUITE_REFUSED'],
  ['for another version', { keyPackage: { version: 2 } }, 'PEER_BAD_KEY_PACKAGE'],
  ['whose capabilities lack the suite', { capabilities: { suites: [toSuiteId(2)] } }, 'PEER_BAD_KEY_PACKAGE'],
  ['whose capabilities lack MLS 1.0', { capabilities: { versions: [2] } }, 'PEER_BAD_KEY_PACKAGE'],
  ['whose capabilities lack its credential type', { capabilities: { credentials: [2] } }, 'PEER_BAD_KEY_PACKAGE'],
  [
    'with a credential type that we do not have',
    {
      leaf: { credential: { kind: 'unknown', type: 0xf0f0, data: noBytes } },
      capabilities: { credentials: [1, 2, 0xf0f0] },
    },
    'PEER_BAD_KEY_PACKAGE',
  ],
  ['without the mark of the profile', { leaf: { extensions: [] } }, 'PEER_BAD_KEY_PACKAGE'],
  [
    'with a mark of another version',
    { leaf: { extensions: [{ ...mark, data: Uint8Array.of(2) }] } },
    'PEER_BAD_KEY_PACKAGE',
  ],
  ['with a longer mark', { leaf: { extensions: [{ ...mark, data: Uint8Array.of(1, 0) }] } }, 'PEER_BAD_KEY_PACKAGE'],
  ['with the mark twice', { leaf: { extensions: [mark, mark] } }, 'PEER_BAD_KEY_PACKAGE'],
  ['whose capabilities lack the mark', { capabilities: { extensions: [] } }, 'PEER_BAD_KEY_PACKAGE'],
  [
    'with a leaf extension that its capabilities do not list',
    { leaf: { extensions: [mark, { type: 0xf0f0, data: noBytes }] } },
    'PEER_BAD_KEY_PACKAGE',
  ],
  ['with a leaf of a commit', { leaf: { source: { kind: 'commit', parentHash: noBytes } } }, 'PEER_BAD_KEY_PACKAGE'],
  ['with a leaf of an update', { leaf: { source: { kind: 'update' } } }, 'PEER_BAD_KEY_PACKAGE'],
  ['that lives for more than an hour', { lifetime: { notBefore: now, notAfter: now + 3601n } }, 'PEER_BAD_LIFETIME'],
  ['that lives for ever', { lifetime: { notBefore: 0n, notAfter: 0xffff_ffff_ffff_ffffn } }, 'PEER_BAD_LIFETIME'],
  ['that ends before it begins', { lifetime: { notBefore: now + 60n, notAfter: now } }, 'PEER_BAD_LIFETIME'],
  ['that is over', { lifetime: { notBefore: now - 900n, notAfter: now - 301n } }, 'PEER_BAD_LIFETIME'],
  ['that is not valid yet', { lifetime: { notBefore: now + 301n, notAfter: now + 600n } }, 'PEER_BAD_LIFETIME'],
  [
    'with an init key of another length',
    { keyPackage: { initKey: new Uint8Array(31).fill(9) } },
    'PEER_BAD_KEY_PACKAGE',
  ],
  ['with an encryption key of another length', { leaf: { encryptionKey: new Uint8Array(31) } }, 'PEER_BAD_KEY_PACKAGE'],
]

/** Only the signatures tell, and `inspectKeyPackage` verifies them; to create a group does so again. */
const forged: readonly [string, Changes][] = [
  ['with a leaf signature that is not right', { leafSignature: new Uint8Array(64).fill(1) }],
  ['with an empty leaf signature', { leafSignature: noBytes }],
  ['with a signature that is not right', { signature: new Uint8Array(64).fill(1) }],
  ['with an empty signature', { signature: noBytes }],
  ['with a leaf that somebody else signed', { leaf: { signatureKey: new Uint8Array(32).fill(1) } }],
]

describe('key packages of a malicious peer', () => {
  test.each(refused)('%s', async (_, changes, code) => {
    const subject = await subjectOf(providers[0]!, classical)
    const message = await craft(subject, changes)
    expect(await codeOfInspection(subject, message)).toBe(code)
    expect(await codeOfCreation(subject, message)).toBe(code)
  })

  test.each(forged)('%s', async (_, changes) => {
    const subject = await subjectOf(providers[0]!, classical)
    const message = await craft(subject, changes)
    expect(await codeOfInspection(subject, message)).toBe('CRYPTO_FAILED')
    expect(await codeOfCreation(subject, message)).toBe('CRYPTO_FAILED')
  })

  test('with an init key that is the encryption key', async () => {
    const subject = await subjectOf(providers[0]!, classical)
    const { publicKey } = await subject.suite.hpke.kem.generateKeyPair()
    const message = await craft(subject, { leaf: { encryptionKey: publicKey }, keyPackage: { initKey: publicKey } })
    expect(await codeOfInspection(subject, message)).toBe('PEER_BAD_KEY_PACKAGE')
  })

  test.each(providers)('with an ML-KEM key that is not reduced, on crypto-$name', async (provider) => {
    const subject = await subjectOf(provider, defaultSuite)
    // FIPS 203 section 7.2: the first coefficient is 4095, above q.
    const unreduced = new Uint8Array(subject.suite.hpke.kem.Npk).fill(0xff)
    const asLeaf = await craft(subject, { leaf: { encryptionKey: unreduced } })
    expect(await codeOfInspection(subject, asLeaf)).toBe('CRYPTO_FAILED')
    const asInit = await craft(subject, { keyPackage: { initKey: unreduced } })
    expect(await codeOfCreation(subject, asInit)).toBe('CRYPTO_FAILED')
  })

  test('that is larger than any', async () => {
    const subject = await subjectOf(providers[0]!, classical)
    expect(await codeOfInspection(subject, new Uint8Array(1_000_000))).toBe('DECODE_LENGTH_OUT_OF_RANGE')
  })

  test('that is another message', async () => {
    const subject = await subjectOf(providers[0]!, classical)
    const { welcome } = await honestWelcome(subject)
    expect(await codeOfInspection(subject, welcome)).toBe('PEER_BAD_KEY_PACKAGE')
  })
})

describe('honest key packages', () => {
  const profiles: readonly [Profile, bigint][] = [
    ['framed', 3600n],
    ['bare', 8_640_000n],
  ]
  test.each(profiles)('of profile %s live for the longest time and no second longer', async (profile, longest) => {
    const subject = await subjectOf(providers[0]!, classical, profile)
    const message = await craft(subject, { lifetime: { notBefore: now, notAfter: now + longest } })
    const { expiresAt } = await subject.engine.inspectKeyPackage(message, at)
    expect(expiresAt).toBe(at + Number(longest) * 1000)
    const longer = await craft(subject, { lifetime: { notBefore: now, notAfter: now + longest + 1n } })
    expect(await codeOfInspection(subject, longer)).toBe('PEER_BAD_LIFETIME')
  })

  test('with GREASE in their capabilities are taken', async () => {
    const subject = await subjectOf(providers[0]!, classical)
    const grease = toSuiteId(0x0a0a)
    const message = await craft(subject, {
      capabilities: {
        // Versions have no GREASE (RFC 9420 section 13.5).
        versions: [1],
        suites: [grease, classical],
        extensions: [grease, 0xf2f0],
        proposals: [grease],
        credentials: [grease, 1],
      },
    })
    const { leaf } = await subject.engine.inspectKeyPackage(message, at)
    expect(leaf.suites).toEqual([grease, classical])
  })

  test('are judged by the time that is given, and not by the clock', async () => {
    const subject = await subjectOf(providers[0]!, classical)
    for (const time of [at, 1_000_000_000, 4_000_000_000_000]) {
      const { welcome, offered } = await honestWelcome(subject, time)
      await subject.engine.join({ welcome, keyPackage: offered.message, secrets: offered.secrets, at: time })
      const late = time + 1_000_000
      const join = { welcome, keyPackage: offered.message, secrets: offered.secrets, at: late }
      expect(await codeOfRefusal(() => subject.engine.join(join))).toBe('PEER_BAD_LIFETIME')
    }
  })
})

async function honestWelcome({ engine, identity }: Subject, time = at) {
  const suites = [engine.suite]
  const [guest, host] = [await identity('guest'), await identity('host')]
  const offered = await engine.createKeyPackage({ identity: guest, suites, at: time, lifetimeMs: 600_000 })
  const groupId = toGroupId(new Uint8Array(32))
  const options = { groupId, identity: host, suites, keyPackage: offered.message, at: time, lifetimeMs: 600_000 }
  return { offered, ...(await engine.createGroup(options)) }
}
