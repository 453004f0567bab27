import type { Config, Engine, Env } from '@twofold/core'
import type { CryptoProvider, CryptoSuite, SuiteId } from '@twofold/interface'
import { mlsEngine } from '@twofold/mls'

/** A cipher suite and the MLS engine above it. */
export interface Served {
  readonly suite: CryptoSuite
  readonly engine: Engine
}

/** Suites are set up once, when they are first needed. */
export interface Engines {
  get(suite: SuiteId): Promise<Served>
}

export function engines(crypto: CryptoProvider, config: Config): Engines {
  const served = new Map<SuiteId, Promise<Served>>()
  async function setUp(id: SuiteId): Promise<Served> {
    const suite = await crypto.suite(id)
    return { suite, engine: mlsEngine({ suite, profile: config.profile }) }
  }
  return {
    get(id) {
      const known = served.get(id) ?? setUp(id)
      served.set(id, known)
      // A backend that failed to load is asked again.
      known.catch(() => served.delete(id))
      return known
    },
  }
}

/** What core may wait for; randomness and SHA-256 come from the platform's WebCrypto, which every runtime has. */
export function environment(config: Config, all: Engines): Env {
  return {
    config,
    engine: async (suite) => (config.suites.includes(suite) ? (await all.get(suite)).engine : undefined),
    random: (length) => globalThis.crypto.getRandomValues(new Uint8Array(length)),
    sha256: async (data) =>
      new Uint8Array(await globalThis.crypto.subtle.digest('SHA-256', data as Uint8Array<ArrayBuffer>)),
  }
}
