import { TwofoldError } from '@twofold/interface'
import { equalBytes } from '../bytes.ts'
import {
  closeLink,
  closeOthers,
  currentOf,
  type Draft,
  deliver,
  installKeys,
  linkOf,
  liveLink,
  send,
  sessionOf,
  setLink,
  store,
} from '../draft.ts'
import type { VerifiedCommit } from '../engine.ts'
import type { LinkId } from '../names.ts'
import type { Link, Pending } from '../session.ts'
import { apply, askAbout, type IncomingCommit, ownCommitWins, readCommit, refuse, verify } from './commit.ts'
import { sendEpochKeyUpdate } from './epoch-key-update.ts'
import { addKind, makeCommit, maybeUpdate, needsHealing, sendRequest } from './update.ts'

/** Who asks closes its older links first, except those on which the other side asks (docs: resumption). */
export async function ask(draft: Draft, link: LinkId): Promise<void> {
  const session = sessionOf(draft)
  if (session.pending?.kinds.includes('hello')) {
    throw new TwofoldError('USAGE_NOT_NOW', 'the hello is not confirmed yet: wait for the initiator to come back')
  }
  if (draft.question !== undefined) {
    throw new TwofoldError('USAGE_NOT_NOW', 'no commit is made while the authentication service is asked')
  }
  if (linkOf(draft, link).phase !== 'fresh') throw new TwofoldError('USAGE_NOT_NOW', 'that link is in use already')
  for (const older of [...draft.links.values()]) {
    if (older.id < link && !peerAsks(draft, older)) closeLink(draft, older.id)
  }
  await sendRequest(draft, link)
}

function peerAsks(draft: Draft, link: Link): boolean {
  return link.answered || link.crossed || draft.question?.link === link.id
}

/** A ResumptionRequest on any link. */
export async function request(draft: Draft, id: LinkId, message: Uint8Array): Promise<void> {
  const link = linkOf(draft, id)
  if (link.phase === 'hello')
    throw new TwofoldError('PEER_UNEXPECTED_MESSAGE', 'a request came in the middle of a hello')
  // On a resumed link any request is a late one.
  if (link.phase !== 'fresh') return
  const commit = await readCommit(draft, id, 'resumption_request', message)
  const { answered } = sessionOf(draft)
  if (answered !== undefined && equalBytes(answered.request, commit.hash))
    return answerAgain(draft, id, answered.response)
  if (commit.place === 'repeat') return answerApplied(draft, link, commit)
  if (commit.place !== 'current' && commit.place !== 'next') refuse(commit)
  const verified = await verify(draft, commit)
  if (commit.place === 'current' && ownCommitWins(sessionOf(draft))) {
    draft.left.push(verified.next)
    return cross(draft, link)
  }
  askAbout(draft, commit, verified, 'resumption')
}

/** The same bytes while that response is pending; nothing once it was confirmed, and never a fresh commit. */
async function answerAgain(draft: Draft, link: LinkId, response: Uint8Array): Promise<void> {
  const { pending } = sessionOf(draft)
  if (pending === undefined || !equalBytes(pending.hash, response)) return
  await sendResponse(draft, link, pending)
}

async function sendResponse(draft: Draft, link: LinkId, pending: Pending): Promise<void> {
  setLink(draft, link, { answered: true })
  await installKeys(draft, link, pending.next, ['read'])
  send(draft, link, 'resumption_response', pending.message)
}

async function cross(draft: Draft, link: Link): Promise<void> {
  const { pending } = sessionOf(draft)
  if (link.crossed || pending === undefined) return
  addKind(draft, pending, 'request')
  setLink(draft, link.id, { crossed: true, asked: true })
  send(draft, link.id, 'resumption_request', pending.message)
}

/**
 * A request that we had applied already, for example an update that is repeated as a request. Once a record of the
 * current epoch has opened, its author has moved on and it is a late one.
 */
async function answerApplied(draft: Draft, link: Link, commit: IncomingCommit): Promise<void> {
  const session = sessionOf(draft)
  if (session.opened) refuse(commit)
  const doubtful = liveLink(draft) !== undefined
  const known = session.pending
  const pending = known === undefined ? await makeCommit(draft, 'response') : addKind(draft, known, 'response')
  const response = { ...pending, doubtful }
  store(draft, { pending: response, answered: { request: commit.hash, response: response.hash } })
  await sendResponse(draft, link.id, response)
}

/** The request has verified and the authentication service agrees: apply it, answer, and be silent on older links. */
export async function requestVerified(
  draft: Draft,
  commit: Omit<IncomingCommit, 'message' | 'place'>,
  verified: VerifiedCommit,
  underPending: boolean,
): Promise<void> {
  apply(draft, commit, verified, underPending)
  const response = await makeCommit(draft, 'response')
  store(draft, { answered: { request: commit.hash, response: response.hash } })
  for (const link of draft.links.values()) {
    if (link.phase === 'live' || link.phase === 'hello') setLink(draft, link.id, { phase: 'silent', upAt: draft.at })
  }
  await sendResponse(draft, commit.link, response)
}

/** A ResumptionResponse: accepted only where we asked, and only under the epoch of our pending commit. */
export async function response(draft: Draft, id: LinkId, message: Uint8Array): Promise<void> {
  const link = linkOf(draft, id)
  if (link.phase === 'silent') return
  if (link.phase === 'live') return responseAgain(draft, id, message)
  const commit = await readCommit(draft, id, 'resumption_response', message)
  // Applied as a request already, and answered here: both asked on one link, and theirs also answers ours.
  if (link.answered && commit.place === 'repeat') return
  if (!link.asked) throw new TwofoldError('PEER_UNEXPECTED_MESSAGE', 'a response came where nothing was asked')
  if (commit.place !== 'next') refuse(commit)
  askAbout(draft, commit, await verify(draft, commit), 'resumption')
}

/** The last one that we applied gets its EpochKeyUpdate again; a resumed link drops anything else, also what does not parse. */
async function responseAgain(draft: Draft, link: LinkId, message: Uint8Array): Promise<void> {
  const { engine, applied } = sessionOf(draft)
  const hash = await engine.hash(message)
  if (applied !== undefined && equalBytes(applied.hash, hash)) sendEpochKeyUpdate(draft, link)
}

/** Both commits are in force, and this link is the one that carries records from now on. */
export async function responseVerified(
  draft: Draft,
  commit: Omit<IncomingCommit, 'message' | 'place'>,
  verified: VerifiedCommit,
): Promise<void> {
  const { link } = commit
  apply(draft, commit, verified, true)
  closeOthers(draft, link)
  const session = sessionOf(draft)
  setLink(draft, link, { phase: 'live', heal: needsHealing(draft, linkOf(draft, link)) })
  await installKeys(draft, link, currentOf(session), ['read', 'write'])
  sendEpochKeyUpdate(draft, link)
  deliver(draft, { name: 'resumed', link, epoch: session.epoch })
  deliver(draft, { name: 'epoch', epoch: session.epoch })
  await maybeUpdate(draft)
}
