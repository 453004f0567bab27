import { recordOpened } from '../rules/confirm.ts'
import type { Handler } from './common.ts'
import { sessionCommand, sessionOrRepeat } from './established.ts'

/**
 * A session without a live link: after a restart, a cut, or while a request is out or answered.
 *
 *     resuming -- command resume, resumption_request ------------------> resuming (asked, answered)
 *     resuming -- resumption_response where we asked, answer accept ---> established
 *     resuming -- first record of the pending epoch where we answered -> established
 */
export const resumingHandler: Handler = {
  message: sessionOrRepeat,
  command: sessionCommand,
  confirmed: (draft, { link, epoch }) => recordOpened(draft, link, epoch),
}
