import { help } from './help.ts'
import { createPeer } from './peer.ts'
import { serve } from './serve.ts'

const [first] = process.argv.slice(2)

if (first === '--help' || first === '-h') {
  process.stdout.write(help)
} else if (first !== undefined) {
  process.stderr.write(`twofold peer: there is no option "${first}"; see --help\n`)
  process.exitCode = 2
} else {
  // Who reads the answers may go away first.
  process.stdout.on('error', () => process.exit(1))
  const warn = (text: string) => void process.stderr.write(`${text}\n`)
  await serve(createPeer({ warn }), process.stdin, process.stdout)
}
