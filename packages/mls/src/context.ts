import { DecodeError, maxHandshakeFrame } from '@twofold/codec'
import type { Profile } from '@twofold/core'
import type { CryptoSuite } from '@twofold/interface'
import { sameBytes } from './bytes.ts'
import { librarySuite } from './cipher-suite.ts'
import { type Context, type LibrarySuite, library } from './library.ts'

/** What every operation of an engine has at hand. */
export interface EngineContext {
  readonly suite: CryptoSuite
  readonly profile: Profile
  readonly cipherSuite: LibrarySuite
  /** No handshake message of the suite is longer, in bytes. */
  readonly maxMessage: number
  /** Hashes of the key packages whose signatures were verified last: a group is created with one soon after. */
  readonly verified: Uint8Array[]
}

const maxVerified = 64

export async function rememberVerified(context: EngineContext, message: Uint8Array): Promise<void> {
  context.verified.push(await context.suite.hash.digest(message))
  if (context.verified.length > maxVerified) context.verified.shift()
}

export async function wasVerified(context: EngineContext, message: Uint8Array): Promise<boolean> {
  const digest = await context.suite.hash.digest(message)
  return context.verified.some((known) => sameBytes(known, digest))
}

export function engineContext(suite: CryptoSuite, profile: Profile): EngineContext {
  const { hpke, signature, hash } = suite
  const maxMessage = maxHandshakeFrame({
    kemPublicKey: hpke.kem.Npk,
    enc: hpke.kem.Nenc,
    signaturePublicKey: signature.Npk,
    signature: signature.Nsig,
    hash: hash.Nh,
  })
  return { suite, profile, cipherSuite: librarySuite(suite), maxMessage, verified: [] }
}

/** Throws `DECODE_LENGTH_OUT_OF_RANGE` before anything is parsed: the library would take 64 MB. */
export function checkSize(context: EngineContext, message: Uint8Array): void {
  if (message.length <= context.maxMessage) return
  const detail = `a message of ${message.length} bytes where at most ${context.maxMessage} may be`
  throw new DecodeError('DECODE_LENGTH_OUT_OF_RANGE', 0, '', detail)
}

/**
 * The library's context around a cipher suite. Core asks the authentication service, so the one here answers yes. Commits are not padded
 * (docs/protocol.md, one rule for every commit). Lifetimes are checked by us: the library would read the clock.
 */
export function libraryContext(cipherSuite: LibrarySuite, whenAsked: () => void = () => {}): Context {
  return {
    cipherSuite,
    authService: {
      validateCredential: async () => {
        whenAsked()
        return true
      },
    },
    clientConfig: {
      keyRetentionConfig: { retainKeysForGenerations: 1, retainKeysForEpochs: 1, maximumForwardRatchetSteps: 16 },
      lifetimeConfig: { maximumTotalLifetime: 0n, validateLifetimeOnReceive: false },
      keyPackageEqualityConfig: library.defaultKeyPackageEqualityConfig,
      paddingConfig: { kind: 'alwaysPad', paddingLength: 0 },
    },
  }
}
