import { alerted } from '../rules/alert.ts'
import { clientHello, serverHello } from '../rules/hello.ts'
import { type Handler, refuseMessage } from './common.ts'

/**
 * A ClientHello of ours is out.
 *
 *     awaitingWelcome -- server_hello, then answer accept --> established
 *     awaitingWelcome -- client_hello with a larger hash ---> answeringHello (our offer is kept)
 *     awaitingWelcome -- link down, time-out ---------------> idle
 */
export const awaitingWelcomeHandler: Handler = {
  async message(draft, message) {
    switch (message.content) {
      case 'server_hello':
        return serverHello(draft, message.link, message.body)
      case 'client_hello':
        return clientHello(draft, message.link, message.body)
      case 'alert':
        return alerted(draft, message.link, message.body, false)
      default:
        return refuseMessage(draft, message)
    }
  },
}
