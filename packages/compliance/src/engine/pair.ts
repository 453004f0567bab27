import { type GroupId, toGroupId } from '@twofold/codec'
import type { Identity, Secret } from '@twofold/interface'
import type { EngineState, EngineSubject } from './subject.ts'

/** 2026-01-01, in ms: the cases have their own time. */
export const at = 1_767_225_600_000

export const lifetimeMs = 600_000

export interface Offer {
  readonly identity: Identity
  readonly message: Uint8Array
  readonly secrets: Secret
}

export async function offer({ engine, identity }: EngineSubject, name: string): Promise<Offer> {
  const who = await identity(name)
  const made = await engine.createKeyPackage({ identity: who, suites: [engine.suite], at, lifetimeMs })
  return { identity: who, ...made }
}

export interface Pair {
  readonly initiator: EngineState
  readonly responder: EngineState
}

export interface Handshake extends Pair {
  readonly offer: Offer
  readonly host: Identity
  readonly welcome: Uint8Array
  readonly groupId: GroupId
}

/** A whole first handshake; groups with another `seed` have another id. */
export async function handshake(subject: EngineSubject, seed = 1): Promise<Handshake> {
  const { engine } = subject
  const offered = await offer(subject, `initiator-${seed}`)
  const host = await subject.identity(`responder-${seed}`)
  const groupId = toGroupId(new Uint8Array(32).fill(seed))
  const suites = [engine.suite]
  const made = await engine.createGroup({
    groupId,
    identity: host,
    suites,
    keyPackage: offered.message,
    at,
    lifetimeMs,
  })
  const { welcome } = made
  const joined = await engine.join({ welcome, keyPackage: offered.message, secrets: offered.secrets, at })
  return { offer: offered, host, welcome, groupId, initiator: joined.state, responder: made.state }
}

export type Role = keyof Pair

export function other(role: Role): Role {
  return role === 'initiator' ? 'responder' : 'initiator'
}

/** One update of `author`, made and applied: the pair at the next epoch, and the message. */
export async function update(
  { engine }: EngineSubject,
  pair: Pair,
  author: Role,
  framing: 'private' | 'public' = 'private',
): Promise<Pair & { readonly message: Uint8Array }> {
  const { message, next } = await engine.commit(pair[author], framing)
  const verified = await engine.verify(pair[other(author)], message)
  return author === 'initiator'
    ? { initiator: next, responder: verified.next, message }
    : { initiator: verified.next, responder: next, message }
}
