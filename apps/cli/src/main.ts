import { exitCode } from './exit-codes.ts'
import { quietWarnings } from './quiet-warnings.ts'

quietWarnings()

/** A terminal and a parent process may both pass on the same Ctrl-C. */
const sameInterruptMs = 500

const interrupted = new AbortController()
let interruptedAt = Number.POSITIVE_INFINITY
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => {
    // A second one does not wait for a clean end.
    if (performance.now() - interruptedAt > sameInterruptMs) process.exit(exitCode.interrupted)
    if (!interrupted.signal.aborted) interruptedAt = performance.now()
    interrupted.abort()
  })
}

// Only now, so that the warnings of what it imports are quiet too.
const { run } = await import('./run.ts')
const { stdin, stdout, stderr, env } = process
// Who reads may go away; the bridge sees that by itself.
for (const stream of [stdout, stderr]) stream.on('error', () => {})
process.exitCode = await run(process.argv.slice(2), { stdin, stdout, stderr, env, signal: interrupted.signal })
stdin.destroy()
