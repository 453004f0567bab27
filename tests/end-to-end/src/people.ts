import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { finished, freshFolder, type Running, type RunOptions, start } from './index.ts'

/** Somebody with a configuration folder and an identity. */
export interface Person {
  readonly name: string
  /** Where the program keeps its files. */
  readonly folder: string
  /** For others' known_peers. */
  readonly line: string
  readonly env: Readonly<Record<string, string>>
  run(args: readonly string[], options?: RunOptions): Running
  knows(line: string): Promise<void>
}

interface Made {
  readonly line: string
  readonly identity: Uint8Array
}

/** Making an identity takes a process: one for each name serves all tests, each in a folder of its own. */
const made = new Map<string, Promise<Made>>()

export async function person(name: string): Promise<Person> {
  const once = made.get(name) ?? make(name)
  made.set(name, once)
  return await settle(name, await once)
}

/** Somebody of that name with another key. */
export async function impostorOf(name: string): Promise<Person> {
  return await settle(name, await make(name))
}

async function make(name: string): Promise<Made> {
  const path = join(await freshFolder(), 'identity.json')
  const { exit, stdout, stderr } = await finished('twofold', ['keygen', '--name', name, '--identity', path])
  if (exit !== 0) throw new Error(stderr)
  return { line: stdout.trimEnd(), identity: await readFile(path) }
}

async function settle(name: string, { line, identity }: Made): Promise<Person> {
  const home = await freshFolder()
  const env = { HOME: home, XDG_CONFIG_HOME: join(home, 'config') }
  const folder = join(home, 'config', 'twofold')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await writeFile(join(folder, 'identity.json'), identity, { mode: 0o600 })
  return {
    name,
    folder,
    line,
    env,
    run: (args, options = {}) => start('twofold', args, { ...options, env: { ...env, ...options.env } }),
    knows: (added) => appendFile(join(folder, 'known_peers'), `${added}\n`),
  }
}

/** Two who know each other. */
export async function friends(): Promise<{ readonly alice: Person; readonly bob: Person }> {
  const [alice, bob] = await Promise.all([person('alice'), person('bob')])
  await Promise.all([alice.knows(bob.line), bob.knows(alice.line)])
  return { alice, bob }
}

/** Starts a listener on a free port; gives it and what `connect` needs. */
export async function listener(
  who: Person,
  args: readonly string[] = [],
  options: RunOptions = {},
): Promise<{ readonly listen: Running; readonly target: readonly [string, string] }> {
  const listen = who.run(['listen', '--port', '0', ...args], options)
  const [, host = '', port = ''] = await listen.says(/(?:at |"address":")([\d.]+):(\d+)/)
  return { listen, target: [host, port] }
}
