import type { Draft } from './draft.ts'
import { liveLink, sessionOf } from './draft.ts'
import type { GroupState } from './engine.ts'
import type { Step, Wipeable } from './io.ts'
import { nextWake } from './rules/timers.ts'
import type { State } from './state.ts'
import { sessionBytes } from './stored.ts'

const effectOrder = ['persist', 'forget', 'keys', 'send', 'deliver', 'ask', 'close', 'wake'] as const

/** Persist first, so that nothing leaves before it is stored. */
export function finish(draft: Draft): Step {
  persistIfDirty(draft)
  const state = stateOf(draft)
  const wake = nextWake(state, draft.env.config)
  if (wake !== undefined) draft.effects.push({ kind: 'wake', at: wake })
  const effects = effectOrder.flatMap((kind) => draft.effects.filter((effect) => effect.kind === kind))
  return { state, effects, consumed: [...draft.consumed, ...leftStates(draft)] }
}

function persistIfDirty(draft: Draft): void {
  if (draft.erased !== undefined) draft.effects.push({ kind: 'forget', session: draft.erased.id })
  if (!draft.dirty || draft.session === undefined) return
  const session = { ...sessionOf(draft), revision: sessionOf(draft).revision + 1 }
  draft.session = session
  draft.effects.push({
    kind: 'persist',
    session: session.id,
    revision: session.revision,
    bytes: sessionBytes(session),
    also: draft.also,
  })
}

function leftStates(draft: Draft): Wipeable[] {
  const engine = (draft.session ?? draft.erased)?.engine
  if (engine === undefined || draft.left.length === 0) return []
  const { left } = draft
  const keep = aliveStates(draft)
  return [{ wipe: () => left.forEach((state) => void engine.leave(state, keep)) }]
}

function aliveStates(draft: Draft): GroupState[] {
  const { session, question } = draft
  const alive = [session?.current, session?.pending?.next]
  if (question?.found.kind === 'commit') alive.push(question.found.verified.next)
  return alive.filter((state) => state !== undefined)
}

function stateOf(draft: Draft): State {
  const { links, nextQuestion, resend, session, offer, question, wanted } = draft
  const common = { links, nextQuestion, resend }
  if (draft.closed) return { kind: 'closed', ...common, resend: undefined }
  if (session !== undefined) {
    if (session.pending?.kinds.includes('hello'))
      return { kind: 'awaitingConfirmation', ...common, session, offer, question }
    const live = liveLink(draft)
    if (live === undefined) return { kind: 'resuming', ...common, session, question, wanted }
    return { kind: 'established', ...common, session, live: live.id, question, wanted, holdUntil: draft.holdUntil }
  }
  if (question?.found.kind === 'hello') return { kind: 'answeringHello', ...common, question, offer }
  if (offer !== undefined) return { kind: 'awaitingWelcome', ...common, offer, question }
  return { kind: 'idle', ...common }
}
