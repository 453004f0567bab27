import type { Handler } from './common.ts'

/** The session was forgotten or expired, and nothing leads out of it: messages that are still under way are dropped. */
export const closedHandler: Handler = {
  message: async () => undefined,
}
