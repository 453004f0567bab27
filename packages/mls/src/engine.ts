import { type Epoch, type GroupId, toEpoch, toGroupId } from '@twofold/codec'
import type { Engine, Profile, VerifiedCommit } from '@twofold/core'
import { type CryptoSuite, checkOptions, TwofoldError } from '@twofold/interface'
import { boundary } from './boundary.ts'
import { copyOf } from './bytes.ts'
import { createCommit, verifyCommit } from './commit.ts'
import { type EngineContext, engineContext } from './context.ts'
import { createGroup } from './create-group.ts'
import { conceal, leaveState, reveal, storedForm } from './group-state.ts'
import { joinGroup } from './join-group.ts'
import { checkOwnSide, createKeyPackage, inspectKeyPackage, openOwnPackage } from './key-package.ts'
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
  if (profile !== 'bare' && profile !== 'framed') usage('a profile is "bare" or "framed"')
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

type Handshake = Pick<Engine, 'createKeyPackage' | 'inspectKeyPackage' | 'createGroup' | 'join'>

function handshakeOf(context: EngineContext): Handshake {
  return {
    createKeyPackage: async (options) => {
      checkOptions(options, ['identity', 'suites', 'at', 'lifetimeMs'], 'createKeyPackage')
      checkOwnSide(context, options)
      return boundary('BUG_ENGINE', () => createKeyPackage(context, options))
    },
    inspectKeyPackage: (message, at) => boundary('PEER_BAD_KEY_PACKAGE', () => inspectKeyPackage(context, message, at)),
    createGroup: async (options) => {
      checkOptions(options, ['groupId', 'identity', 'suites', 'keyPackage', 'at', 'lifetimeMs'], 'createGroup')
      checkOwnSide(context, options)
      const { welcome, client } = await boundary('PEER_BAD_KEY_PACKAGE', () => createGroup(context, options))
      return { welcome, state: conceal(client) }
    },
    join: async (options) => {
      checkOptions(options, ['welcome', 'keyPackage', 'secrets', 'at'], 'join')
      const own = openOwnPackage(options.keyPackage, options.secrets)
      const client = await boundary('PEER_BAD_WELCOME', () => joinGroup(context, own, options.welcome, options.at))
      return { state: conceal(client), creator: leafInfo(leavesOf(client).peer) }
    },
  }
}

function commitsOf(context: EngineContext): Pick<Engine, 'commit' | 'verify'> {
  return {
    commit: async (state, framing) => {
      const client = reveal(state, context)
      if (framing !== 'private' && framing !== 'public') usage('a commit is framed "private" or "public"')
      const { message, next } = await boundary('BUG_ENGINE', () => createCommit(context, client, framing))
      return { message, next: conceal(next) }
    },
    verify: async (state, message) => {
      const client = reveal(state, context)
      return describe(client, await boundary('PEER_BAD_COMMIT', () => verifyCommit(context, client, message)))
    },
  }
}

function describe(before: ClientState, after: ClientState): VerifiedCommit {
  const [previous, leaf] = [leavesOf(before).peer, leavesOf(after).peer]
  return {
    next: conceal(after),
    previous: leafInfo(previous),
    leaf: leafInfo(leaf),
    identityChanged: identityChanged(previous, leaf),
  }
}

type Reading = Pick<Engine, 'epoch' | 'groupId' | 'leaves' | 'export' | 'epochAuthenticator'>

function readingOf(context: EngineContext): Reading {
  return {
    epoch: (state): Epoch => toEpoch(reveal(state, context).groupContext.epoch),
    groupId: (state): GroupId => toGroupId(copyOf(reveal(state, context).groupContext.groupId)),
    leaves: (state) => {
      const { own, peer } = leavesOf(reveal(state, context))
      return { own: leafInfo(own), peer: leafInfo(peer) }
    },
    export: async (state, label, exporterContext, length) => {
      const { exporterSecret } = reveal(state, context).keySchedule
      checkExport(context, exporterSecret, length)
      return boundary('BUG_ENGINE', () =>
        library.mlsExporter(exporterSecret, label, exporterContext, length, context.cipherSuite),
      )
    },
    epochAuthenticator: (state) => copyOf(reveal(state, context).keySchedule.epochAuthenticator),
  }
}

function checkExport(context: EngineContext, exporterSecret: Uint8Array, length: number): void {
  const longest = 255 * context.suite.kdf.Nh
  if (!Number.isInteger(length) || length < 1 || length > longest) usage(`an export has 1 to ${longest} bytes`)
  if (exporterSecret.length === 0) {
    throw new TwofoldError('USAGE_EXPORT_UNAVAILABLE', 'this state was stored without its exporter secret')
  }
}

function storageOf(context: EngineContext): Pick<Engine, 'encode' | 'decode' | 'leave'> {
  return {
    encode: (state, options) => {
      checkOptions(options, ['exporter'], 'encode')
      const client = reveal(state, context)
      if (options.exporter === true) return encodeState(context, client, true)
      return storedForm(state, () => encodeState(context, client, false))
    },
    decode: (bytes) => conceal(load(context, bytes)),
    leave: leaveState,
  }
}

function load(context: EngineContext, bytes: Uint8Array): ClientState {
  try {
    return decodeState(context, bytes)
  } catch (cause) {
    throw new TwofoldError('STORE_CORRUPT', 'the stored group state is damaged, or of another suite or profile', {
      cause,
    })
  }
}

function usage(text: string): never {
  throw new TwofoldError('USAGE_INVALID_ARGUMENT', text)
}
