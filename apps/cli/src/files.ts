import { basename, dirname, join } from 'node:path'
import envPaths from 'env-paths'
import { shellQuote } from './private-file.ts'

export interface FileOptions {
  readonly identity?: string
  readonly knownPeers?: string
  readonly store?: string
}

/** Where everything is. */
export interface Files {
  readonly identity: string
  readonly knownPeers: string
  readonly store: string
  readonly storeKey: string
}

/**
 * The identity in the platform's configuration folder and the rest beside it, unless told otherwise. An identity file of another
 * name has a store and a key of that name, so that two identities in one folder do not meet in one store.
 */
export function filesFor(options: FileOptions): Files {
  const identity = options.identity ?? defaultIdentity()
  const folder = dirname(identity)
  const stem = basename(identity).replace(/\.json$/, '')
  const prefix = stem === 'identity' ? '' : `${stem}.`
  return {
    identity,
    knownPeers: options.knownPeers ?? join(folder, 'known_peers'),
    store: options.store ?? join(folder, `${prefix}sessions.db`),
    storeKey: join(folder, `${prefix}store.key`),
  }
}

/** The command for people to run on this very identity file. */
export function keygenCommand(identity: string, flags: string = ''): string {
  const file = identity === defaultIdentity() ? '' : ` --identity ${shellQuote(identity)}`
  return `\`twofold keygen${flags === '' ? '' : ` ${flags}`}${file}\``
}

function defaultIdentity(): string {
  return join(envPaths('twofold', { suffix: '' }).config, 'identity.json')
}
