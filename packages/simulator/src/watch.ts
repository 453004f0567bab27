import { commitHeader } from '@twofold/codec'
import { type ContentName, hex, type Session, type State } from '@twofold/core'
import type { CryptoSuite } from '@twofold/interface'
import { equalBytes, includesBytes } from './bytes.ts'
import { type Actor, otherActor } from './wire.ts'

/** The protocol, or its driver here, did what must never happen. */
export class InvariantError extends Error {
  override readonly name: string = 'InvariantError'
}

/** Watches both parties and remembers across crashes; each method throws InvariantError for what must never happen. */
export interface Watch {
  /** The same suite, with every record that is sealed under watch. */
  suite(suite: CryptoSuite): CryptoSuite
  /** After every step. */
  state(actor: Actor, state: State): void
  persisted(actor: Actor, session: Session, bytes: Uint8Array): void
  /** Before a frame leaves; `group` is that of the session, and `epoch` that of the record. */
  sending(
    actor: Actor,
    content: ContentName,
    body: Uint8Array,
    group: string | undefined,
    epoch: bigint | undefined,
  ): void
  received(actor: Actor, data: string): void
  /** A party lost what it had stored: it may contradict itself from now on. */
  forgive(): void
}

export interface WatchOptions {
  /** Most bytes that a stored session may have. */
  readonly maxStored: number
}

interface Persisted {
  readonly epoch: bigint
  readonly pendingEpoch: bigint | undefined
  readonly applied: Uint8Array | undefined
  /** The current epoch was begun by a commit of this party. */
  readonly author: boolean
  readonly bytes: Uint8Array
}

const commits: readonly ContentName[] = ['connection_update', 'resumption_request', 'resumption_response']

export function watch(options: WatchOptions): Watch {
  const nonces = new Set<string>()
  const secrets = new Map<string, string>()
  const roles = new Map<string, Session['role']>()
  const sent = new Map<string, Uint8Array>()
  const stored = new Map<string, Persisted>()
  const data = new Set<string>()
  const seen = new WeakSet<object>()
  let forgiving = false

  function sealing(key: string, nonce: Uint8Array): void {
    const id = `${key}/${text(nonce)}`
    assert(!nonces.has(id), 'one key and sequence number protected two records')
    nonces.add(id)
  }

  function epoch(session: Session): void {
    const { current, engine } = session
    if (current === undefined || seen.has(current)) return
    seen.add(current)
    const id = `${hex(session.id)}/${session.epoch}`
    const authenticator = hex(engine.epochAuthenticator(current))
    assert(engine.epoch(current) === session.epoch, 'a session is at another epoch than its state')
    assert(
      forgiving || (secrets.get(id) ?? authenticator) === authenticator,
      `a fork: two secrets of epoch ${session.epoch}`,
    )
    secrets.set(id, authenticator)
  }

  function role(actor: Actor, session: Session): void {
    const id = `${hex(session.id)}/${actor}`
    assert((roles.get(id) ?? session.role) === session.role, 'a role has changed')
    roles.set(id, session.role)
  }

  function commitLeaves(actor: Actor, content: ContentName, body: Uint8Array, group: string): void {
    const id = content === 'server_hello' ? `${actor}/${group}/0` : `${actor}/${group}/${commitHeader(body).epoch}`
    const before = sent.get(id)
    assert(
      forgiving || before === undefined || equalBytes(before, body),
      `${actor} sent two commits for one epoch (${content})`,
    )
    sent.set(id, body.slice())
    const now = stored.get(`${group}/${actor}`)
    assert(
      now !== undefined && includesBytes(now.bytes, body),
      `${actor} sent a commit that is not stored (${content})`,
    )
  }

  function recordLeaves(actor: Actor, content: string, group: string, under: bigint): void {
    const own = stored.get(`${group}/${actor}`)
    const other = stored.get(`${group}/${otherActor(actor)}`)
    assert(own?.epoch === under, `${actor} sent a ${content} under epoch ${under} and has stored ${own?.epoch}`)
    if (forgiving) return
    const begun = (other?.epoch ?? -1n) >= under || (!own.author && other?.pendingEpoch === under)
    assert(begun, `${actor} sent a ${content} under epoch ${under}, which the other side has not confirmed`)
  }

  return {
    suite: (suite) => ({
      ...suite,
      aead: {
        ...suite.aead,
        bind(key) {
          const bound = suite.aead.bind(key)
          const id = text(key)
          return {
            seal(nonce, aad, plaintext) {
              sealing(id, nonce)
              return bound.seal(nonce, aad, plaintext)
            },
            open: (nonce, aad, ciphertext) => bound.open(nonce, aad, ciphertext),
          }
        },
      },
    }),
    state(actor, state) {
      assert(state.links.size <= 64, `${actor} holds ${state.links.size} links`)
      if (!('session' in state)) return
      epoch(state.session)
      role(actor, state.session)
      const { pending } = state.session
      assert(pending === undefined || pending.epoch === state.session.epoch + 1n, 'a pending commit of another epoch')
    },
    persisted(actor, session, bytes) {
      assert(bytes.length <= options.maxStored, `a stored session of ${bytes.length} bytes`)
      const id = `${hex(session.id)}/${actor}`
      const before = stored.get(id)
      const applied = session.applied?.hash
      const sameApplied =
        before?.applied === applied || (before?.applied && applied && equalBytes(before.applied, applied))
      const author =
        before?.epoch === session.epoch ? before.author : session.pending === undefined && sameApplied === true
      stored.set(id, {
        epoch: session.epoch,
        pendingEpoch: session.pending?.epoch,
        applied,
        author,
        bytes: bytes.slice(),
      })
    },
    sending(actor, content, body, group, under) {
      if (group === undefined) return
      if (commits.includes(content) || content === 'server_hello') commitLeaves(actor, content, body, group)
      if (under !== undefined) recordLeaves(actor, content, group, under)
    },
    received(actor, item) {
      const id = `${actor}/${item}`
      assert(!data.has(id), `${actor} was given the same data twice`)
      data.add(id)
    },
    forgive() {
      forgiving = true
    },
  }
}

function assert(condition: boolean | undefined, text: string): asserts condition {
  if (condition !== true) throw new InvariantError(text)
}

function text(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
}
