import { nobleCrypto } from '@twofold/crypto-noble'
import { nodeCrypto } from '@twofold/crypto-node'
import type { CryptoProvider, CryptoSuite, SuiteInfo } from '@twofold/interface'
import type { CiphersuiteName } from 'ts-mls'
import type { Case } from './case.ts'
import { corePair } from './core-pair.ts'
import { enginePair } from './engine-pair.ts'
import { recordPair } from './record-pair.ts'
import { defaultSuiteOf, type TsMlsPair, tsMlsPair } from './ts-mls-pair.ts'
import { tunedSuite } from './tuned-suite.ts'
import { versionOf, workspace } from './versions.ts'

/** A crypto backend, and the versions that its numbers depend on. */
export interface Backend {
  readonly provider: CryptoProvider
  readonly versions: Readonly<Record<string, string>>
}

const nobleFolder = workspace('packages/crypto-noble')

export function backends(): readonly Backend[] {
  const engine = { 'ts-mls': versionOf('ts-mls', workspace('packages/mls')) }
  const noble = ['@noble/curves', '@noble/ciphers', '@noble/hashes', '@noble/post-quantum']
  return [
    { provider: nodeCrypto, versions: { ...engine, openssl: process.versions.openssl } },
    {
      provider: nobleCrypto,
      versions: { ...engine, ...Object.fromEntries(noble.map((name) => [name, versionOf(name, nobleFolder)])) },
    },
  ]
}

/** The rows of one backend. */
export async function backendCases({ provider, versions }: Backend, info: SuiteInfo): Promise<Case[]> {
  const suite = await provider.suite(info.id)
  const of = { backend: provider.name, suite: info.name, versions }
  const [engine, core] = [await enginePair(suite), await corePair(suite)]
  return [
    { ...of, operation: 'handshake', layer: 'engine', batch: 1, run: engine.handshake },
    { ...of, operation: 'handshake', layer: 'core', batch: 1, run: core.handshake },
    { ...of, operation: 'update', layer: 'engine', batch: 1, run: engine.update },
    { ...of, operation: 'update', layer: 'core', batch: 1, run: core.update },
    await recordCase(of, suite),
  ]
}

async function recordCase(of: Pick<Case, 'backend' | 'suite' | 'versions'>, suite: CryptoSuite): Promise<Case> {
  return { ...of, operation: 'message', layer: 'record', batch: 32, run: await recordPair(suite) }
}

/**
 * The suite of ts-mls that is nearest to one of ours, where its default provider serves one here. It has none with ML-KEM-768 and X25519 but
 * X-Wing with SHA-512, and its numbers from 0xf007 on are its own.
 */
export function nearestTsMls(info: SuiteInfo): CiphersuiteName | undefined {
  if (info.kem === 0x647a && info.signature === 'Ed25519') return 'MLS_256_XWING_AES256GCM_SHA512_Ed25519'
  if (info.id === 1) return 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519'
  if (info.id === 2) return 'MLS_128_DHKEMP256_AES128GCM_SHA256_P256'
  if (info.id === 5) return 'MLS_256_DHKEMP521_AES256GCM_SHA512_P521'
  if (info.id === 7) return 'MLS_256_DHKEMP384_AES256GCM_SHA384_P384'
  return undefined
}

/** The rows of the yardstick. */
export async function tsMlsCases(name: CiphersuiteName): Promise<Case[]> {
  const versions = { 'ts-mls': versionOf('ts-mls'), '@hpke/core': versionOf('@hpke/core') }
  const of = { layer: 'ts-mls', backend: 'its default', suite: name, versions } as const
  return casesOf(of, await tsMlsPair(await defaultSuiteOf(name)))
}

export function nodeServes(info: SuiteInfo): boolean {
  return nodeCrypto.suites.includes(info.id)
}

/** The rows of ts-mls on our native backend: what it gives when its provider is tuned. */
export async function tunedCases(info: SuiteInfo): Promise<Case[]> {
  const versions = { 'ts-mls': versionOf('ts-mls'), openssl: process.versions.openssl }
  const of = { layer: 'tuned', backend: 'node', suite: info.name, versions } as const
  return casesOf(of, await tsMlsPair(tunedSuite(await nodeCrypto.suite(info.id))))
}

function casesOf(of: Pick<Case, 'layer' | 'backend' | 'suite' | 'versions'>, pair: TsMlsPair): Case[] {
  return [
    { ...of, operation: 'handshake', batch: 1, run: pair.handshake },
    { ...of, operation: 'update', batch: 1, run: pair.update },
    { ...of, operation: 'message', batch: 1, run: pair.message },
  ]
}
