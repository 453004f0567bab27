import { nobleCrypto } from '@twofold/crypto-noble'
import { nodeCrypto } from '@twofold/crypto-node'
import { type CryptoProvider, defaultSuite } from '@twofold/interface'

/** The fastest that serves the default suite here. */
export function fastestBackend(): CryptoProvider {
  return nodeCrypto.suites.includes(defaultSuite) ? nodeCrypto : nobleCrypto
}
