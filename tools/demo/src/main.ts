import { parseArgs } from 'node:util'
import { quietWarnings } from './quiet-warnings.ts'

const help = `Usage: npm start [-s -- --json]

Two processes on loopback TCP, with stores in a temporary folder and suite 0xF002: a first handshake, a file both
ways, key updates, a kill -9 and a resumption, an eavesdropper and an impostor. About five seconds.

Options:
  --json      one JSON object with every figure on stdout; the timeline goes to stderr
  -h, --help  this text

Exit status: 0 when every step did what it says, 1 when one did not, 2 for wrong usage, 130 when interrupted.
NO_COLOR switches colours off.
`

interface Flags {
  readonly json?: boolean
  readonly help?: boolean
}

function flags(): Flags | undefined {
  try {
    const options = { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const
    return parseArgs({ options }).values
  } catch (error) {
    process.stderr.write(`demo: ${error instanceof Error ? error.message : error}\n  see \`npm start -- --help\`\n`)
    return undefined
  }
}

async function main({ json = false }: Flags): Promise<number> {
  quietWarnings()
  // Only now, so that the warnings of what it imports are quiet too.
  const { demo } = await import('./demo.ts')
  const { timeline, wantsColor } = await import('./timeline.ts')
  const stream = json ? process.stderr : process.stdout
  const show = timeline({ stream, color: wantsColor(stream, process.env) })
  show.title('Twofold: two processes, one post-quantum secure channel')
  const report = await demo(show)
  if (json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
  else conclude(report.ok, report.checks, report.seconds)
  return report.ok ? 0 : 1
}

function conclude(ok: boolean, checks: readonly { readonly ok: boolean }[], seconds: number): void {
  const held = checks.filter((check) => check.ok).length
  const verdict = ok ? 'Every step did what it says' : 'NOT every step did what it says'
  process.stdout.write(`\n${verdict}: ${held} of ${checks.length} checks, ${seconds.toFixed(1)} s.\n`)
}

// The processes of the demo are killed when this one exits, however that comes.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => process.exit(130))

const wanted = flags()
if (wanted?.help === true) process.stdout.write(help)
process.exitCode = wanted === undefined ? 2 : wanted.help === true ? 0 : await main(wanted)
// For what may hang after all; a process that has nothing left to do has ended by then.
setTimeout(() => process.exit(), 5_000).unref()
