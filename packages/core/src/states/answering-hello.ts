import { alerted } from '../rules/alert.ts'
import { type Handler, refuseMessage } from './common.ts'

/**
 * The authentication service is asked about a ClientHello.
 *
 *     answeringHello -- answer accept -------------> awaitingConfirmation
 *     answeringHello -- answer reject, link down --> idle, or awaitingWelcome where we had sent a hello too
 */
export const answeringHelloHandler: Handler = {
  async message(draft, message) {
    if (message.content === 'alert') return alerted(draft, message.link, message.body, false)
    return refuseMessage(draft, message)
  },
}
