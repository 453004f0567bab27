import type { LinkId } from './names.ts'
import type { Link, Offer, Question, Resend, Session } from './session.ts'

interface Common {
  readonly links: ReadonlyMap<LinkId, Link>
  readonly nextQuestion: number
  readonly resend: Resend | undefined
}

/** No session: waits for a ClientHello, or for the command to send one. */
export interface Idle extends Common {
  readonly kind: 'idle'
}

/** Holds a ClientHello while the authentication service is asked. */
export interface AnsweringHello extends Common {
  readonly kind: 'answeringHello'
  readonly question: Question
  /** Ours, when both sides sent a ClientHello on one link and ours lost. */
  readonly offer: Offer | undefined
}

/** Has sent a ClientHello. */
export interface AwaitingWelcome extends Common {
  readonly kind: 'awaitingWelcome'
  readonly offer: Offer
  readonly question: Question | undefined
}

/** Has sent a Welcome that nothing has confirmed yet. */
export interface AwaitingConfirmation extends Common {
  readonly kind: 'awaitingConfirmation'
  readonly session: Session
  readonly offer: Offer | undefined
  readonly question: Question | undefined
}

/** Has a live link. */
export interface Established extends Common {
  readonly kind: 'established'
  readonly session: Session
  readonly live: LinkId
  readonly question: Question | undefined
  /** An update is wanted and not made yet. */
  readonly wanted: boolean
  /** The winner of a crossing holds back its next update until then. */
  readonly holdUntil: number
}

/** Has a session and no live link. */
export interface Resuming extends Common {
  readonly kind: 'resuming'
  readonly session: Session
  readonly question: Question | undefined
  readonly wanted: boolean
}

/** Gone: forgotten, expired or never begun. */
export interface Closed extends Common {
  readonly kind: 'closed'
}

export type State = Idle | AnsweringHello | AwaitingWelcome | AwaitingConfirmation | Established | Resuming | Closed

/** The state from which every session begins. */
export const idle: Idle = { kind: 'idle', links: new Map(), nextQuestion: 1, resend: undefined }
