import { currentOf, type Draft, deliver, installKeys, linkOf, sessionOf } from '../draft.ts'
import type { VerifiedCommit } from '../engine.ts'
import type { LinkId } from '../names.ts'
import { apply, askAbout, type IncomingCommit, readCommit, verify } from './commit.ts'
import { sendEpochKeyUpdate } from './epoch-key-update.ts'

/** A ConnectionUpdate on the live link. */
export async function connectionUpdate(draft: Draft, link: LinkId, message: Uint8Array): Promise<void> {
  // A silent link is only read: its handshake content comes from before the request that silenced it.
  if (linkOf(draft, link).phase !== 'live') return
  const commit = await readCommit(draft, link, 'connection_update', message)
  if (commit.place === 'repeat') return sendEpochKeyUpdate(draft, link)
  if (commit.place !== 'current' && commit.place !== 'next') return
  const verified = await verify(draft, commit)
  if (commit.place === 'current' && holdsAgainst(draft)) return void draft.left.push(verified.next)
  if (verified.identityChanged) askAbout(draft, commit, verified, 'update')
  else await updateVerified(draft, commit, verified, commit.place === 'next')
}

/**
 * While the initial initiator has a pending commit at an epoch it never applies the other's commit there. Fairness: it
 * holds back its next update, so that the loser's goes first (docs: crossing commits).
 */
function holdsAgainst(draft: Draft): boolean {
  const { role, pending } = sessionOf(draft)
  if (role !== 'initiator' || pending === undefined) return false
  draft.holdUntil = draft.at + draft.env.config.holdMs
  return true
}

/** Applies it and says so at once, as the first record under the new epoch. */
export async function updateVerified(
  draft: Draft,
  commit: Omit<IncomingCommit, 'message' | 'place'>,
  verified: VerifiedCommit,
  underPending: boolean,
): Promise<void> {
  apply(draft, commit, verified, underPending)
  const session = sessionOf(draft)
  await installKeys(draft, commit.link, currentOf(session), ['read', 'write'])
  sendEpochKeyUpdate(draft, commit.link)
  deliver(draft, { name: 'epoch', epoch: session.epoch })
}
