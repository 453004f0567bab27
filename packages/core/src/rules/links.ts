import { TwofoldError } from '@twofold/interface'
import { closeLink, type Draft, dropLink, liveLink, send, sessionOf } from '../draft.ts'
import type { Input } from '../io.ts'
import type { LinkId } from '../names.ts'

const empty = new Uint8Array(0)

export function linkUp(draft: Draft, input: Extract<Input, { kind: 'linkUp' }>): void {
  const { link: id, ordered, reliable, at } = input
  if (draft.links.has(id)) throw new TwofoldError('USAGE_INVALID_ARGUMENT', `link ${id} is up already`)
  const flags = { asked: false, answered: false, crossed: false, opened: false, heal: false }
  draft.links.set(id, { id, ordered, reliable, upAt: at, phase: 'fresh', ...flags })
}

export function linkDown(draft: Draft, id: LinkId): void {
  dropLink(draft, id)
}

/** Ends every link and keeps the session for later; the peer learns it by a `close` record where one can be sent. */
export function closeAll(draft: Draft): void {
  const live = liveLink(draft)
  for (const id of [...draft.links.keys()]) closeLink(draft, id)
  if (live !== undefined && draft.env.config.profile === 'framed') {
    send(draft, live.id, 'close', empty, sessionOf(draft).epoch)
  }
}

/** Ends every link and erases the session, here only: the peer learns it when it asks for it. */
export function forget(draft: Draft): void {
  closeAll(draft)
  const { session } = draft
  if (session !== undefined) {
    if (session.current !== undefined) draft.left.push(session.current)
    if (session.pending !== undefined) draft.left.push(session.pending.next)
  }
  draft.erased = session
  draft.session = undefined
  draft.closed = true
}
