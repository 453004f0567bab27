import { knownPeers } from '@twofold/as-known-peers'
import { type Endpoint, endpoint } from '@twofold/channel'
import { nobleCrypto } from '@twofold/crypto-noble'
import { type CryptoProvider, type SignatureName, type SuiteInfo, suites } from '@twofold/interface'
import type { AuthenticationService, Store } from '@twofold/interface/io'
import { sqliteStore } from '@twofold/store-sqlite'
import type { BackendName } from './arguments.ts'
import { choose, suiteNumber } from './backend.ts'
import { type Side, usageError } from './cli-error.ts'
import { type FileOptions, type Files, filesFor, keygenCommand } from './files.ts'
import { loadIdentity, type NamedIdentity, toIdentity } from './identity-file.ts'
import type { Io } from './io.ts'
import { type RefusalContext, remembering } from './refusals.ts'
import { loadStoreKey } from './store-key.ts'

export interface EndpointFlags extends FileOptions {
  readonly suite?: readonly string[]
  readonly backend: BackendName
}

/** An endpoint on the user's files, and what belongs to it. */
export interface OpenEndpoint extends AsyncDisposable {
  readonly endpoint: Endpoint
  /** Those that are accepted, most preferred first. */
  readonly suites: readonly SuiteInfo[]
  readonly refusals: RefusalContext
}

/** Throws a `CliError` with what to do for every file that is missing, unsafe or malformed. */
export async function openEndpoint(flags: EndpointFlags, side: Side, io: Io): Promise<OpenEndpoint> {
  const files = filesFor(flags)
  const { crypto, suites: accepted } = choose(flags.backend, flags.suite ?? [])
  const identity = await loadIdentity(files.identity)
  checkKeys(identity, accepted, files)
  const service = remembering(knownPeers({ path: files.knownPeers }))
  const opened = await openOn(files, io, { identity, crypto, authentication: service, suites: accepted })
  return { ...opened, suites: accepted, refusals: { side, files, service, identity } }
}

/** The same store for what needs no peer: on a backend that serves every suite a session may have. */
export async function openSessions(
  flags: FileOptions,
  io: Io,
): Promise<AsyncDisposable & { readonly endpoint: Endpoint }> {
  const files = filesFor(flags)
  const identity = await loadIdentity(files.identity)
  const crypto = nobleCrypto
  const authentication = knownPeers({ path: files.knownPeers })
  const usable = suites.filter(({ id, signature }) => crypto.suites.includes(id) && hasKey(identity, signature))
  return await openOn(files, io, { identity, crypto, authentication, suites: usable })
}

interface Parts {
  readonly identity: NamedIdentity
  readonly crypto: CryptoProvider
  readonly authentication: AuthenticationService
  readonly suites: readonly SuiteInfo[]
}

async function openOn(
  files: Files,
  io: Io,
  { identity, crypto, authentication, suites: accepted }: Parts,
): Promise<AsyncDisposable & { readonly endpoint: Endpoint }> {
  const store = await openStore(files, io)
  const opened = endpoint({
    identity: toIdentity(identity),
    crypto,
    store,
    authentication,
    suites: accepted.map(({ id }) => id),
  })
  return {
    endpoint: opened,
    async [Symbol.asyncDispose](): Promise<void> {
      await opened.close()
      await store.close()
    },
  }
}

function hasKey({ keys }: NamedIdentity, signature: SignatureName): boolean {
  return keys.some(({ scheme }) => scheme === signature)
}

async function openStore(files: Files, io: Io): Promise<Store> {
  const key = await loadStoreKey(files, io.env)
  try {
    return sqliteStore({ path: files.store, key })
  } finally {
    key.fill(0)
  }
}

function checkKeys(identity: NamedIdentity, wanted: readonly SuiteInfo[], files: Files): void {
  const lacking = wanted.find(({ signature }) => !hasKey(identity, signature))
  if (lacking === undefined) return
  throw usageError(
    `the identity ${files.identity} has no ${lacking.signature} key, which suite ${suiteNumber(lacking.id)} needs`,
    `choose another --suite, or make a new identity: ${keygenCommand(files.identity, `--force --scheme ${lacking.signature}`)}`,
  )
}
