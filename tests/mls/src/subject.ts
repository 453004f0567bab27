import { type SuiteId, toSuiteId } from '@twofold/codec'
import type { EngineSubject } from '@twofold/compliance/engine'
import type { Engine, Profile } from '@twofold/core'
import { nobleCrypto } from '@twofold/crypto-noble'
import { nodeCrypto } from '@twofold/crypto-node'
import type { CryptoProvider, CryptoSuite, Identity } from '@twofold/interface'
import { mlsEngine } from '@twofold/mls'

export const providers: readonly CryptoProvider[] = [nodeCrypto, nobleCrypto]

/** Post-quantum with SHA-256 and with SHA-384 (the default), and a classical one. */
export const testedSuites: readonly SuiteId[] = [0xf001, 0xf002, 0x0001].map(toSuiteId)

export async function newIdentity(suite: CryptoSuite, name: string): Promise<Identity> {
  const pair = await suite.signature.generateKeyPair()
  return {
    credential: { kind: 'basic', identity: new TextEncoder().encode(name) },
    keys: [{ scheme: suite.signature.scheme, ...pair }],
  }
}

export interface Subject extends EngineSubject {
  readonly engine: Engine
  readonly suite: CryptoSuite
}

export async function subjectOf(provider: CryptoProvider, id: SuiteId, profile: Profile = 'framed'): Promise<Subject> {
  const suite = await provider.suite(id)
  return { engine: mlsEngine({ suite, profile }), suite, identity: (name) => newIdentity(suite, name) }
}
