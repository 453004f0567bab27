import type { Epoch, GroupId, SuiteId } from '@twofold/codec'
import type { Credential, Identity, MaybePromise, Secret } from '@twofold/interface'

/** A group state, opaque here as it is to core. */
export type EngineState = object

export interface TestedLeaf {
  readonly credential: Credential
  readonly signatureKey: Uint8Array
  readonly encryptionKey: Uint8Array
  readonly suites: readonly SuiteId[]
}

export interface TestedCommit {
  readonly next: EngineState
  readonly previous: TestedLeaf
  readonly leaf: TestedLeaf
  readonly identityChanged: boolean
}

/** The part of core's engine contract that the cases call; core's `Engine` fits. */
export interface TestedEngine {
  readonly suite: SuiteId
  readonly Nh: number
  hash(data: Uint8Array): MaybePromise<Uint8Array>
  createKeyPackage(options: {
    readonly identity: Identity
    readonly suites: readonly SuiteId[]
    readonly at: number
    readonly lifetimeMs: number
  }): MaybePromise<{ readonly message: Uint8Array; readonly secrets: Secret }>
  inspectKeyPackage(
    message: Uint8Array,
    at: number,
  ): MaybePromise<{ readonly suite: SuiteId; readonly leaf: TestedLeaf; readonly expiresAt: number }>
  createGroup(options: {
    readonly groupId: GroupId
    readonly identity: Identity
    readonly suites: readonly SuiteId[]
    readonly keyPackage: Uint8Array
    readonly at: number
    readonly lifetimeMs: number
  }): MaybePromise<{ readonly welcome: Uint8Array; readonly state: EngineState }>
  join(options: {
    readonly welcome: Uint8Array
    readonly keyPackage: Uint8Array
    readonly secrets: Secret
    readonly at: number
  }): MaybePromise<{ readonly state: EngineState; readonly creator: TestedLeaf }>
  commit(
    state: EngineState,
    framing: 'private' | 'public',
  ): MaybePromise<{ readonly message: Uint8Array; readonly next: EngineState }>
  verify(state: EngineState, message: Uint8Array): MaybePromise<TestedCommit>
  epoch(state: EngineState): Epoch
  groupId(state: EngineState): GroupId
  leaves(state: EngineState): { readonly own: TestedLeaf; readonly peer: TestedLeaf }
  export(state: EngineState, label: string, context: Uint8Array, length: number): MaybePromise<Uint8Array>
  epochAuthenticator(state: EngineState): Uint8Array
  encode(state: EngineState, options: { readonly exporter: boolean }): Uint8Array
  decode(bytes: Uint8Array): EngineState
  leave(state: EngineState, keep: readonly EngineState[]): void
}

export interface EngineSubject {
  readonly engine: TestedEngine
  /** A new identity with a key for the engine's suite. */
  identity(name: string): MaybePromise<Identity>
}
