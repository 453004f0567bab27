import {
  type Codec,
  decode,
  encode,
  epoch,
  opaque,
  optional,
  struct,
  suiteId,
  toGroupId,
  uint8,
  uint64,
  vector,
} from '@twofold/codec'
import { type Credential, type SuiteId, TwofoldError } from '@twofold/interface'
import { hex } from './bytes.ts'
import type { Engine } from './engine.ts'
import type { ContentName } from './names.ts'
import type { CommitKind, Pending, Session } from './session.ts'

/** What a session looks like in a store. Version 1. */
interface StoredSession {
  readonly version: number
  readonly suite: SuiteId
  readonly role: number
  readonly id: Uint8Array
  readonly epoch: Session['epoch']
  readonly current: Uint8Array | undefined
  readonly pending: StoredPending | undefined
  readonly applied: { readonly hash: Uint8Array; readonly content: number } | undefined
  readonly answered: { readonly request: Uint8Array; readonly response: Uint8Array } | undefined
  readonly opened: number
  readonly identity: Uint8Array
  readonly expected: Uint8Array | undefined
  readonly credentialType: number
  readonly credential: readonly Uint8Array[]
  readonly signatureKey: Uint8Array
  readonly own: bigint
  readonly peerAfter: bigint
  readonly peerBefore: bigint
  readonly epochSince: bigint
  readonly helloExpiresAt: bigint
  readonly helloHash: Uint8Array
}

interface StoredPending {
  readonly kinds: number
  readonly message: Uint8Array
  readonly hash: Uint8Array
  readonly next: Uint8Array
  readonly madeAt: bigint
  readonly doubtful: number
}

const state = opaque({ max: 2 ** 20 })
const hash = opaque({ max: 64 })
const text = opaque({ max: 2 ** 16 })

const storedPending: Codec<StoredPending> = struct('Pending', {
  kinds: uint8,
  message: state,
  hash,
  next: state,
  madeAt: uint64,
  doubtful: uint8,
})

const storedSession: Codec<StoredSession> = struct('Session', {
  version: uint8,
  suite: suiteId,
  role: uint8,
  id: opaque({ min: 16, max: 32 }),
  epoch,
  current: optional(state),
  pending: optional(storedPending),
  applied: optional(struct('Applied', { hash, content: uint8 })),
  answered: optional(struct('Answered', { request: hash, response: hash })),
  opened: uint8,
  identity: text,
  expected: optional(text),
  credentialType: uint8,
  credential: vector(text, { max: 2 ** 17 }),
  signatureKey: text,
  own: uint64,
  peerAfter: uint64,
  peerBefore: uint64,
  epochSince: uint64,
  helloExpiresAt: uint64,
  helloHash: hash,
})

/** What is remembered of a ClientHello: until when, and which session it began. */
export const seenHello: Codec<{ readonly expiresAt: bigint; readonly session: Uint8Array }> = struct('SeenHello', {
  expiresAt: uint64,
  session: opaque({ min: 16, max: 32 }),
})

/** The id of a remembered ClientHello in a store, by its SHA-256. */
export function helloId(hash: Uint8Array): string {
  return `hello/${hex(hash)}`
}

/** The id of a session in a store. */
export function sessionId(group: Uint8Array): string {
  return `session/${hex(group)}`
}

const kindBits: Readonly<Record<CommitKind, number>> = { hello: 1, update: 2, request: 4, response: 8 }
const contents: readonly ContentName[] = [
  'server_hello',
  'connection_update',
  'resumption_request',
  'resumption_response',
]

/**
 * Traffic and exporter secrets of the current epoch are left out, so that nobody who reads the store can open its
 * records. Those of a pending hello, request or response are kept, because it may be confirmed after a restart.
 */
export function sessionBytes(session: Session): Uint8Array {
  const { engine, pending, applied, peer, freshness } = session
  return encode(storedSession, {
    version: 1,
    suite: session.suite,
    role: session.role === 'initiator' ? 0 : 1,
    id: session.id,
    epoch: session.epoch,
    current: session.current === undefined ? undefined : engine.encode(session.current, { exporter: false }),
    pending: pending === undefined ? undefined : pendingOut(engine, pending),
    applied: applied === undefined ? undefined : { hash: applied.hash, content: contents.indexOf(applied.content) },
    answered: session.answered,
    opened: session.opened ? 1 : 0,
    identity: utf8(peer.identity),
    expected: peer.expected === undefined ? undefined : utf8(peer.expected),
    ...credentialOut(peer.credential),
    signatureKey: peer.signatureKey,
    own: BigInt(freshness.own),
    peerAfter: BigInt(freshness.peerAfter),
    peerBefore: BigInt(freshness.peerBefore),
    epochSince: BigInt(session.epochSince),
    helloExpiresAt: BigInt(session.helloExpiresAt),
    helloHash: session.helloHash,
  })
}

