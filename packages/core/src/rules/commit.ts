import { commitHeader, mlsContentType, toEpoch } from '@twofold/codec'
import { type AuthQuestion, findSuite, TwofoldError } from '@twofold/interface'
import { equalBytes } from '../bytes.ts'
import { ask, currentOf, type Draft, deliver, nextEpoch, sessionOf, store } from '../draft.ts'
import type { LeafInfo, VerifiedCommit } from '../engine.ts'
import type { ContentName, LinkId } from '../names.ts'
import type { Session } from '../session.ts'

/**
 * Where an incoming commit stands against what we hold (docs: one rule for every commit):
 * - `current`: made at our epoch;
 * - `next`: made at the epoch of our pending commit, which it thereby confirms once it verifies;
 * - `repeat`: the last one that we applied, again;
 * - `own`: ours, reflected;
 * - `behind`, `ahead`: anything else.
 */
export type Place = 'current' | 'next' | 'repeat' | 'own' | 'behind' | 'ahead'

export interface IncomingCommit {
  readonly link: LinkId
  readonly content: ContentName
  readonly message: Uint8Array
  readonly hash: Uint8Array
  readonly place: Place
}

/** Reads the MLS header of a commit, which shows its epoch in clear, and finds its place. Nothing is verified yet. */
export async function readCommit(
  draft: Draft,
  link: LinkId,
  content: ContentName,
  message: Uint8Array,
): Promise<IncomingCommit> {
  const session = sessionOf(draft)
  const header = commitHeader(message)
  if (header.contentType !== mlsContentType.commit || header.authenticatedData.length !== 0) {
    throw new TwofoldError('PEER_BAD_COMMIT', 'an MLS message that is not a plain commit')
  }
  if (!equalBytes(header.groupId, session.id)) {
    throw new TwofoldError('PEER_UNKNOWN_SESSION', 'a commit belongs to another session')
  }
  const hash = await session.engine.hash(message)
  return { link, content, message, hash, place: placeOf(session, toEpoch(header.epoch), hash) }
}

function placeOf(session: Session, epoch: bigint, hash: Uint8Array): Place {
  const { applied, pending } = session
  if (pending !== undefined && equalBytes(pending.hash, hash)) return 'own'
  if (epoch < session.epoch) return applied !== undefined && equalBytes(applied.hash, hash) ? 'repeat' : 'behind'
  if (epoch === session.epoch) return session.current === undefined ? 'behind' : 'current'
  return epoch === pending?.epoch ? 'next' : 'ahead'
}

/** What cannot be taken where resumption is not done yet ends that link; it says nothing about the session. */
export function refuse(commit: IncomingCommit): never {
  if (commit.place === 'own') throw new TwofoldError('PEER_BAD_COMMIT', 'our own commit came back to us')
  if (commit.place === 'ahead') {
    throw new TwofoldError(
      'PEER_FORKED',
      'the peer is at a later epoch than this side can reach: was an older copy of the store restored?',
    )
  }
  throw new TwofoldError('PEER_STALE', 'a commit of an epoch that is over')
}

/** Verifies without merging, under the current state or under the one that our pending commit leads to. */
export async function verify(draft: Draft, commit: IncomingCommit): Promise<VerifiedCommit> {
  const session = sessionOf(draft)
  const base = commit.place === 'next' ? session.pending?.next : currentOf(session)
  if (base === undefined) throw new TwofoldError('BUG_INVARIANT', 'nothing is pending; please report this')
  const verified = await session.engine.verify(base, commit.message)
  if (session.engine.epoch(verified.next) !== nextEpoch(session.engine.epoch(base))) {
    throw new TwofoldError('BUG_ENGINE', 'a commit does not lead to the next epoch; please report this')
  }
  return verified
}

/** Asks the authentication service about the committer; the session stays as it is until the answer. */
export function askAbout(
  draft: Draft,
  commit: IncomingCommit,
  verified: VerifiedCommit,
  reason: AuthQuestion['reason'],
): void {
  const { link, content, message, hash, place } = commit
  const found = { kind: 'commit', verified, underPending: place === 'next' } as const
  ask(
    draft,
    { link, content, message: message.slice(), hash, found },
    questionAbout(sessionOf(draft), verified, reason),
  )
}

function questionAbout(session: Session, verified: VerifiedCommit, reason: AuthQuestion['reason']): AuthQuestion {
  const { leaf, previous } = verified
  const { expected } = session.peer
  return {
    reason,
    role: session.role,
    suite: session.suite,
    ...credentialOf(leaf),
    signatureScheme: findSuite(session.suite)?.signatureScheme ?? 0,
    ...(expected === undefined ? {} : { expected }),
    previous: credentialOf(previous),
  }
}

export function credentialOf(leaf: LeafInfo): Pick<LeafInfo, 'credential' | 'signatureKey'> {
  return { credential: leaf.credential, signatureKey: leaf.signatureKey }
}

/**
 * Merges a verified commit of the peer. Under our pending commit that one is adopted in the same write; at the current
 * epoch a pending commit of ours is given up, which 4.3 allows to the initial responder only, and only now that the
 * other's has verified.
 */
export function apply(
  draft: Draft,
  commit: Omit<IncomingCommit, 'message' | 'place'>,
  verified: VerifiedCommit,
  underPending: boolean,
): void {
  const session = sessionOf(draft)
  const { pending } = session
  if (session.current !== undefined) draft.left.push(session.current)
  if (pending !== undefined) draft.left.push(pending.next)
  if (pending !== undefined && !underPending) giveUp(draft, session)
  const own = underPending && pending !== undefined ? pending.madeAt : session.freshness.own
  const since = underPending && pending !== undefined ? pending.madeAt : session.epochSince
  store(draft, {
    current: verified.next,
    epoch: session.engine.epoch(verified.next),
    pending: undefined,
    applied: { hash: commit.hash, content: commit.content },
    answered: undefined,
    opened: draft.env.config.profile === 'bare',
    freshness: { own, peerAfter: since, peerBefore: draft.at },
    epochSince: draft.at,
    helloExpiresAt: 0,
    peer: { ...session.peer, ...credentialOf(verified.leaf) },
  })
  draft.resend = undefined
  draft.holdUntil = 0
  if (underPending && pending !== undefined && !pending.kinds.includes('hello')) {
    deliver(draft, { name: 'updated', epoch: pending.epoch })
  }
}

/** At each epoch the initial initiator's commit wins, whatever its kind and whatever the link (docs: crossing commits). */
export function ownCommitWins({ role, pending }: Session): boolean {
  return role === 'initiator' && pending !== undefined
}

function giveUp(draft: Draft, session: Session): void {
  if (ownCommitWins(session)) {
    throw new TwofoldError('BUG_INVARIANT', 'the initial initiator gave up a commit; please report this')
  }
  deliver(draft, { name: 'superseded' })
}
