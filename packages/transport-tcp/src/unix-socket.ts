import { lstat, unlink } from 'node:fs/promises'
import { connect } from 'node:net'
import { systemCode } from './tcp-error.ts'

/**
 * Removes a socket file that a crashed process left behind: only a socket, only when nobody listens on it, and only when it is
 * still the same file after that was found out. True when it was removed.
 */
export async function removeStaleSocket(path: string): Promise<boolean> {
  const before = await lstat(path)
  if (!before.isSocket() || !(await isDead(path))) return false
  const after = await lstat(path)
  if (after.ino !== before.ino || after.dev !== before.dev || after.ctimeMs !== before.ctimeMs) return false
  await unlink(path)
  return true
}

function isDead(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect({ path })
    probe.once('connect', () => {
      probe.destroy()
      resolve(false)
    })
    probe.once('error', (error) => resolve(systemCode(error) === 'ECONNREFUSED'))
  })
}