function pendingOut(engine: Engine, pending: Pending): StoredPending {
  const exporter = pending.kinds.some((kind) => kind !== 'update')
  return {
    kinds: pending.kinds.reduce((bits, kind) => bits | kindBits[kind], 0),
    message: pending.message,
    hash: pending.hash,
    next: engine.encode(pending.next, { exporter }),
    madeAt: BigInt(pending.madeAt),
    doubtful: pending.doubtful ? 1 : 0,
  }
}

function credentialOut(credential: Credential): { credentialType: number; credential: readonly Uint8Array[] } {
  switch (credential.kind) {
    case 'basic':
      return { credentialType: 1, credential: [credential.identity] }
    case 'x509':
      return { credentialType: 2, credential: credential.certificates }
    case 'unknown':
      throw new TwofoldError('BUG_INVARIANT', 'a credential of an unknown type was accepted; please report this')
    default:
      return credential satisfies never
  }
}

/** The suite of a stored session, to find its engine before `sessionFrom`. Throws `STORE_CORRUPT`. */
export function storedSuite(bytes: Uint8Array): SuiteId {
  return decodeStored(bytes).suite
}

/** Throws `STORE_CORRUPT`. */
export function sessionFrom(bytes: Uint8Array, revision: number, engine: Engine): Session {
  const stored = decodeStored(bytes)
  const pending = stored.pending === undefined ? undefined : pendingIn(engine, stored.pending)
  return {
    engine,
    id: toGroupId(stored.id),
    role: stored.role === 0 ? 'initiator' : 'responder',
    suite: stored.suite,
    revision,
    current: stored.current === undefined ? undefined : engine.decode(stored.current),
    epoch: stored.epoch,
    pending,
    applied:
      stored.applied === undefined
        ? undefined
        : { hash: stored.applied.hash, content: contents[stored.applied.content] ?? 'unknown' },
    answered: stored.answered,
    opened: stored.opened === 1,
    peer: {
      identity: fromUtf8(stored.identity),
      expected: stored.expected === undefined ? undefined : fromUtf8(stored.expected),
      credential: credentialIn(stored),
      signatureKey: stored.signatureKey,
    },
    freshness: { own: Number(stored.own), peerAfter: Number(stored.peerAfter), peerBefore: Number(stored.peerBefore) },
    epochSince: Number(stored.epochSince),
    helloExpiresAt: Number(stored.helloExpiresAt),
    helloHash: stored.helloHash,
  }
}

function decodeStored(bytes: Uint8Array): StoredSession {
  try {
    const stored = decode(storedSession, bytes)
    if (stored.version === 1 && stored.role <= 1) return stored
  } catch (cause) {
    throw new TwofoldError('STORE_CORRUPT', 'the stored session does not decode; restore it, or forget it', { cause })
  }
  throw new TwofoldError('STORE_CORRUPT', 'the stored session is of another version; use the version that wrote it')
}

function pendingIn(engine: Engine, stored: StoredPending): Pending {
  const next = engine.decode(stored.next)
  const kinds = (Object.keys(kindBits) as CommitKind[]).filter((kind) => (stored.kinds & kindBits[kind]) !== 0)
  return {
    kinds,
    message: stored.message,
    hash: stored.hash,
    next,
    epoch: engine.epoch(next),
    madeAt: Number(stored.madeAt),
    doubtful: stored.doubtful === 1,
  }
}

function credentialIn(stored: StoredSession): Credential {
  return stored.credentialType === 1
    ? { kind: 'basic', identity: stored.credential[0] ?? new Uint8Array(0) }
    : { kind: 'x509', certificates: stored.credential }
}

/** UTF-8 without the platform's TextEncoder, which core does not have. */
function utf8(value: string): Uint8Array {
  const bytes: number[] = []
  for (const char of value.toWellFormed()) {
    const code = char.codePointAt(0) as number
    if (code < 0x80) bytes.push(code)
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63))
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63))
    else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63))
  }
  return Uint8Array.from(bytes)
}

function fromUtf8(bytes: Uint8Array): string {
  let escaped = ''
  for (const byte of bytes) escaped += `%${byte.toString(16).padStart(2, '0')}`
  return decodeURIComponent(escaped)
}
