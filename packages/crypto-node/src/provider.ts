import process from 'node:process'
import { checkedRandom, composeKem, hpke } from '@twofold/hpke'
import {
  suites as allSuites,
  type CryptoProvider,
  type CryptoSuite,
  checkOptions,
  findSuite,
  type RandomBytes,
  type SuiteId,
  type SuiteInfo,
  type SuiteOptions,
  TwofoldError,
} from '@twofold/interface'
import { secureRandom } from './random.ts'
import { signature } from './signatures.ts'
import { isSeedable, missing, primitives } from './support.ts'
import { aead, hash, kdf, mac } from './symmetric.ts'

const name = 'node'

function compose(info: SuiteInfo, random: RandomBytes): CryptoSuite {
  const parts = { kem: composeKem(info.kem, primitives, random), kdf: kdf(info.kdf), aead: aead(info.aead) }
  if (!parts.kem || !parts.kdf || !parts.aead) throw new TwofoldError('BUG_INVARIANT', `${info.name} lacks a part`)
  return {
    id: info.id,
    provider: name,
    hash: hash(info.hash),
    mac: mac(info.hash),
    kdf: parts.kdf,
    aead: parts.aead,
    hpke: hpke({ kem: parts.kem, kdf: parts.kdf, aead: parts.aead }),
    signature: signature(info.signature, random),
    random,
  }
}

let served: readonly SuiteId[] | undefined

function whyNot(id: SuiteId): string | undefined {
  const info = findSuite(id)
  if (info === undefined) return 'no suite of ours has this number'
  const lacks = missing(info)
  if (lacks.length === 0) return undefined
  return `node:crypto of ${process.version} (OpenSSL ${process.versions.openssl}) lacks ${lacks.join(', ')}`
}

/** Answers at once. */
export interface NodeCrypto extends CryptoProvider {
  suite(id: SuiteId, options?: SuiteOptions): CryptoSuite
}

/** Every operation by OpenSSL through node:crypto, synchronous. What the runtime lacks is found out by trying, once. */
export const nodeCrypto: NodeCrypto = {
  name,
  get suites(): readonly SuiteId[] {
    served ??= allSuites.map((info) => info.id).filter((id) => whyNot(id) === undefined)
    return served
  },
  whyNot,
  suite(id: SuiteId, options: SuiteOptions = {}): CryptoSuite {
    checkOptions(options, ['random'], 'suite')
    const info = findSuite(id)
    const reason = whyNot(id)
    if (info === undefined || reason !== undefined)
      throw new TwofoldError('USAGE_SUITE_UNSUPPORTED', `${name}: ${reason}`)
    if (options.random !== undefined && !isSeedable(info)) {
      throw new TwofoldError('USAGE_SEED_UNSUPPORTED', `OpenSSL draws randomness of its own for ${info.name}`)
    }
    return compose(info, checkedRandom(options.random ?? secureRandom))
  },
}
