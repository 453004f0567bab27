import { sha3_256, shake256 } from '@noble/hashes/sha3.js'
import { checkedRandom, composeKem, hpke, type KemPrimitives } from '@twofold/hpke'
import {
  type CryptoProvider,
  type CryptoSuite,
  checkOptions,
  findSuite,
  type RandomBytes,
  type SuiteId,
  type SuiteInfo,
  type SuiteOptions,
  suites,
  TwofoldError,
} from '@twofold/interface'
import { group } from './groups.ts'
import { mlKem } from './ml-kem.ts'
import { secureRandom } from './random.ts'
import { signature } from './signatures.ts'
import { aead, hash, kdf, mac } from './symmetric.ts'

const name = 'noble'

/** What KEMs are put together from. */
export const primitives: KemPrimitives = {
  group,
  mlKem,
  kdf,
  shake256: (data, length) => shake256(data, { dkLen: length }),
  sha3_256: (data) => sha3_256(data),
}

/** All of them: every part passes the published vectors here. */
const served: readonly SuiteId[] = suites.map(({ id }) => id)

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

/** Answers at once. */
export interface NobleCrypto extends CryptoProvider {
  suite(id: SuiteId, options?: SuiteOptions): CryptoSuite
}

/**
 * Every operation in JavaScript, by the noble libraries: synchronous, on every runtime that has
 * `crypto.getRandomValues`, and reproducible in every suite when `random` is given.
 */
export const nobleCrypto: NobleCrypto = {
  name,
  suites: served,
  whyNot(id: SuiteId): string | undefined {
    return served.includes(id) ? undefined : 'no suite of ours has this number'
  },
  suite(id: SuiteId, options: SuiteOptions = {}): CryptoSuite {
    checkOptions(options, ['random'], 'suite')
    const info = served.includes(id) ? findSuite(id) : undefined
    if (info === undefined) {
      throw new TwofoldError('USAGE_SUITE_UNSUPPORTED', `${name}: ${nobleCrypto.whyNot(id)}`)
    }
    return compose(info, checkedRandom(options.random ?? secureRandom))
  },
}
