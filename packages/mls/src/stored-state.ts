import {
  type Codec,
  constant,
  decode,
  encode,
  opaque,
  preceded,
  type SuiteId,
  struct,
  suiteId,
  uint8,
} from '@twofold/codec'
import { copyOf, noBytes } from './bytes.ts'
import type { EngineContext } from './context.ts'
import { type ClientState, library } from './library.ts'
import { leavesOf } from './tree.ts'

/** The library's form of a state is its own affair, and its next version's may differ: hence a version around it. */
interface StoredState {
  readonly profile: number
  readonly suite: SuiteId
  readonly state: Uint8Array
}
const storedState: Codec<StoredState> = preceded(
  constant(uint8, 1, 'DECODE_UNKNOWN_VERSION'),
  struct('StoredState', { profile: uint8, suite: suiteId, state: opaque({ max: 0x10_0000 }) }),
)

const profileCodes = { bare: 0, framed: 1 } as const

/**
 * The state for a store, with the signature key: nothing else gives it back to a later commit. Without `exporter` no key that
 * protects records of the epoch can be derived from it.
 */
export function encodeState(context: EngineContext, client: ClientState, exporter: boolean): Uint8Array {
  const { keySchedule } = client
  const kept = exporter ? client : { ...client, keySchedule: { ...keySchedule, exporterSecret: noBytes } }
  const state = library.encode(library.clientStateEncoder, kept)
  const encoded = encode(storedState, { profile: profileCodes[context.profile], suite: context.suite.id, state })
  state.fill(0)
  return encoded
}

/** Throws whatever it is for bytes that are no state of this engine; the caller makes one code of it. */
export function decodeState(context: EngineContext, bytes: Uint8Array): ClientState {
  const stored = decode(storedState, bytes)
  if (stored.profile !== profileCodes[context.profile] || stored.suite !== context.suite.id) damaged()
  const [client, length] = library.clientStateDecoder(stored.state, 0) ?? damaged()
  if (length !== stored.state.length) damaged()
  checkState(context, client)
  // The provider may cache what it imports by the array: one that is a view would keep the whole state alive.
  return { ...client, signaturePrivateKey: copyOf(client.signaturePrivateKey) }
}

function checkState(context: EngineContext, client: ClientState): void {
  const { suite } = context
  const { keySchedule, privatePath, groupContext, groupActiveState } = client
  const lengths = [keySchedule.initSecret, keySchedule.senderDataSecret, keySchedule.membershipKey].map((s) => s.length)
  leavesOf(client)
  if (groupContext.cipherSuite !== suite.id || groupActiveState.kind !== 'active') damaged()
  if (lengths.some((length) => length !== suite.kdf.Nh)) damaged()
  if (![0, suite.kdf.Nh].includes(keySchedule.exporterSecret.length)) damaged()
  if (privatePath.privateKeys[2 * privatePath.leafIndex]?.length !== suite.hpke.kem.Nsk) damaged()
  if (Object.keys(client.unappliedProposals).length > 0 || client.historicalReceiverData.size > 0) damaged()
}

function damaged(): never {
  throw new TypeError('not a state of this engine')
}
