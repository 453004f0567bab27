import { Readable, Writable } from 'node:stream'
import type { Io } from '../src/index.ts'
import { run } from '../src/index.ts'

export interface Outcome {
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs the program in this process, with nothing on stdin. */
export async function captured(argv: readonly string[], env: Io['env'] = {}): Promise<Outcome> {
  const [stdout, stderr] = [sink(), sink()]
  const { signal } = new AbortController()
  const exit = await run(argv, { stdin: Readable.from([]), stdout, stderr, env, signal })
  return { exit, stdout: stdout.text(), stderr: stderr.text() }
}

function sink(): Writable & { text(): string } {
  const parts: string[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      parts.push(String(chunk))
      done()
    },
  })
  return Object.assign(stream, { text: () => parts.join('') })
}
