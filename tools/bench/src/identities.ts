import type { CryptoSuite, Identity } from '@twofold/interface'

/** A basic credential and a key of the suite's signature scheme. */
export async function newIdentity(suite: CryptoSuite, name: string): Promise<Identity> {
  const keys = await suite.signature.generateKeyPair()
  return {
    credential: { kind: 'basic', identity: new TextEncoder().encode(name) },
    keys: [{ scheme: suite.signature.scheme, ...keys }],
  }
}
