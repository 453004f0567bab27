import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { within } from './deadline.ts'
import type { FromParty, Operation, Requests } from './requests.ts'

export type Progress = (name: string, offset: number, size: number) => void

/** A party as the demo's script sees it: a process that answers requests. */
export interface Party {
  /** What its credential says. */
  readonly name: string
  readonly pid: number
  /** Rejects with what the party says, when it ends before it answers, or after 15 s. */
  ask<Name extends Operation>(operation: Name, input?: Requests[Name]['input']): Promise<Requests[Name]['output']>
  /** Called for each piece of a file that arrived; one at a time. */
  onProgress(listener: Progress): void
  /** SIGKILL; resolves when the process is gone, with the signal that ended it. */
  kill(): Promise<NodeJS.Signals | null>
  /** An orderly end, or SIGKILL after 3 s. */
  stop(): Promise<void>
}

const answerMs = 15_000
const stopMs = 3_000
const program = fileURLToPath(new URL('party.ts', import.meta.url))
const running = new Set<ChildProcess>()

/** Whatever happens to the demo, no process of it stays. */
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

export interface Role {
  /** What its credential says. */
  readonly name: string
  /** What the demo calls it. */
  readonly label: string
  readonly folder: string
}

/** A party and its line for the others' known_peers. */
export type StartedParty = Party & { readonly line: string }

/** Starts a process for the party and opens its folder there. */
export async function startParty({ name, label, folder }: Role): Promise<StartedParty> {
  const party = spawnParty(name, label)
  const { line } = await party.ask('start', { folder, name })
  return { ...party, line }
}

function spawnParty(name: string, label: string): Party {
  const child = spawn(process.execPath, ['--conditions=@twofold/source', program], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  running.add(child)
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  const gone = Promise.withResolvers<NodeJS.Signals | null>()
  let progress: Progress = () => {}
  let complaint = ''
  let lastId = 0

  child.stderr?.on('data', (text: Buffer) => {
    complaint = (complaint + text.toString()).slice(-2_000)
  })
  child.on('message', (message: FromParty) => {
    if (message.kind === 'progress') return progress(message.name, message.offset, message.size)
    const turn = waiting.get(message.id)
    waiting.delete(message.id)
    if (message.kind === 'answer') turn?.resolve(message.output)
    else turn?.reject(new PartyError(label, message.code, message.message))
  })
  child.on('error', (error) => end(null, error.message))
  child.on('exit', (code, signal) => end(signal, `it ended with ${signal ?? code}. ${complaint}`))

  function end(signal: NodeJS.Signals | null, message: string): void {
    running.delete(child)
    gone.resolve(signal)
    for (const turn of waiting.values()) turn.reject(new PartyError(label, 'GONE', message))
    waiting.clear()
  }

  function ask(operation: Operation, input: unknown = null): Promise<unknown> {
    lastId += 1
    const id = lastId
    const turn = Promise.withResolvers<unknown>()
    waiting.set(id, turn)
    child.send({ id, operation, input }, (error) => {
      if (error !== null) turn.reject(new PartyError(label, 'GONE', error.message))
    })
    return within(answerMs, `${label}: ${operation}`, turn.promise)
  }

  async function stop(): Promise<void> {
    if (!running.has(child)) return
    await within(stopMs, `${label}: stop`, ask('stop')).catch(() => {})
    child.kill('SIGKILL')
    await gone.promise
  }

  return {
    name,
    pid: child.pid ?? 0,
    ask: ask as Party['ask'],
    onProgress: (listener) => {
      progress = listener
    },
    async kill() {
      child.kill('SIGKILL')
      return await within(stopMs, `${label}: its end`, gone.promise)
    },
    stop,
  }
}

/** What a party answered in place of what was asked for. */
export class PartyError extends Error {
  override readonly name: string = 'PartyError'
  /** A code of Twofold, or `GONE`, or `UNEXPECTED`. */
  readonly code: string

  constructor(party: string, code: string, message: string) {
    super(`${party}: ${code}: ${message}`)
    this.code = code
  }
}
