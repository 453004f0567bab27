import { currentOf, type Draft, deliver, installKeys, linkOf, sessionOf } from '../draft.ts'
import type { VerifiedCommit } from '../engine.ts'
import type { LinkId } from '../names.ts'
import { apply, askAbout, type IncomingCommit, ownCommitWins, readCommit, verify } from './commit.ts'
import { sendEpochKeyUpdate } from './epoch-key-update.ts'

/** A ConnectionUpdate on the live link. */
export async function connectionUpdate(draft: Draft, link: LinkId, message: Uint8Array): Promise<void> {
  // A silent link is only read: its handshake content comes from before the request that silenced it.
  if (linkOf(draft, link).phase !== 'live') return
  const commit = await readCommit(draft, link, 'connection_update', message)
  if (commit.place === 'repeat') return sendEpochKeyUpdate(draft, link)
  if (commit.place !== 'current' && commit.place !== 'next') return
  const verified = await verify(draft, commit)
  if (commit.place === 'current' && ownCommitWins(sessionOf(draft))) return holdBack(draft, verified)
  if (verified.identityChanged) askAbout(draft, commit, verified, 'update')
  else await updateVerified(draft, commit, verified, commit.place === 'next')
}

/** The losing update is not applied. Fairness: the winner holds back its next one, so that the loser's goes first. */
function holdBack(draft: Draft, lost: VerifiedCommit): void {
  draft.left.push(lost.next)
  draft.holdUntil = draft.at + draft.env.config.holdMs
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
