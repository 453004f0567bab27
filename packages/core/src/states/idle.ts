import { TwofoldError } from '@twofold/interface'
import { alerted } from '../rules/alert.ts'
import { clientHello, sayHello } from '../rules/hello.ts'
import { type Handler, refuseMessage } from './common.ts'

/**
 * No session.
 *
 *     idle -- command hello ---------> awaitingWelcome
 *     idle -- client_hello ----------> answeringHello
 */
export const idleHandler: Handler = {
  async message(draft, message) {
    switch (message.content) {
      case 'client_hello':
        return clientHello(draft, message.link, message.body)
      case 'resumption_request':
        throw new TwofoldError('PEER_UNKNOWN_SESSION', 'the peer asks for a session that is not held here')
      case 'alert':
        return alerted(draft, message.link, message.body, false)
      default:
        return refuseMessage(draft, message)
    }
  },
  async command(draft, { command }) {
    if (command.name !== 'hello') throw new TwofoldError('USAGE_NO_SESSION', 'there is no session yet: say hello first')
    await sayHello(draft, command.link, command.expected)
  },
}
