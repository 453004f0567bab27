import { type AuthVerdict, codeOf, type ErrorCode } from '@twofold/interface'
import { type Draft, dropQuestion, endLink, snapshot } from '../draft.ts'
import type { Question } from '../session.ts'
import { clientHello, helloAccepted, serverHello, welcomeAccepted } from './hello.ts'
import { connectionUpdate, updateVerified } from './receive-update.ts'
import { request, requestVerified, response, responseVerified } from './resume.ts'

/**
 * An answer counts only for the commit hash and the revision at which it was asked (docs: one rule for every commit). A
 * refusal ends the link and changes nothing else: a repeat of the message is asked about again.
 */
export async function answer(draft: Draft, id: number, verdict: AuthVerdict): Promise<void> {
  const { question } = draft
  if (question === undefined || question.id !== id) return
  const before = snapshot(draft)
  try {
    await decide(draft, question, verdict)
  } catch (error) {
    // The fault of the message that was asked about, found only now: its link ends, and nothing else has happened.
    const code = codeOf(error)
    if (code === undefined || !/^(PEER|DECODE|CRYPTO)_/.test(code)) throw error
    Object.assign(draft, before)
    refused(draft, question, code)
  }
}

async function decide(draft: Draft, question: Question, verdict: AuthVerdict): Promise<void> {
  if (question.revision !== (draft.session?.revision ?? 0)) {
    dropQuestion(draft)
    return takeUpAgain(draft, question)
  }
  if (verdict.kind === 'accept') return accepted(draft, question, verdict.identity)
  refused(draft, question, verdict.kind === 'reject' ? 'AUTH_REJECTED' : 'AUTH_UNAVAILABLE')
}

function refused(draft: Draft, question: Question, code: ErrorCode): void {
  dropQuestion(draft)
  endLink(draft, question.link, code)
}

async function accepted(draft: Draft, question: Question, identity: string): Promise<void> {
  const { found } = question
  switch (found.kind) {
    case 'hello':
      return helloAccepted(draft, question, found, identity)
    case 'welcome':
      return welcomeAccepted(draft, question, found, identity)
    case 'commit':
      return commitAccepted(draft, question, found, identity)
    default:
      return found satisfies never
  }
}

async function commitAccepted(
  draft: Draft,
  question: Question,
  found: Extract<Question['found'], { kind: 'commit' }>,
  identity: string,
): Promise<void> {
  // A session is with one identity: another one, however trusted, needs a first handshake of its own.
  if (identity !== draft.session?.peer.identity) return refused(draft, question, 'AUTH_REJECTED')
  draft.question = undefined
  const { verified, underPending } = found
  if (question.content === 'connection_update') return updateVerified(draft, question, verified, underPending)
  if (question.content === 'resumption_response') return responseVerified(draft, question, verified)
  return requestVerified(draft, question, verified, underPending)
}

/** The session has moved while the question was out: the message starts from the beginning. */
async function takeUpAgain(draft: Draft, { link, content, message }: Question): Promise<void> {
  if (content === 'client_hello') return clientHello(draft, link, message)
  if (content === 'server_hello') return serverHello(draft, link, message)
  if (content === 'connection_update') return connectionUpdate(draft, link, message)
  if (content === 'resumption_response') return response(draft, link, message)
  return request(draft, link, message)
}
