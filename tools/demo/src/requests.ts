/** What the demo asks of a party, and what it answers, by IPC. */
export interface Requests {
  /** Loads the identity in the folder, or makes one; `line` is for the other's known_peers. */
  start: { input: StartInput; output: { readonly line: string; readonly sessions: number } }
  trust: { input: { readonly line: string }; output: null }
  listen: { input: null; output: { readonly port: number } }
  /** The next peer that has shown who it is. */
  accept: { input: null; output: Met }
  /** The next attempt that was refused. */
  refusal: { input: null; output: Refusal }
  connect: { input: ConnectInput; output: Met }
  send: { input: SendInput; output: Sent }
  /** The next file that has arrived whole. */
  receive: { input: null; output: Received }
  update: { input: null; output: { readonly epoch: string } }
  secret: { input: null; output: DemoSecret }
  /** How a channel ended, when all that came on it is taken in; null after an orderly end. */
  ended: { input: null; output: { readonly code: string | null } }
  stop: { input: null; output: null }
}

export type Operation = keyof Requests

export interface StartInput {
  readonly folder: string
  readonly name: string
}

export interface ConnectInput {
  readonly port: number
  readonly expected: string
  /** Goes on with the only session in the store. */
  readonly resume: boolean
}

export interface SendInput {
  readonly path: string
  readonly name: string
  readonly chunkBytes: number
  /** Between two chunks. */
  readonly pauseMs: number
}

/** A channel as one side sees it. */
export interface Met {
  readonly peer: string
  readonly role: string
  readonly suite: { readonly id: number; readonly name: string; readonly postQuantum: string }
  readonly backend: string
  readonly session: string
  readonly resumed: boolean
  readonly epoch: string
  readonly sentBytes: number
  readonly receivedBytes: number
  readonly ms: number
}

export interface Refusal {
  readonly code: string
  readonly reason: string
}

export interface Sent {
  readonly size: number
  readonly sha256: string
  /** Where the receiver stood when it was asked. */
  readonly from: number
  /** What the receiver said it got in the end. */
  readonly confirmedSha256: string
  readonly ms: number
}

export interface Received {
  readonly name: string
  readonly path: string
  readonly size: number
  readonly sha256: string
}

/** Of the demo's own exported secret: enough to show, and enough to compare all of it. */
export interface DemoSecret {
  readonly epoch: string
  readonly first8: string
  readonly sha256: string
}

export interface Request {
  readonly id: number
  readonly operation: Operation
  readonly input: unknown
}

export type FromParty =
  | { readonly kind: 'answer'; readonly id: number; readonly output: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly code: string; readonly message: string }
  | { readonly kind: 'progress'; readonly name: string; readonly offset: number; readonly size: number }
