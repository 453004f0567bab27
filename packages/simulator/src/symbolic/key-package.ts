import {
  decode,
  encode,
  type KeyPackage,
  keyPackage as keyPackageCodec,
  mlsMessage,
  type SuiteId,
} from '@twofold/codec'
import type { CreateKeyPackage, KeyPackageInfo } from '@twofold/core'
import { Secret, TwofoldError } from '@twofold/interface'
import { equalBytes, joinBytes, noBytes } from '../bytes.ts'
import type { SymbolicContext } from './context.ts'
import { checkLeaf, newLeaf, signatureKeyFor } from './leaf.ts'
import { leafInfo, leafOf } from './state.ts'
import { publicOf, signSymbolically, symbolicLength } from './suite.ts'

const clockSkewMs = 300_000
const longestLifetimeMs = 3_600_000

export function createKeyPackage(
  context: SymbolicContext,
  options: CreateKeyPackage,
): { message: Uint8Array; secrets: Secret } {
  const { identity, suites, at, lifetimeMs } = options
  const key = signatureKeyFor(identity, context.suite)
  const initPrivateKey = context.random(symbolicLength)
  const lifetime = { notBefore: seconds(at), notAfter: seconds(at + lifetimeMs) }
  const source = { kind: 'key_package', lifetime } as const
  const encryptionKey = context.random(symbolicLength)
  const unsigned: KeyPackage = {
    version: 1,
    suite: context.suite,
    initKey: publicOf(initPrivateKey),
    leafNode: newLeaf({ identity, suites, encryptionKey, source }, key, context.profile),
    extensions: [],
    signature: noBytes,
  }
  const signature = signSymbolically(unsigned.leafNode.signatureKey, encode(keyPackageCodec, unsigned))
  const message = encode(mlsMessage, { kind: 'key_package', ...unsigned, signature })
  return { message, secrets: new Secret(joinBytes(initPrivateKey, key.privateKey)) }
}

/** The private keys behind a KeyPackage, as fresh copies. */
export function openSecrets(secrets: Secret): { initPrivateKey: Uint8Array; signaturePrivateKey: Uint8Array } {
  if (secrets.wiped)
    throw new TwofoldError('BUG_ENGINE', 'the secrets of a key package were used after they had been wiped')
  const { bytes } = secrets
  return { initPrivateKey: bytes.slice(0, symbolicLength), signaturePrivateKey: bytes.slice(symbolicLength) }
}

export function inspectKeyPackage(context: SymbolicContext, message: Uint8Array, at: number): KeyPackageInfo {
  const pack = readKeyPackage(message)
  if (pack.suite !== context.suite) refuse('PEER_SUITE_REFUSED', 'a key package of another cipher suite')
  const signed = encode(keyPackageCodec, { ...pack, signature: noBytes })
  if (!equalBytes(signSymbolically(pack.leafNode.signatureKey, signed), pack.signature)) {
    refuse('CRYPTO_FAILED', 'a key package does not verify')
  }
  checkLeaf(pack.leafNode, context.suite, context.profile)
  const expiresAt = checkLifetime(pack, at)
  return { suite: pack.suite as SuiteId, leaf: leafInfo(leafOf(pack.leafNode)), expiresAt }
}

export function readKeyPackage(message: Uint8Array): KeyPackage {
  const value = decode(mlsMessage, message)
  if (value.kind !== 'key_package' || value.version !== 1) refuse('PEER_BAD_KEY_PACKAGE', 'this is no key package')
  const { kind: _, ...pack } = value
  return pack
}

function checkLifetime(pack: KeyPackage, at: number): number {
  const { source } = pack.leafNode
  if (source.kind !== 'key_package') refuse('PEER_BAD_KEY_PACKAGE', 'the leaf of a key package has no lifetime')
  const [begin, end] = [source.lifetime.notBefore, source.lifetime.notAfter].map((time) => Number(time) * 1000)
  if (at < begin! - clockSkewMs || at > end! + clockSkewMs || end! - begin! > longestLifetimeMs) {
    refuse('PEER_BAD_LIFETIME', 'the lifetime of a key package does not hold now, or is too long')
  }
  return end!
}

function seconds(ms: number): bigint {
  return BigInt(Math.floor(ms / 1000))
}

function refuse(
  code: 'PEER_SUITE_REFUSED' | 'CRYPTO_FAILED' | 'PEER_BAD_KEY_PACKAGE' | 'PEER_BAD_LIFETIME',
  text: string,
): never {
  throw new TwofoldError(code, text)
}
