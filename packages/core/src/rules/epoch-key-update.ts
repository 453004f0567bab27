import { type Draft, send, sessionOf } from '../draft.ts'
import type { LinkId } from '../names.ts'

/** Confirms the current epoch to its author; always the sender's current epoch (docs: one rule for every commit). */
export function sendEpochKeyUpdate(draft: Draft, link: LinkId): void {
  const { epoch } = sessionOf(draft)
  const body = new Uint8Array(8)
  new DataView(body.buffer).setBigUint64(0, epoch)
  send(draft, link, 'epoch_key_update', body, draft.env.config.profile === 'bare' ? undefined : epoch)
}
