/** What is timed: a first handshake (both sides), one update (made, applied, confirmed), or one message of 1 KB (sealed, opened). */
export type Operation = 'handshake' | 'update' | 'message'

/**
 * - `engine`: the MLS engine by itself;
 * - `core`: the protocol's steps above it, with a store in memory;
 * - `record`: record protection by exported keys;
 * - `ts-mls`: ts-mls as it comes, with its default provider: the yardstick;
 * - `tuned`: ts-mls as it comes, with our native backend for a provider.
 */
export type Layer = 'engine' | 'core' | 'record' | 'ts-mls' | 'tuned'

/** One row of the result: how to do it once, and what it is done with. */
export interface Case {
  readonly operation: Operation
  readonly layer: Layer
  readonly backend: string
  readonly suite: string
  /** Libraries and their versions. */
  readonly versions: Readonly<Record<string, string>>
  /** How often one sample does it: what is shorter than the clock is done many times. */
  readonly batch: number
  run(): Promise<unknown> | unknown
}

/** The bytes of a message. */
export const messageLength = 1024
