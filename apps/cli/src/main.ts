import { exitCode } from './exit-codes.ts'
import { quietWarnings } from './quiet-warnings.ts'

quietWarnings()

const interrupted = new AbortController()
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => {
    // The second one does not wait for a clean end.
    if (interrupted.signal.aborted) process.exit(exitCode.interrupted)
    interrupted.abort()
  })
}

// Only now, so that the warnings of what it imports are quiet too.
const { run } = await import('./run.ts')
const { stdin, stdout, stderr, env } = process
process.exitCode = await run(process.argv.slice(2), { stdin, stdout, stderr, env, signal: interrupted.signal })
stdin.destroy()
