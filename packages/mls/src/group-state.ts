import type { GroupState } from '@twofold/core'
import { TwofoldError } from '@twofold/interface'
import { copyOf, noBytes } from './bytes.ts'
import type { EngineContext } from './context.ts'
import type { ClientState, SecretTree } from './library.ts'

/** The library's state behind each opaque one. Nothing prints from a state, and one that was left is not in it. */
const inner = new WeakMap<object, ClientState>()

/** Throws `USAGE_INVALID_ARGUMENT` for what is not a state of this suite, or was left. */
export function reveal(state: GroupState, context: EngineContext): ClientState {
  const client = inner.get(state)
  if (client === undefined || client.groupContext.cipherSuite !== context.suite.id) {
    throw new TwofoldError('USAGE_INVALID_ARGUMENT', 'not a group state of this engine, or one that was left')
  }
  return client
}

/** Makes the library's state an opaque one, without what a two-party group never uses. */
export function conceal(client: ClientState): GroupState {
  const state = Object.freeze({ [Symbol.toStringTag]: 'GroupState' }) as unknown as GroupState
  inner.set(state, slim(client))
  return state
}

/**
 * Keeps no secret that nobody needs: of the private path our leaf's key (in a tree of two leaves nobody encrypts to the root), of the
 * key schedule what commits, exports and the authenticator take, and nothing of former epochs.
 */
function slim(client: ClientState): ClientState {
  const { keySchedule, privatePath } = client
  const node = 2 * privatePath.leafIndex
  wipeAll([keySchedule.externalSecret, keySchedule.confirmationKey, keySchedule.resumptionPsk])
  wipeAll(Object.entries(privatePath.privateKeys).flatMap(([index, key]) => (Number(index) === node ? [] : [key])))
  return {
    ...client,
    keySchedule: { ...keySchedule, externalSecret: noBytes, confirmationKey: noBytes, resumptionPsk: noBytes },
    privatePath: { ...privatePath, privateKeys: { [node]: privatePath.privateKeys[node]! } },
    historicalReceiverData: new Map(),
  }
}

/** Each state is stored several times and never changes: its stored form is made once. It holds secrets, so it is wiped with the state. */
const storedForms = new WeakMap<GroupState, Uint8Array>()

/** A copy of the stored form that `make` gives. */
export function storedForm(state: GroupState, make: () => Uint8Array): Uint8Array {
  const form = storedForms.get(state) ?? make()
  storedForms.set(state, form)
  return copyOf(form)
}

/** `leave` of the engine contract. The signature key lives on: it belongs to the identity and not to an epoch. */
export function leaveState(state: GroupState, keep: readonly GroupState[]): void {
  const client = inner.get(state)
  if (client === undefined || keep.includes(state)) return
  inner.delete(state)
  storedForms.get(state)?.fill(0)
  wipeClient(
    client,
    keep.flatMap((kept) => inner.get(kept) ?? []),
  )
}

/** Wipes the secrets of a state, except for buffers that share memory with a secret of one that is kept. */
export function wipeClient(client: ClientState, keep: readonly ClientState[]): void {
  const kept = keep.flatMap(secretsOf)
  wipeAll(secretsOf(client).filter((secret) => !kept.some((other) => overlap(secret, other))))
}

function secretsOf(client: ClientState): Uint8Array[] {
  return [
    ...Object.values(client.keySchedule),
    ...secretsOfTree(client.secretTree),
    ...Object.values(client.privatePath.privateKeys),
  ]
}

function secretsOfTree(tree: SecretTree): Uint8Array[] {
  const ratchets = Object.values(tree.leafNodes).flatMap((leaf) => [leaf.handshake, leaf.application])
  const used = ratchets.flatMap((ratchet) => [ratchet.secret, ...Object.values(ratchet.unusedGenerations)])
  return [...Object.values(tree.intermediateNodes), ...used]
}

function overlap(a: Uint8Array, b: Uint8Array): boolean {
  return a.buffer === b.buffer && a.byteOffset < b.byteOffset + b.length && b.byteOffset < a.byteOffset + a.length
}

function wipeAll(secrets: readonly Uint8Array[]): void {
  for (const secret of secrets) secret.fill(0)
}
