import type { Epoch } from '@twofold/codec'
import { TwofoldError } from '@twofold/interface'
import {
  closeOthers,
  type Draft,
  deliver,
  endLink,
  installKeys,
  linkOf,
  send,
  sessionOf,
  setLink,
  store,
} from '../draft.ts'
import type { LinkId } from '../names.ts'
import type { Link, Pending, Session } from '../session.ts'
import { maybeUpdate, needsHealing } from './update.ts'

const empty = new Uint8Array(0)

/**
 * A record has opened under `epoch` on `link`. Only who holds the new epoch's keys could make one, so it confirms our
 * pending commit (docs: one rule for every commit).
 */
export async function recordOpened(draft: Draft, link: LinkId, epoch: Epoch): Promise<void> {
  await confirmBy(draft, link, epoch)
  await maybeUpdate(draft)
}

/** The same without an update of ours, for a record whose content has to be taken in first. */
export async function confirmBy(draft: Draft, link: LinkId, epoch: Epoch): Promise<void> {
  const session = sessionOf(draft)
  if (!linkOf(draft, link).opened) setLink(draft, link, { opened: true })
  if (epoch === session.pending?.epoch) await confirm(draft, link, session.pending)
  else if (epoch === session.epoch) await currentOpened(draft, link)
}

async function confirm(draft: Draft, id: LinkId, pending: Pending): Promise<void> {
  const link = linkOf(draft, id)
  checkConfirms(link)
  const hello = pending.kinds.includes('hello')
  takeOver(draft, pending, { opened: true })
  // Records of one epoch travel on one link only: whatever resumes ends every other link.
  if (link.phase !== 'live') closeOthers(draft, id)
  setLink(draft, id, { phase: 'live', heal: needsHealing(draft, link) })
  await installKeys(draft, id, pending.next, ['write'])
  send(draft, id, 'epoch_ack', empty, pending.epoch)
  const { peer } = sessionOf(draft)
  if (hello) deliver(draft, { name: 'connected', link: id, epoch: pending.epoch, identity: peer.identity })
  else if (link.phase !== 'live') deliver(draft, { name: 'resumed', link: id, epoch: pending.epoch })
  deliver(draft, { name: 'epoch', epoch: pending.epoch })
}

/** Keys of a pending epoch are installed only where its commit was sent, so a record elsewhere is a driver's mistake. */
function checkConfirms(link: Link): void {
  if (link.phase === 'live' || link.phase === 'hello' || link.answered) return
  throw new TwofoldError('BUG_INVARIANT', 'a record opened on a link that has no keys for it; please report this')
}

/** The pending commit is in force: its state becomes the current one. */
export function takeOver(draft: Draft, pending: Pending, fields: Partial<Session>): void {
  const session = sessionOf(draft)
  if (session.current !== undefined) draft.left.push(session.current)
  draft.resend = undefined
  store(draft, {
    current: pending.next,
    epoch: pending.epoch,
    pending: undefined,
    // The other side may have entered the epoch, and made a commit there, as soon as ours was made.
    epochSince: pending.madeAt,
    helloExpiresAt: 0,
    freshness: { ...session.freshness, own: pending.madeAt },
    ...fields,
  })
  if (!pending.kinds.includes('hello')) deliver(draft, { name: 'updated', epoch: pending.epoch })
}

async function currentOpened(draft: Draft, link: LinkId): Promise<void> {
  const session = sessionOf(draft)
  if (!session.opened) draft.session = { ...session, opened: true }
  const { pending } = session
  if (pending?.doubtful && linkOf(draft, link).phase === 'live') await requestWasLate(draft, link, pending)
}

/**
 * The peer still uses the live link, so the request that we answered elsewhere was a late one: the response becomes an
 * update there, the same bytes, and its answer is forgotten (docs: resumption). The links of late requests end: they hold
 * keys of the pending epoch, and a record that is replayed there would cut the live link.
 */
async function requestWasLate(draft: Draft, link: LinkId, pending: Pending): Promise<void> {
  const kinds = [...pending.kinds.filter((kind) => kind !== 'response'), 'update'] as const
  store(draft, { pending: { ...pending, kinds: [...new Set(kinds)], doubtful: false }, answered: undefined })
  for (const { id, answered, asked } of [...draft.links.values()]) {
    if (answered && !asked && id !== link) endLink(draft, id, 'PEER_STALE')
  }
  await installKeys(draft, link, pending.next, ['read'])
  send(draft, link, 'connection_update', pending.message, sessionOf(draft).epoch)
}

/** EpochKeyUpdate: checked before it confirms; one that comes again gets its epoch_ack again. */
export async function epochKeyUpdate(draft: Draft, link: LinkId, number: Epoch, recordEpoch: Epoch): Promise<void> {
  if (number !== recordEpoch)
    throw new TwofoldError('PEER_EPOCH_MISMATCH', 'an EpochKeyUpdate names another epoch than its record')
  const again = recordEpoch === sessionOf(draft).epoch && linkOf(draft, link).phase === 'live'
  await recordOpened(draft, link, recordEpoch)
  if (again) send(draft, link, 'epoch_ack', empty, recordEpoch)
}

/** Profile bare: the EpochKeyUpdate comes in clear and confirms by its number alone, as the draft has it. */
export async function bareEpochKeyUpdate(draft: Draft, link: LinkId, number: Epoch): Promise<void> {
  const session = sessionOf(draft)
  const { pending } = session
  if (pending === undefined || number !== pending.epoch) {
    if (number <= session.epoch) return
    throw new TwofoldError('PEER_EPOCH_MISMATCH', 'an EpochKeyUpdate names an epoch that nobody proposed')
  }
  const resumes = linkOf(draft, link).phase !== 'live'
  takeOver(draft, pending, { opened: true })
  if (resumes) closeOthers(draft, link)
  setLink(draft, link, { phase: 'live' })
  if (resumes) deliver(draft, { name: 'resumed', link, epoch: pending.epoch })
  deliver(draft, { name: 'epoch', epoch: pending.epoch })
}
