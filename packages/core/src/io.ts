import type { Epoch, GroupId, SuiteId } from '@twofold/codec'
import type {
  AuthQuestion,
  AuthVerdict,
  ErrorCode,
  Identity,
  MaybePromise,
  RandomBytes,
  Secret,
} from '@twofold/interface'
import type { CommitFraming, Engine, Profile } from './engine.ts'
import type { ContentName, LinkId } from './names.ts'
import type { State } from './state.ts'

export type Command =
  /** Sends a ClientHello on a fresh link. `expected` is whom the application dialed. */
  | { readonly name: 'hello'; readonly link: LinkId; readonly expected?: string }
  /** Asks on a fresh link to go on with the session. */
  | { readonly name: 'resume'; readonly link: LinkId }
  /** Makes a commit as soon as the rules allow one. */
  | { readonly name: 'update' }
  /** Ends every link and keeps the session. */
  | { readonly name: 'close' }
  /** Ends every link and erases the session. */
  | { readonly name: 'forget' }

/** What happened, with the time in ms since 1970. */
export type Input = { readonly at: number } & (
  | { readonly kind: 'linkUp'; readonly link: LinkId; readonly ordered: boolean; readonly reliable: boolean }
  | { readonly kind: 'linkDown'; readonly link: LinkId }
  /** A frame in clear, or, with `epoch`, the content of a record that opened under that epoch. The body is borrowed. */
  | {
      readonly kind: 'message'
      readonly link: LinkId
      readonly content: ContentName
      readonly body: Uint8Array
      readonly epoch?: Epoch
    }
  /** The first record of application data that opened under an epoch on a link. */
  | { readonly kind: 'confirmed'; readonly link: LinkId; readonly epoch: Epoch }
  | { readonly kind: 'command'; readonly command: Command }
  | { readonly kind: 'answer'; readonly question: number; readonly verdict: AuthVerdict }
  /** Bytes and records that both directions have carried under the current epoch so far; `urgent` near a hard limit. */
  | { readonly kind: 'usage'; readonly bytes: number; readonly records: number; readonly urgent: boolean }
  | { readonly kind: 'tick' }
)

export type SessionEvent =
  /** The first handshake is done: both sides hold the epoch, and data may flow on `link`. */
  | { readonly name: 'connected'; readonly link: LinkId; readonly epoch: Epoch; readonly identity: string }
  | { readonly name: 'resumed'; readonly link: LinkId; readonly epoch: Epoch }
  /** A new epoch is in force and confirmed as far as this side may use it. Numbers may be skipped. */
  | { readonly name: 'epoch'; readonly epoch: Epoch }
  /** A commit of ours was confirmed. */
  | { readonly name: 'updated'; readonly epoch: Epoch }
  /** A commit of ours gave way to the peer's; whoever asked for it may ask again. */
  | { readonly name: 'superseded' }
  /** An attempt on a link ended without touching the session. */
  | { readonly name: 'failed'; readonly link: LinkId; readonly code: ErrorCode }
  /** The hello that nobody confirmed in time is gone, and the session with it. */
  | { readonly name: 'expired' }

/**
 * What the driver does, in this order. Where `persist` or `forget` fails nothing else happens and the state stays as it was; a later
 * effect that fails ends its own link and nothing more.
 */
export type Effect =
  /** Write `bytes` as `revision` of the session, together with `also`, atomically and durably, before anything else. */
  | {
      readonly kind: 'persist'
      readonly session: GroupId
      readonly revision: number
      readonly bytes: Uint8Array
      readonly also: readonly { readonly id: string; readonly revision: number; readonly bytes: Uint8Array }[]
    }
  /** Erase what is stored of the session. */
  | { readonly kind: 'forget'; readonly session: GroupId }
  /** Install a traffic secret on a link; it replaces one of the same epoch and direction. */
  | {
      readonly kind: 'keys'
      readonly link: LinkId
      readonly epoch: Epoch
      readonly direction: 'read' | 'write'
      readonly secret: Secret
    }
  /** Send as a frame in clear, or, with `epoch`, as a record under that epoch. */
  | {
      readonly kind: 'send'
      readonly link: LinkId
      readonly content: ContentName
      readonly body: Uint8Array
      readonly epoch?: Epoch
    }
  | { readonly kind: 'deliver'; readonly event: SessionEvent }
  /** Ask the authentication service and come back with an `answer`. */
  | { readonly kind: 'ask'; readonly question: number; readonly link: LinkId; readonly about: AuthQuestion }
  /** End a link: with a code, after the alert that belongs to it. The driver does not report it back by `linkDown`. */
  | { readonly kind: 'close'; readonly link: LinkId; readonly code?: ErrorCode }
  /** Come back with a `tick` at that time; it replaces an earlier wake. */
  | { readonly kind: 'wake'; readonly at: number }

/** Something to overwrite once the step's `persist` has succeeded. */
export interface Wipeable {
  wipe(): void
}

export interface Step {
  readonly state: State
  readonly effects: readonly Effect[]
  /** What the step outlived. */
  readonly consumed: readonly Wipeable[]
}

/** Who we are and what we accept. Missing times and limits come from `defaults`. */
export interface Config {
  readonly identity: Identity
  /** Cipher suites that we accept, most preferred first. */
  readonly suites: readonly SuiteId[]
  readonly profile: Profile
  readonly commits: CommitFraming
  readonly keyPackageLifetimeMs: number
  /** How long an offer of ours waits for its Welcome. */
  readonly handshakeTimeoutMs: number
  readonly linkTimeoutMs: number
  readonly updateEveryMs: number
  readonly updateEveryBytes: number
  readonly updateEveryRecords: number
  readonly holdMs: number
}

/** The only things that a step may wait for. */
export interface Env {
  /** The engine of a suite and of the config's profile; undefined for a suite that is not served. */
  engine(suite: SuiteId): MaybePromise<Engine | undefined>
  readonly random: RandomBytes
  sha256(data: Uint8Array): MaybePromise<Uint8Array>
  readonly config: Config
}
