import type { SessionSummary } from '@twofold/channel'
import { usageError } from './cli-error.ts'
import { shortened } from './text.ts'

/** By the whole id, or by its beginning as the program prints it. Throws when none or several begin like that. */
export function oneSession(stored: readonly SessionSummary[], wanted: string): SessionSummary {
  const found = stored.filter(({ session }) => session.startsWith(wanted.toLowerCase()))
  if (found.length === 1 && found[0] !== undefined) return found[0]
  const known = stored.map(({ session, peer }) => `${shortened(session)} (${peer})`).join(', ')
  throw usageError(
    found.length === 0 ? `no stored session begins with ${JSON.stringify(wanted)}` : 'several sessions begin like that',
    known === '' ? 'there are none' : `there are: ${known}`,
  )
}
