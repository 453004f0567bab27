import {
  type CryptoProvider,
  type CryptoSuite,
  checkOptions,
  codeOf,
  findSuite,
  type MaybePromise,
  type SuiteId,
  type SuiteOptions,
  suites,
  TwofoldError,
} from '@twofold/interface'
import { type Backend, type BackendName, backendNames, type Loaders, loaders, type Verdict } from './backends.ts'

export interface BestCryptoOptions {
  /** Only these may be chosen; the fastest of them is, in whatever order they stand here. Default: all. */
  readonly backends?: readonly BackendName[]
}

/** A faster backend that was not chosen, and the reason, in words for people. */
export interface Rejection {
  readonly backend: BackendName
  readonly why: string
}

/** What was chosen for one suite. */
export interface Choice {
  readonly suite: SuiteId
  /** undefined where no backend that may be chosen serves the suite. */
  readonly backend: BackendName | undefined
  /** In words for people. */
  readonly why: string
  readonly rejected: readonly Rejection[]
}

/** A provider of which each suite comes from the backend that was found to be the fastest for it. */
export interface BestCrypto extends CryptoProvider {
  /** One for each suite, in the order of `suites` of `@twofold/interface`. */
  choices(): readonly Choice[]
  /**
   * The suite of the backend that was chosen; its `provider` says which. With `random`, that of the first one, from there on, that
   * can honour it: only noble can in every suite. Throws `USAGE_SUITE_UNSUPPORTED`, and `USAGE_SEED_UNSUPPORTED` where
   * no backend that may be chosen honours `random`.
   */
  suite(id: SuiteId, options?: SuiteOptions): MaybePromise<CryptoSuite>
}

/**
 * Tries what this runtime has, and chooses for every suite: node:crypto before WebCrypto before JavaScript. A backend is
 * imported when the first suite asks for it; backends keep what they found out, so that a second call is cheap.
 * Throws `USAGE_UNKNOWN_OPTION`, and `USAGE_INVALID_ARGUMENT` for a name that is no backend or for none at all.
 */
export async function bestCrypto(options: BestCryptoOptions = {}): Promise<BestCrypto> {
  return bestCryptoFrom(loaders, options)
}

/** The same, of other loaders. */
export async function bestCryptoFrom(loaders: Loaders, options: BestCryptoOptions): Promise<BestCrypto> {
  checkOptions(options, ['backends'], 'bestCrypto')
  const names = allowed(options.backends ?? backendNames)
  const open = once(loaders)
  const chosen = new Map<SuiteId, Chosen>()
  for (const { id } of suites) chosen.set(id, await choose(id, names, open))
  return provider(chosen, names, open)
}

function allowed(wanted: readonly BackendName[]): readonly BackendName[] {
  const unknown = wanted.filter((name) => !backendNames.includes(name))
  if (wanted.length > 0 && unknown.length === 0) return backendNames.filter((name) => wanted.includes(name))
  throw new TwofoldError('USAGE_INVALID_ARGUMENT', `backends are some of ${backendNames.join(', ')}, at least one`)
}

type Open = (name: BackendName) => Promise<Backend | Verdict>

/** Each backend is loaded at most once; one that cannot be is a verdict on every suite. */
function once(loaders: Loaders): Open {
  const opened = new Map<BackendName, ReturnType<Open>>()
  return (name) => {
    const known = opened.get(name) ?? loaders[name]().catch(unavailable)
    opened.set(name, known)
    return known
  }
}

function unavailable(error: unknown): Verdict {
  return { serves: false, why: error instanceof Error ? error.message : String(error) }
}

interface Chosen {
  readonly choice: Choice
  readonly provider?: CryptoProvider
}

async function choose(suite: SuiteId, names: readonly BackendName[], open: Open): Promise<Chosen> {
  const rejected: Rejection[] = []
  for (const name of names) {
    const backend = await open(name)
    const { serves, why } = 'judge' in backend ? await backend.judge(suite) : backend
    if (serves && 'provider' in backend) {
      return { choice: { suite, backend: name, why, rejected }, provider: backend.provider }
    }
    rejected.push({ backend: name, why })
  }
  return { choice: { suite, backend: undefined, why: 'no backend that may be chosen serves it', rejected } }
}

function provider(chosen: ReadonlyMap<SuiteId, Chosen>, names: readonly BackendName[], open: Open): BestCrypto {
  const choices = [...chosen.values()].map(({ choice }) => choice)
  return {
    name: 'best',
    suites: choices.filter(({ backend }) => backend !== undefined).map(({ suite }) => suite),
    choices: () => choices,
    whyNot: (id) => whyNot(chosen.get(id)?.choice),
    suite(id, options = {}) {
      checkOptions(options, ['random'], 'suite')
      const { provider, choice } = chosen.get(id) ?? {}
      if (provider === undefined || choice?.backend === undefined) {
        throw new TwofoldError('USAGE_SUITE_UNSUPPORTED', `best: ${whyNot(choice)}`)
      }
      if (options.random === undefined) return provider.suite(id, options)
      return seeded(id, options, names.slice(names.indexOf(choice.backend)), open)
    },
  }
}

function whyNot(choice: Choice | undefined): string | undefined {
  if (choice === undefined) return 'no suite of ours has this number'
  if (choice.backend !== undefined) return undefined
  return choice.rejected.map(({ backend, why }) => `${backend}: ${why}`).join('; ')
}

/** The first that can honour the seed. */
async function seeded(
  id: SuiteId,
  options: SuiteOptions,
  names: readonly BackendName[],
  open: Open,
): Promise<CryptoSuite> {
  for (const name of names) {
    const backend = await open(name)
    if (!('provider' in backend) || !backend.provider.suites.includes(id)) continue
    try {
      return await backend.provider.suite(id, options)
    } catch (error) {
      if (codeOf(error) !== 'USAGE_SEED_UNSUPPORTED') throw error
    }
  }
  const text = `none of ${names.join(', ')} takes randomness from outside for ${findSuite(id)?.name}`
  throw new TwofoldError('USAGE_SEED_UNSUPPORTED', text)
}
