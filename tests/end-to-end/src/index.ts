import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** A program of the repository, running as a process of its own. */
export interface Running {
  readonly pid: number
  readonly stdin: Writable
  /** What it has written so far. */
  stdout(): Buffer
  stderr(): string
  /** The JSON lines on stderr, for a program that was started with `--json`. */
  events(): readonly Event[]
  /** Resolves with the first match on stderr; rejects when the program ends without one. */
  says(pattern: RegExp): Promise<RegExpExecArray>
  /** Resolves when `bytes` have come on stdout. */
  hasWritten(bytes: number): Promise<void>
  /** The exit status; a signal's name when one ended it. */
  readonly exit: Promise<number | NodeJS.Signals | null>
  kill(signal: NodeJS.Signals): void
  /** Nobody reads its stdout any more. */
  closeStdout(): void
}

export interface Event {
  readonly event: string
  readonly [field: string]: unknown
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  /** All of stdin; without it stdin stays open. */
  readonly input?: Uint8Array | string
}

const programs = { twofold: 'apps/cli/src/main.ts', demo: 'tools/demo/src/main.ts' } as const
const root = new URL('../../../', import.meta.url)
const running = new Set<ChildProcess>()
const folders = new Set<string>()

/** Ends every process that was started here and removes every folder; for `afterEach`. */
export async function endAll(): Promise<void> {
  for (const child of [...running]) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGKILL')
    await once(child, 'close')
  }
  running.clear()
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
  folders.clear()
}

/** A fresh folder, removed by `endAll`. */
export async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'twofold-e2e-'))
  folders.add(folder)
  return folder
}

/** The program from its sources, with nothing of the user's own environment that could change what it does. */
export function start(
  program: keyof typeof programs,
  args: readonly string[],
  { env = {}, input }: RunOptions = {},
): Running {
  const { PATH = '' } = process.env
  const path = fileURLToPath(new URL(programs[program], root))
  const child = spawn(process.execPath, ['--conditions=@twofold/source', path, ...args], {
    env: { PATH, NO_COLOR: '1', ...env },
    stdio: 'pipe',
  })
  running.add(child)
  const stdout = collect(child.stdout)
  const stderr = collect(child.stderr)
  const exit = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals | null)
  // A program that ends early does not read the rest.
  child.stdin.on('error', () => {})
  if (input !== undefined) child.stdin.end(input)

  async function until<T>(what: string, look: () => T | undefined): Promise<T> {
    const over = exit.then(() => true)
    for (;;) {
      const ended = await Promise.race([over, sleep(5, false)])
      const found = look()
      if (found !== undefined) return found
      if (ended) throw new Error(`it ended without ${what}; on stderr: ${stderr().toString()}`)
    }
  }

  return {
    pid: child.pid ?? 0,
    stdin: child.stdin,
    stdout,
    stderr: () => stderr().toString(),
    events: () => eventsIn(stderr().toString()),
    says: (pattern) => until(String(pattern), () => pattern.exec(stderr().toString()) ?? undefined),
    hasWritten: (bytes) => until(`${bytes} bytes`, () => (stdout().length >= bytes ? true : undefined)).then(() => {}),
    exit,
    kill: (signal) => void child.kill(signal),
    closeStdout: () => void child.stdout.destroy(),
  }
}

export interface Finished {
  readonly exit: number | NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs it to its end, with nothing on stdin unless given. */
export async function finished(
  program: keyof typeof programs,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Finished> {
  const run = start(program, args, { input: '', ...options })
  const exit = await run.exit
  return { exit, stdout: run.stdout().toString(), stderr: run.stderr() }
}

function collect(stream: Readable): () => Buffer {
  const chunks: Buffer[] = []
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  return () => Buffer.concat(chunks)
}

function eventsIn(text: string): readonly Event[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Event)
}
