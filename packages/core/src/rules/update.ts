import { currentOf, type Draft, installKeys, liveLink, nextEpoch, send, sessionOf, setLink, store } from '../draft.ts'
import type { LinkId } from '../names.ts'
import type { CommitKind, Link, Pending, Session } from '../session.ts'

/**
 * A party makes a new commit only when it has none pending and, except for a request or a response on a new link, only
 * after a record of the current epoch has opened: at most two read epochs are alive (docs: one rule for every commit).
 */
export function mayUpdate(state: { readonly session: Session | undefined; readonly question: unknown }): boolean {
  const { session } = state
  return (
    session?.current !== undefined && session.pending === undefined && session.opened && state.question === undefined
  )
}

/** Makes the update that is wanted, if the rules allow it now. */
export async function maybeUpdate(draft: Draft): Promise<void> {
  const live = liveLink(draft)
  if (live === undefined || !(draft.wanted || live.heal) || !mayUpdate(draft) || draft.at < draft.holdUntil) return
  draft.wanted = false
  draft.resend = undefined
  const pending = await makeCommit(draft, 'update')
  const { epoch } = sessionOf(draft)
  await installKeys(draft, live.id, pending.next, ['read'])
  send(draft, live.id, 'connection_update', pending.message, draft.env.config.profile === 'bare' ? undefined : epoch)
}

/** A fresh commit becomes the pending one; it is stored in this step's write, before it is sent. */
export async function makeCommit(draft: Draft, kind: CommitKind): Promise<Pending> {
  const session = sessionOf(draft)
  const { engine } = session
  const { message, next } = await engine.commit(currentOf(session), draft.env.config.commits)
  const pending: Pending = {
    kinds: [kind],
    message,
    hash: await engine.hash(message),
    next,
    epoch: nextEpoch(session.epoch),
    madeAt: draft.at,
    doubtful: false,
  }
  store(draft, { pending })
  return pending
}

/** Notes another way in which the pending commit is sent; each way has its own confirmation. */
export function addKind(draft: Draft, pending: Pending, kind: CommitKind): Pending {
  if (pending.kinds.includes(kind)) return pending
  const more = { ...pending, kinds: [...pending.kinds, kind] }
  store(draft, { pending: more })
  return more
}

/** Sends the pending commit, or a fresh one, as a request on a link that is not resumed. */
export async function sendRequest(draft: Draft, link: LinkId): Promise<void> {
  const known = sessionOf(draft).pending
  const pending = known === undefined ? await makeCommit(draft, 'request') : addKind(draft, known, 'request')
  setLink(draft, link, { asked: true })
  send(draft, link, 'resumption_request', pending.message)
}

/**
 * On a link that is being resumed: a commit made before it came up may have been seen by who stole our state since, so a
 * fresh one is due (docs: exports and policy).
 */
export function needsHealing(draft: Draft, link: Link): boolean {
  const { own } = sessionOf(draft).freshness
  return draft.env.config.profile === 'framed' && link.phase === 'fresh' && own < link.upAt
}

/** The policy says that an update is due. A commit that is pending is the update that was due. */
export function updateIsDue(draft: Draft): void {
  if (sessionOf(draft).pending === undefined) draft.wanted = true
}

/** The policy by volume (docs: exports and policy); `urgent` is near a hard limit and does not wait for fairness. */
export async function usage(
  draft: Draft,
  used: { readonly bytes: number; readonly records: number; readonly urgent: boolean },
): Promise<void> {
  const { updateEveryBytes, updateEveryRecords } = draft.env.config
  if (used.bytes < updateEveryBytes && used.records < updateEveryRecords && !used.urgent) return
  updateIsDue(draft)
  if (used.urgent) draft.holdUntil = 0
  await maybeUpdate(draft)
}
