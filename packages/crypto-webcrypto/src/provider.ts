import { sha3_256, shake256 } from '@noble/hashes/sha3.js'
import { nobleCrypto } from '@twofold/crypto-noble'
import { composeKem, findKem, hpke, type KemPrimitives } from '@twofold/hpke'
import {
  type CryptoProvider,
  type CryptoSuite,
  checkOptions,
  defaultSuite,
  findSuite,
  type Kdf,
  type Kem,
  type SuiteId,
  type SuiteInfo,
  type SuiteOptions,
  suites,
  TwofoldError,
} from '@twofold/interface'
import { nobleMlKem } from './fill.ts'
import { group } from './groups.ts'
import { mlKem } from './ml-kem.ts'
import { signature } from './signatures.ts'
import { runtimeSubtle, type Subtle } from './subtle.ts'
import { type Part, probe } from './support.ts'
import { aead, hash } from './symmetric.ts'

const name = 'webcrypto'

/** Answers by promises, where WebCrypto is asked. */
export interface WebCrypto extends CryptoProvider {
  suite(id: SuiteId, options?: SuiteOptions): Promise<CryptoSuite>
  /**
   * The algorithms of a suite's KEM, AEAD and signature, and which of them are WebCrypto's here: the others are noble's. Throws
   * `USAGE_SUITE_UNSUPPORTED` for what is not in `suites`.
   */
  parts(id: SuiteId): Promise<readonly Part[]>
}

/** What KEMs are put together from; the KDF and SHA-3 are JavaScript, since they are many and short. */
export function primitives(subtle: Subtle, kdf: (id: number) => Kdf | undefined): KemPrimitives {
  return {
    group: (name) => group(subtle, name),
    mlKem: (set) => mlKem(subtle, set),
    kdf,
    shake256: (data, length) => shake256(data, { dkLen: length }),
    sha3_256: (data) => sha3_256(data),
  }
}

function compose(subtle: Subtle, info: SuiteInfo, parts: readonly Part[], options: SuiteOptions): CryptoSuite {
  const fill = nobleCrypto.suite(info.id, options)
  const { kdf, random } = fill
  const isNative = (wanted: Part['kind']) => parts.some(({ kind, native }) => kind === wanted && native)
  const kem = isNative('group') || isNative('ml-kem') ? kemOf(subtle, info, isNative('ml-kem'), fill) : fill.hpke.kem
  const cipher = isNative('aead') ? present(aead(subtle, info.aead), info) : fill.aead
  // Some runtimes draw randomness for Ed25519 signatures, against RFC 8032.
  const signs = isNative('signature') && options.random === undefined
  return {
    id: info.id,
    provider: name,
    hash: hash(subtle, info.hash, fill.hash),
    mac: fill.mac,
    kdf,
    aead: cipher,
    hpke: hpke({ kem, kdf, aead: cipher }),
    signature: signs ? signature(subtle, info.signature, random) : fill.signature,
    random,
  }
}

function kemOf(subtle: Subtle, info: SuiteInfo, hasMlKem: boolean, { kdf, random }: CryptoSuite): Kem {
  const own = primitives(subtle, (id) => (id === kdf.id ? kdf : undefined))
  return present(composeKem(info.kem, hasMlKem ? own : { ...own, mlKem: nobleMlKem }, random), info)
}

function present<T>(part: T | undefined, info: SuiteInfo): T {
  if (part === undefined) throw new TwofoldError('BUG_INVARIANT', `${info.name} lacks a part`)
  return part
}

/** Whether all randomness of the suite can come from outside on every runtime: WebCrypto draws its own for ML-KEM, ECDSA and ML-DSA. */
function isSeedable(info: SuiteInfo): boolean {
  return findKem(info.kem)?.kind === 'dh' && info.signature.startsWith('Ed')
}

/** The provider on one runtime's WebCrypto. */
export function webCryptoOn(subtle: Subtle | undefined): WebCrypto {
  const served: readonly SuiteId[] = subtle === undefined ? [] : suites.map(({ id }) => id)
  const partsOf = subtle && probe(subtle, (length) => nobleCrypto.suite(defaultSuite).random(length))

  function whyNot(id: SuiteId): string | undefined {
    if (findSuite(id) === undefined) return 'no suite of ours has this number'
    return subtle === undefined ? 'there is no crypto.subtle here; pages have it in secure contexts only' : undefined
  }

  function unsupported(id: SuiteId): TwofoldError {
    return new TwofoldError('USAGE_SUITE_UNSUPPORTED', `${name}: ${whyNot(id)}`)
  }

  return {
    name,
    suites: served,
    whyNot,
    async parts(id) {
      const info = findSuite(id)
      if (info === undefined || partsOf === undefined) throw unsupported(id)
      return partsOf(info)
    },
    async suite(id, options = {}) {
      checkOptions(options, ['random'], 'suite')
      const info = findSuite(id)
      if (info === undefined || subtle === undefined || partsOf === undefined) throw unsupported(id)
      if (options.random !== undefined && !isSeedable(info)) {
        throw new TwofoldError('USAGE_SEED_UNSUPPORTED', `WebCrypto draws randomness of its own for ${info.name}`)
      }
      return compose(subtle, info, await partsOf(info), options)
    },
  }
}

/**
 * Every suite, by WebCrypto as far as the runtime has it, and by noble for the rest. What the runtime has is found out by
 * trying, once, when a suite is first asked for.
 */
export const webCrypto: WebCrypto = webCryptoOn(runtimeSubtle())
