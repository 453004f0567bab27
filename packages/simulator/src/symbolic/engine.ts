import { encode, type SuiteId, toGroupId, uint32 } from '@twofold/codec'
import type { CommitFraming, Engine, GroupState, Profile } from '@twofold/core'
import {
  checkOptions,
  defaultSuite,
  findSuite,
  type Identity,
  type RandomBytes,
  TwofoldError,
} from '@twofold/interface'
import { equalBytes } from '../bytes.ts'
import { createCommit, type UnsafeCommitOptions, verifyCommit } from './commit.ts'
import type { SymbolicContext } from './context.ts'
import { digest } from './digest.ts'
import { createKeyPackage, inspectKeyPackage } from './key-package.ts'
import { conceal, decodeState, encodeState, leafInfo, leaveState, reveal } from './state.ts'
import { publicOf, symbolicLength } from './suite.ts'
import { createGroup, joinGroup } from './welcome.ts'

export interface SymbolicEngineOptions {
  /** Where all its randomness comes from: the same bytes, the same messages. */
  readonly random: RandomBytes
  /** The cipher suite that it pretends to be; 0xF002 unless given. */
  readonly suite?: SuiteId
  /** `framed` unless given. */
  readonly profile?: Profile
}

export interface SymbolicEngine extends Engine {
  /** A commit that an honest engine never makes and every engine must refuse. */
  unsafeCommit(
    state: GroupState,
    framing: CommitFraming,
    options: UnsafeCommitOptions,
  ): { readonly message: Uint8Array; readonly next: GroupState }
}

/**
 * An engine with hashes in the place of cryptography, for models and tests: fast, synchronous and repeatable. Its messages
 * have the real outer framing of MLS; nothing that was changed verifies; a commit verifies under the right state only; a
 * state that was left throws when it is used. It protects nothing: whoever knows a public key could sign.
 */
export function symbolicEngine(options: SymbolicEngineOptions): SymbolicEngine {
  checkOptions(options, ['random', 'suite', 'profile'], 'symbolicEngine')
  const { random, suite = defaultSuite, profile = 'framed' } = options
  const context: SymbolicContext = { random, suite, profile }
  return {
    name: 'symbolic',
    suite,
    profile,
    Nh: symbolicLength,
    hash: (data) => digest(symbolicLength, 'hash', data),
    ...handshakeOf(context),
    ...commitsOf(context),
    ...readingOf(),
    encode: (state, { exporter }) => encodeState(reveal(state), exporter),
    decode: (bytes) => conceal(decodeState(bytes)),
    leave: leaveState,
  }
}

function handshakeOf(
  context: SymbolicContext,
): Pick<Engine, 'createKeyPackage' | 'inspectKeyPackage' | 'createGroup' | 'join'> {
  return {
    createKeyPackage: (options) => createKeyPackage(context, options),
    inspectKeyPackage: (message, at) => inspectKeyPackage(context, message, at),
    createGroup(options) {
      const { welcome, state } = createGroup(context, options)
      return { welcome, state: conceal(state) }
    },
    join(options) {
      const inner = joinGroup(context, options)
      return { state: conceal(inner), creator: leafInfo(inner.peer) }
    },
  }
}

function commitsOf(context: SymbolicContext): Pick<SymbolicEngine, 'commit' | 'verify' | 'unsafeCommit'> {
  const make: SymbolicEngine['unsafeCommit'] = (state, framing, unsafe) => {
    const { message, next } = createCommit(context, reveal(state), framing, unsafe)
    return { message, next: conceal(next) }
  }
  return {
    commit: (state, framing) => make(state, framing, {}),
    unsafeCommit: make,
    verify(state, message) {
      const { next, previous, leaf } = verifyCommit(context, reveal(state), message)
      const [before, after] = [leafInfo(previous), leafInfo(leaf)]
      return { next: conceal(next), previous: before, leaf: after, identityChanged: identityChanged(before, after) }
    },
  }
}

function identityChanged(before: ReturnType<typeof leafInfo>, after: ReturnType<typeof leafInfo>): boolean {
  const [a, b] = [before.credential, after.credential]
  const sameName = a.kind === 'basic' && b.kind === 'basic' && equalBytes(a.identity, b.identity)
  return !sameName || !equalBytes(before.signatureKey, after.signatureKey)
}

function readingOf(): Pick<Engine, 'epoch' | 'groupId' | 'leaves' | 'export' | 'epochAuthenticator'> {
  return {
    epoch: (state) => reveal(state).epoch,
    groupId: (state) => toGroupId(reveal(state).groupId.slice()),
    leaves(state) {
      const { own, peer } = reveal(state)
      return { own: leafInfo(own), peer: leafInfo(peer) }
    },
    export(state, label, context, length) {
      const { exporter } = reveal(state)
      if (exporter.length === 0) {
        throw new TwofoldError('USAGE_EXPORT_UNAVAILABLE', 'this state was stored without its exporter secret')
      }
      return digest(length, `export ${label}`, exporter, context, encode(uint32, length))
    },
    epochAuthenticator: (state) => digest(symbolicLength, 'authenticator', reveal(state).secret),
  }
}

/** An identity with a basic credential and a key for the suite. */
export function symbolicIdentity(name: string, random: RandomBytes, suite: SuiteId = defaultSuite): Identity {
  const privateKey = random(symbolicLength)
  const scheme = findSuite(suite)?.signatureScheme ?? 0
  const identity = Uint8Array.from(name, (char) => char.charCodeAt(0) & 0x7f)
  return { credential: { kind: 'basic', identity }, keys: [{ scheme, publicKey: publicOf(privateKey), privateKey }] }
}
