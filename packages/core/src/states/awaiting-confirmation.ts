import { recordOpened } from '../rules/confirm.ts'
import { clientHello, serverHello } from '../rules/hello.ts'
import { type Handler, refuseMessage } from './common.ts'
import { sessionMessage } from './with-session.ts'

/**
 * Our Welcome is out and stored. Nothing is delivered to the application and no data is sent before the initiator has
 * shown that it joined.
 *
 *     awaitingConfirmation -- first record of epoch 1 -------------> established
 *     awaitingConfirmation -- resumption_request, answer accept ---> resuming (our response is pending)
 *     awaitingConfirmation -- expired -----------------------------> closed
 */
export const awaitingConfirmationHandler: Handler = {
  async message(draft, message) {
    switch (message.content) {
      case 'client_hello':
        return clientHello(draft, message.link, message.body)
      case 'server_hello':
        return serverHello(draft, message.link, message.body)
      case 'resumption_response':
        return refuseMessage(draft, message)
      default:
        return sessionMessage(draft, message)
    }
  },
  confirmed: (draft, { link, epoch }) => recordOpened(draft, link, epoch),
}
