import { type Epoch, toEpoch } from '@twofold/codec'
import { type AuthQuestion, type ErrorCode, Secret, TwofoldError } from '@twofold/interface'
import type { GroupState } from './engine.ts'
import type { Effect, Env, SessionEvent, Wipeable } from './io.ts'
import type { ContentName, LinkId } from './names.ts'
import type { Link, Offer, Question, Resend, Session } from './session.ts'
import type { State } from './state.ts'

/**
 * One step in the making. It starts as a copy of the state's fields, the rules replace its fields, and `finish` turns it
 * into the next state and the effects in their order. The state it came from is never touched, so a throw loses nothing.
 */
export interface Draft {
  readonly env: Env
  readonly at: number
  links: Map<LinkId, Link>
  session: Session | undefined
  offer: Offer | undefined
  question: Question | undefined
  nextQuestion: number
  wanted: boolean
  holdUntil: number
  resend: Resend | undefined
  closed: boolean
  /** The session changed in a way that must be stored before anything is sent. */
  dirty: boolean
  erased: Session | undefined
  also: { readonly id: string; readonly revision: number; readonly bytes: Uint8Array }[]
  effects: Effect[]
  consumed: Wipeable[]
  /** States that the step left, wiped when it is durable. */
  left: GroupState[]
}

export function begin(state: State, env: Env, at: number): Draft {
  return {
    env,
    at,
    links: new Map(state.links),
    session: 'session' in state ? state.session : undefined,
    offer: 'offer' in state ? state.offer : undefined,
    question: 'question' in state ? state.question : undefined,
    nextQuestion: state.nextQuestion,
    wanted: 'wanted' in state && state.wanted,
    holdUntil: 'holdUntil' in state ? state.holdUntil : 0,
    resend: state.resend,
    closed: state.kind === 'closed',
    dirty: false,
    erased: undefined,
    also: [],
    effects: [],
    consumed: [],
    left: [],
  }
}

/** A copy to go back to when what follows throws. */
export function snapshot(draft: Draft): Draft {
  const { links, also, effects, consumed, left } = draft
  return {
    ...draft,
    links: new Map(links),
    also: [...also],
    effects: [...effects],
    consumed: [...consumed],
    left: [...left],
  }
}

export function sessionOf(draft: Draft): Session {
  if (draft.session === undefined) throw new TwofoldError('USAGE_NO_SESSION', 'there is no session yet')
  return draft.session
}

/** The MLS state of the current epoch; while our hello is pending there is none. */
export function currentOf(session: Session): GroupState {
  if (session.current === undefined) throw new TwofoldError('BUG_INVARIANT', 'epoch 0 was used; please report this')
  return session.current
}

/** Changes the session in memory only. */
export function change(draft: Draft, fields: Partial<Session>): void {
  draft.session = { ...sessionOf(draft), ...fields }
}

/** Changes the session and stores it in this step's one write. */
export function store(draft: Draft, fields: Partial<Session>): void {
  change(draft, fields)
  draft.dirty = true
}

export function linkOf(draft: Draft, id: LinkId): Link {
  const link = draft.links.get(id)
  if (link === undefined) throw new TwofoldError('USAGE_NOT_NOW', `link ${id} is not up`)
  return link
}

export function setLink(draft: Draft, id: LinkId, fields: Partial<Link>): void {
  draft.links.set(id, { ...linkOf(draft, id), ...fields })
}

export function liveLink(draft: Draft): Link | undefined {
  for (const link of draft.links.values()) if (link.phase === 'live') return link
  return undefined
}

export function deliver(draft: Draft, event: SessionEvent): void {
  draft.effects.push({ kind: 'deliver', event })
}

export function send(draft: Draft, link: LinkId, content: ContentName, body: Uint8Array, epoch?: Epoch): void {
  draft.effects.push(
    epoch === undefined ? { kind: 'send', link, content, body } : { kind: 'send', link, content, body, epoch },
  )
}

