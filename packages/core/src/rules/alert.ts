import { alert, decode } from '@twofold/codec'
import { codeForAlert } from '../alerts.ts'
import { closeLink, type Draft, deliver, linkOf } from '../draft.ts'
import type { LinkId } from '../names.ts'

/**
 * An alert ends its own link and changes nothing that is stored. One in clear may be anybody's: it is dropped once a
 * record has opened there (docs: messages).
 */
export function alerted(draft: Draft, link: LinkId, body: Uint8Array, inRecord: boolean): void {
  if (!inRecord && linkOf(draft, link).opened) return
  const code = codeForAlert(decode(alert, body).code)
  closeLink(draft, link)
  deliver(draft, { name: 'failed', link, code })
}
