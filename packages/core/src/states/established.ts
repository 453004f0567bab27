import { TwofoldError } from '@twofold/interface'
import type { Draft } from '../draft.ts'
import { recordOpened } from '../rules/confirm.ts'
import { clientHello, serverHello } from '../rules/hello.ts'
import { ask } from '../rules/resume.ts'
import { maybeUpdate, usage } from '../rules/update.ts'
import type { CommandInput, Handler, Message } from './common.ts'
import { sessionMessage } from './with-session.ts'

/**
 * Records flow on the live link; other links may be up on which resumption is asked.
 *
 *     established -- connection_update, epoch_key_update --> established (a new epoch)
 *     established -- resumption_request, answer accept ----> resuming (the live link is silent from now on)
 *     established -- live link down, command resume -------> resuming
 */
export const establishedHandler: Handler = {
  message: sessionOrRepeat,
  command: sessionCommand,
  confirmed: (draft, { link, epoch }) => recordOpened(draft, link, epoch),
  usage: (draft, input) => usage(draft, input),
}

/** A repeated hello or Welcome is the business of the hello's rules, which drop it or answer it again. */
export async function sessionOrRepeat(draft: Draft, message: Message): Promise<void> {
  if (message.content === 'client_hello') return clientHello(draft, message.link, message.body)
  if (message.content === 'server_hello') return serverHello(draft, message.link, message.body)
  return sessionMessage(draft, message)
}

export async function sessionCommand(draft: Draft, { command }: CommandInput): Promise<void> {
  switch (command.name) {
    case 'resume':
      return ask(draft, command.link)
    case 'update':
      draft.wanted = true
      return maybeUpdate(draft)
    default:
      throw new TwofoldError('USAGE_NOT_NOW', `the command "${command.name}" is not possible with a session`)
  }
}