/** A link is gone; the session stays. A question or an offer that belonged to it goes with it. */
export function dropLink(draft: Draft, id: LinkId): boolean {
  if (!draft.links.delete(id)) return false
  if (draft.question?.link === id) dropQuestion(draft)
  if (draft.offer?.link === id) dropOffer(draft)
  return true
}

/** The init key is erased when its hello is over (docs: first handshake). */
export function dropOffer(draft: Draft): void {
  if (draft.offer !== undefined) draft.consumed.push(draft.offer.secrets)
  draft.offer = undefined
}

/** Ends a link, after the alert that belongs to `code`. */
export function closeLink(draft: Draft, id: LinkId, code?: ErrorCode): void {
  if (!dropLink(draft, id)) return
  draft.effects = draft.effects.filter((effect) => !(effect.kind === 'send' && effect.link === id))
  draft.effects.push(code === undefined ? { kind: 'close', link: id } : { kind: 'close', link: id, code })
}

/** Ends a link for `code` and tells the application. */
export function endLink(draft: Draft, id: LinkId, code: ErrorCode): void {
  closeLink(draft, id, code)
  deliver(draft, { name: 'failed', link: id, code })
}

export function closeOthers(draft: Draft, keep: LinkId): void {
  for (const id of [...draft.links.keys()]) if (id !== keep) closeLink(draft, id)
}

/** An answer to it will find no question and change nothing. */
export function dropQuestion(draft: Draft): void {
  const found = draft.question?.found
  if (found?.kind === 'commit') draft.left.push(found.verified.next)
  if (found?.kind === 'welcome') leaveJoined(draft, found.state)
  draft.question = undefined
}

/** A group that was joined in memory only. */
function leaveJoined(draft: Draft, state: GroupState): void {
  const { offer } = draft
  if (offer !== undefined) draft.consumed.push({ wipe: () => offer.engine.leave(state, []) })
}

export function ask(draft: Draft, question: Omit<Question, 'id' | 'revision'>, about: AuthQuestion): void {
  const id = draft.nextQuestion
  draft.nextQuestion = id + 1
  draft.question = { ...question, id, revision: draft.session?.revision ?? 0 }
  draft.effects.push({ kind: 'ask', question: id, link: question.link, about })
}

const noContext = new Uint8Array(0)

/** The label of the secret that protects one direction (draft-kohbrok-mls-tls; docs: records). */
function trafficLabel(sender: Session['role']): string {
  return sender === 'initiator' ? 'MLS-TLS c ap traffic' : 'MLS-TLS s ap traffic'
}

/** Installs traffic secrets of `state` on a link; profile bare has no records. */
export async function installKeys(
  draft: Draft,
  link: LinkId,
  state: GroupState,
  directions: readonly ('read' | 'write')[],
): Promise<void> {
  const { engine, role } = sessionOf(draft)
  if (draft.env.config.profile === 'bare') return
  const epoch = engine.epoch(state)
  for (const direction of directions) {
    const sender = direction === 'write' ? role : role === 'initiator' ? 'responder' : 'initiator'
    const bytes = await engine.export(state, trafficLabel(sender), noContext, engine.Nh)
    draft.effects.push({ kind: 'keys', link, epoch, direction, secret: new Secret(bytes) })
  }
  if (directions.includes('write')) dropOvertaken(draft, link, epoch)
}

/** What this step meant to send there under an older epoch has been overtaken: those keys are gone before anything is sent. */
function dropOvertaken(draft: Draft, link: LinkId, epoch: Epoch): void {
  draft.effects = draft.effects.filter(
    (effect) => !(effect.kind === 'send' && effect.link === link && effect.epoch !== undefined && effect.epoch < epoch),
  )
}

export function nextEpoch(epoch: Epoch): Epoch {
  return toEpoch(epoch + 1n)
}
