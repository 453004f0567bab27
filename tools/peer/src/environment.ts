import { createHash } from 'node:crypto'
import { type Config, defaults, type Engine, type Env } from '@twofold/core'
import { nobleCrypto } from '@twofold/crypto-noble'
import { nodeCrypto } from '@twofold/crypto-node'
import { webCrypto } from '@twofold/crypto-webcrypto'
import type { CryptoProvider, CryptoSuite, Identity } from '@twofold/interface'
import { mlsEngine } from '@twofold/mls'
import type { BackendName, Settings } from './request.ts'
import { seededRandom } from './seeded-random.ts'

/** All that outlives a restart, except for what is in the store. */
export interface Environment {
  readonly env: Env
  readonly engine: Engine
  readonly suite: CryptoSuite
  /** The time in ms since 1970. */
  now(): number
}

const providers: Readonly<Record<BackendName, CryptoProvider>> = {
  noble: nobleCrypto,
  node: nodeCrypto,
  webcrypto: webCrypto,
}

/** Throws `USAGE_SUITE_UNSUPPORTED` and `USAGE_SEED_UNSUPPORTED`. */
export async function environment(settings: Settings): Promise<Environment> {
  const { seed, role, identity, profile, time } = settings
  const random = seed === undefined ? undefined : seededRandom(seed, role, identity)
  const suite = await providers[settings.backend].suite(settings.suite.id, random === undefined ? {} : { random })
  const engine = mlsEngine({ suite, profile })
  const config = configOf(settings, await makeIdentity(settings, suite))
  const env: Env = {
    engine: (id) => (id === suite.id ? engine : undefined),
    random: suite.random,
    sha256: (data) => new Uint8Array(createHash('sha256').update(data).digest()),
    config,
  }
  return { env, engine, suite, now: time === undefined ? Date.now : () => time }
}

async function makeIdentity(settings: Settings, suite: CryptoSuite): Promise<Identity> {
  const keys = await suite.signature.generateKeyPair()
  return {
    credential: { kind: 'basic', identity: settings.identity },
    keys: [{ scheme: suite.signature.scheme, ...keys }],
  }
}

/** Nothing happens by the clock here: requests alone drive the peer, so policy and time-outs are off. */
function configOf(settings: Settings, identity: Identity): Config {
  const never = Number.POSITIVE_INFINITY
  return {
    identity,
    suites: [settings.suite.id],
    profile: settings.profile,
    commits: settings.commits,
    keyPackageLifetimeMs: defaults.keyPackageLifetimeMs,
    handshakeTimeoutMs: never,
    linkTimeoutMs: never,
    updateEveryMs: never,
    updateEveryBytes: never,
    updateEveryRecords: never,
    holdMs: 0,
  }
}
