import { type Epoch, type GroupId, toEpoch, toGroupId } from '@twofold/codec'
import type { Engine, GroupState, Profile, VerifiedCommit } from '@twofold/core'
import { type CryptoSuite, checkOptions, TwofoldError } from '@twofold/interface'
import { boundary } from './boundary.ts'
import { copyOf } from './bytes.ts'
import { createCommit, verifyCommit } from './commit.ts'
import { type EngineContext, engineContext } from './context.ts'
import { createGroup } from './create-group.ts'
import { conceal, leaveState, reveal } from './group-state.ts'
import { joinGroup } from './join-group.ts'
import { createKeyPackage, inspectKeyPackage } from './key-package.ts'
import { identityChanged, leafInfo } from './leaf.ts'
import { type ClientState, library } from './library.ts'
import { decodeState, encodeState } from './stored-state.ts'
import { leavesOf } from './tree.ts'

export interface MlsEngineOptions {
  /** What does the cryptography; the engine serves this cipher suite and no other. */
  readonly suite: CryptoSuite
  /** `framed` unless the other side is an implementation of the bare draft. */
  readonly profile: Profile
}

/**
 * An engine for core over ts-mls. It adds the checks that a two-party group needs and that ts-mls leaves out, and hides every
 * type of ts-mls. It reads no clock and asks no authentication service: core does.
 *
 * @example
 * const engine = mlsEngine({ suite: await nodeCrypto.suite(defaultSuite), profile: 'framed' })
 */
export function mlsEngine(options: MlsEngineOptions): Engine {
  checkOptions(options, ['suite', 'profile'], 'mlsEngine')
  const { suite, profile } = options
  if (profile !== 'bare' && profile !== 'framed') {
    throw new TwofoldError('USAGE_INVALID_ARGUMENT', 'a profile is "bare" or "framed"')
  }
  const context = engineContext(suite, profile)
  return {
    name: 'ts-mls',
    suite: suite.id,
    profile,
    Nh: suite.hash.Nh,
    hash: (data) => suite.hash.digest(data),
    ...handshakeOf(context),
    ...commitsOf(context),
    ...readingOf(context),
    ...storageOf(context),
  }
}

function handshakeOf(context: EngineContext): Pick<
  Engine,
  'createKeyPackage' | 'inspectKeyPackage' | 'createGroup' | 'join'
> {
  return {
    createKeyPackage: async (options) => {
      checkOptions(options, ['identity', 'suites', 'at', 'lifetimeMs'], 'createKeyPackage')
      return createKeyPackage(context, options)
    },
    inspectKeyPackage: (message, at) =>
      boundary('PEER_BAD_KEY_PACKAGE', () => inspectKeyPackage(context, message, at)),
    createGroup: async (options) => {
      checkOptions(options, ['groupId', 'identity', 'suites', 'keyPackage', 'at', 'lifetimeMs'], 'createGroup')
      const { welcome, client } = await boundary('PEER_BAD_KEY_PACKAGE', () => createGroup(context, options))
      return { welcome, state: conceal(client) }
    },
    join: async (options) => {
      checkOptions(options, ['welcome', 'keyPackage', 'secrets', 'at'], 'join')
      const client = await boundary('PEER_BAD_WELCOME', () => joinGroup(context, options))
      return { state: conceal(client), creator: leafInfo(leavesOf(client).peer) }
    },
  }
}
