import { defaults } from '../defaults.ts'
import { closeLink, type Draft, deliver, dropOffer, dropQuestion, endLink, liveLink, send } from '../draft.ts'
import type { Config } from '../io.ts'
import type { Link } from '../session.ts'
import type { State } from '../state.ts'
import { sendEpochKeyUpdate } from './epoch-key-update.ts'
import { maybeUpdate, mayUpdate, updateIsDue } from './update.ts'

/** When the state wants its next `tick`; undefined when nothing is due ever. */
export function nextWake(state: State, config: Config): number | undefined {
  const times = [...dueTimes(state, config)].filter((at) => Number.isFinite(at))
  return times.length === 0 ? undefined : Math.min(...times)
}

function* dueTimes(state: State, config: Config): Generator<number> {
  if (state.kind === 'closed') return
  for (const link of state.links.values()) if (endsUnresumed(link)) yield link.upAt + config.linkTimeoutMs
  if ('offer' in state && state.offer !== undefined) yield state.offer.expiresAt
  if (state.kind === 'awaitingConfirmation') yield state.session.helloExpiresAt
  if (state.resend !== undefined) yield state.resend.at
  if (state.kind === 'established') {
    const wanted = state.wanted || state.links.get(state.live)?.heal === true
    if (wanted && mayUpdate(state)) yield state.holdUntil
    if (!state.wanted && state.session.pending === undefined) yield state.session.freshness.own + config.updateEveryMs
  }
}

/** A link on which nothing is established yet, or nothing any more; it ends after `linkTimeoutMs` (docs: resumption). */
function endsUnresumed(link: Link): boolean {
  return link.phase !== 'live'
}

export async function tick(draft: Draft): Promise<void> {
  expireOffer(draft)
  if (expireHello(draft)) return
  for (const link of draft.links.values()) {
    if (endsUnresumed(link) && draft.at >= link.upAt + draft.env.config.linkTimeoutMs)
      endLink(draft, link.id, 'PEER_TIMEOUT')
  }
  await updateByTime(draft)
  resendIfDue(draft)
}

/** The init key is erased at time-out (docs: first handshake). */
function expireOffer(draft: Draft): void {
  const { offer } = draft
  if (offer === undefined || draft.at < offer.expiresAt) return
  if (draft.question?.found.kind === 'welcome') dropQuestion(draft)
  dropOffer(draft)
  if (draft.session !== undefined) return
  endLink(draft, offer.link, 'PEER_TIMEOUT')
}

function expireHello(draft: Draft): boolean {
  const { session } = draft
  if (session === undefined || !session.pending?.kinds.includes('hello')) return false
  if (draft.at < session.helloExpiresAt) return false
  draft.left.push(session.pending.next)
  draft.erased = session
  draft.session = undefined
  for (const id of [...draft.links.keys()]) closeLink(draft, id, 'PEER_HELLO_EXPIRED')
  draft.closed = true
  deliver(draft, { name: 'expired' })
  return true
}

async function updateByTime(draft: Draft): Promise<void> {
  const { session, env } = draft
  if (session === undefined || liveLink(draft) === undefined) return
  if (draft.at >= session.freshness.own + env.config.updateEveryMs) updateIsDue(draft)
  await maybeUpdate(draft)
}

/** Sends again on unreliable links what has no answer yet; called after each step too, to start or stop the clock. */
export function planResend(draft: Draft): void {
  const waits = unanswered(draft).length > 0
  if (!waits) draft.resend = undefined
  else draft.resend ??= { at: draft.at + defaults.resendFirstMs, pauseMs: defaults.resendFirstMs }
}

function resendIfDue(draft: Draft): void {
  if (draft.resend === undefined || draft.at < draft.resend.at) return
  for (const again of unanswered(draft)) again()
  const pauseMs = Math.min(draft.resend.pauseMs * 2, defaults.resendLastMs)
  draft.resend = { at: draft.at + pauseMs, pauseMs }
}

/** What a lossy link may have lost: the ClientHello, the pending commit, the EpochKeyUpdate (docs: resending). */
function unanswered(draft: Draft): (() => void)[] {
  const lossy = [...draft.links.values()].filter((link) => !link.reliable)
  return lossy.flatMap((link) => unansweredOn(draft, link))
}

function unansweredOn(draft: Draft, link: Link): (() => void)[] {
  const { offer, session } = draft
  if (session === undefined) {
    return offer?.link === link.id ? [() => send(draft, link.id, 'client_hello', offer.message)] : []
  }
  const again: (() => void)[] = []
  const pending = session.pending
  if (link.phase === 'live') {
    if (pending?.kinds.includes('update')) {
      again.push(() => send(draft, link.id, 'connection_update', pending.message, session.epoch))
    }
    if (!session.opened && session.applied !== undefined) again.push(() => sendEpochKeyUpdate(draft, link.id))
  } else if (link.asked && pending !== undefined && link.phase === 'fresh') {
    again.push(() => send(draft, link.id, 'resumption_request', pending.message))
  }
  return again
}
