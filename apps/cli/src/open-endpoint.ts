import { knownPeers } from '@twofold/as-known-peers'
import { type Endpoint, endpoint } from '@twofold/channel'
import type { SuiteInfo } from '@twofold/interface'
import type { Store } from '@twofold/interface/io'
import { sqliteStore } from '@twofold/store-sqlite'
import type { BackendName } from './arguments.ts'
import { choose, suiteNumber } from './backend.ts'
import { usageError } from './cli-error.ts'
import { type FileOptions, type Files, filesFor } from './files.ts'
import { knownPeersLines, loadIdentity, type NamedIdentity, toIdentity } from './identity-file.ts'
import type { Io } from './io.ts'
import { type RefusalContext, remembering } from './refusals.ts'
import type { Reporter } from './reporter.ts'
import { loadStoreKey } from './store-key.ts'

export interface EndpointFlags extends FileOptions {
  readonly suite?: readonly string[]
  readonly backend: BackendName
}

/** An endpoint on the user's files, and what belongs to it. */
export interface OpenEndpoint extends AsyncDisposable {
  readonly endpoint: Endpoint
  readonly refusals: RefusalContext
}

/** Throws a `CliError` with what to do for every file that is missing, unsafe or malformed. */
export async function openEndpoint(flags: EndpointFlags, io: Io, reporter: Reporter): Promise<OpenEndpoint> {
  const files = filesFor(flags)
  const { crypto, suites } = choose(flags.backend, flags.suite ?? [])
  const named = await loadIdentity(files.identity)
  checkKeys(named, suites, files)
  warnOfClassical(suites, reporter)
  const service = remembering(knownPeers({ path: files.knownPeers }))
  const store = await openStore(files, io)
  const opened = endpoint({
    identity: toIdentity(named),
    crypto,
    store,
    authentication: service,
    suites: suites.map(({ id }) => id),
  })
  return {
    endpoint: opened,
    refusals: { files, service, ownLines: knownPeersLines(named) },
    async [Symbol.asyncDispose](): Promise<void> {
      await opened.close()
      await store.close()
    },
  }
}

async function openStore(files: Files, io: Io): Promise<Store> {
  const key = await loadStoreKey(files, io.env)
  try {
    return sqliteStore({ path: files.store, key })
  } finally {
    key.fill(0)
  }
}

function checkKeys({ keys }: NamedIdentity, suites: readonly SuiteInfo[], files: Files): void {
  const lacking = suites.find(({ signature }) => !keys.some(({ scheme }) => scheme === signature))
  if (lacking === undefined) return
  throw usageError(
    `the identity ${files.identity} has no ${lacking.signature} key, which suite ${suiteNumber(lacking.id)} needs`,
    `choose another --suite, or make a new identity: \`twofold keygen --force --scheme ${lacking.signature}\``,
  )
}

/** Once a run: nobody should believe in protection that a suite does not give. */
function warnOfClassical(suites: readonly SuiteInfo[], reporter: Reporter): void {
  const classical = suites.filter(({ postQuantum }) => postQuantum === 'none').map(({ id }) => suiteNumber(id))
  if (classical.length === 0) return
  reporter.warn(
    'warning',
    `suite ${classical.join(', ')} is not post-quantum: who records this traffic today can read it with a quantum computer later`,
    { suites: classical },
  )
}
