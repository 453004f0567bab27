import {
  type Codec,
  constant,
  decode,
  type Epoch,
  encode,
  epoch,
  type LeafNode,
  leafNode,
  opaque,
  preceded,
  struct,
  uint8,
} from '@twofold/codec'
import type { GroupState, LeafInfo } from '@twofold/core'
import { TwofoldError } from '@twofold/interface'
import { equalBytes, noBytes } from '../bytes.ts'
import { digest } from './digest.ts'

/** A leaf, and its bytes. */
export interface Leaf {
  readonly node: LeafNode
  readonly bytes: Uint8Array
}

/** What a state of the symbolic engine holds. */
export interface SymbolicState {
  readonly groupId: Uint8Array
  readonly epoch: Epoch
  /** From this alone the next epoch and all tags of this one are derived. */
  readonly secret: Uint8Array
  /** Empty when it was stored without. */
  readonly exporter: Uint8Array
  readonly signaturePrivateKey: Uint8Array
  readonly ownIndex: number
  readonly own: Leaf
  readonly peer: Leaf
}

const states = new WeakMap<GroupState, SymbolicState>()
const wiped = new WeakSet<GroupState>()

export function conceal(inner: SymbolicState): GroupState {
  const state = Object.freeze({}) as GroupState
  states.set(state, inner)
  return state
}

/** Throws `BUG_ENGINE` for a state that was left: whoever uses one holds keys that should be gone. */
export function reveal(state: GroupState): SymbolicState {
  const inner = states.get(state)
  if (inner === undefined) throw new TwofoldError('BUG_ENGINE', 'this is no state of the symbolic engine')
  if (wiped.has(state)) throw new TwofoldError('BUG_ENGINE', 'a state was used after it had been left')
  return inner
}

/** States share no buffers here, so one that is kept is one that is not left. */
export function leaveState(state: GroupState, keep: readonly GroupState[]): void {
  const inner = states.get(state)
  if (inner === undefined || keep.includes(state)) return
  wiped.add(state)
  for (const secret of [inner.secret, inner.exporter, inner.signaturePrivateKey]) secret.fill(0)
}

export function leafOf(node: LeafNode): Leaf {
  return { node, bytes: encode(leafNode, node) }
}

export function leafInfo({ node }: Leaf): LeafInfo {
  const { credential, signatureKey, encryptionKey, capabilities } = node
  return { credential, signatureKey, encryptionKey, suites: capabilities.suites }
}

/** The exporter secret of an epoch. */
export function exporterOf(secret: Uint8Array): Uint8Array {
  return digest(secret.length, 'exporter', secret)
}

interface StoredState {
  readonly groupId: Uint8Array
  readonly epoch: Epoch
  readonly secret: Uint8Array
  readonly exporter: Uint8Array
  readonly signaturePrivateKey: Uint8Array
  readonly ownIndex: number
  readonly own: Uint8Array
  readonly peer: Uint8Array
}

const short = opaque({ max: 64 })
const leafBytes = opaque({ max: 0x8000 })
const storedState: Codec<StoredState> = preceded(
  constant(uint8, 1, 'DECODE_UNKNOWN_VERSION'),
  struct('SymbolicState', {
    groupId: short,
    epoch,
    secret: short,
    exporter: short,
    signaturePrivateKey: short,
    ownIndex: uint8,
    own: leafBytes,
    peer: leafBytes,
  }),
)
const checked: Codec<{ readonly state: Uint8Array; readonly checksum: Uint8Array }> = struct('CheckedState', {
  state: opaque({ max: 0x2_0000 }),
  checksum: short,
})

export function encodeState(inner: SymbolicState, exporter: boolean): Uint8Array {
  const state = encode(storedState, {
    ...inner,
    exporter: exporter ? inner.exporter : noBytes,
    own: inner.own.bytes,
    peer: inner.peer.bytes,
  })
  return encode(checked, { state, checksum: digest(8, 'checksum', state) })
}

export function decodeState(bytes: Uint8Array): SymbolicState {
  try {
    const { state, checksum } = decode(checked, bytes)
    if (!equalBytes(digest(8, 'checksum', state), checksum)) return corrupt(undefined)
    const stored = decode(storedState, state)
    const [own, peer] = [stored.own, stored.peer].map((leaf) => ({ node: decode(leafNode, leaf), bytes: leaf }))
    return { ...stored, own: own!, peer: peer! }
  } catch (cause) {
    return corrupt(cause)
  }
}

function corrupt(cause: unknown): never {
  throw new TwofoldError('STORE_CORRUPT', 'the stored group state is damaged', { cause })
}
