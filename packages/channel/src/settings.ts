import { type Config, defaults } from '@twofold/core'
import { checkOptions, defaultSuite, findSuite, type SuiteId, TwofoldError } from '@twofold/interface'
import type { EndpointOptions, UpdatePolicy } from './api.ts'

/** The options with every default filled in. */
export interface Settings {
  readonly config: Config
  readonly halfOpen: number
  readonly halfOpenPerAddress: number
}

const known = [
  'identity',
  'crypto',
  'store',
  'authentication',
  'suites',
  'update',
  'commits',
  'handshakeTimeoutMs',
  'halfOpen',
  'halfOpenPerAddress',
]

/** Throws `USAGE_UNKNOWN_OPTION`, `USAGE_INVALID_ARGUMENT`, `USAGE_SUITE_UNSUPPORTED`. */
export function settingsOf(options: EndpointOptions): Settings {
  checkOptions(options, known, 'an endpoint')
  requireOptions(options, ['identity', 'crypto', 'store', 'authentication'], 'an endpoint')
  const update = updatePolicy(options.update ?? {})
  return {
    config: {
      identity: options.identity,
      suites: chosenSuites(options),
      profile: 'framed',
      commits: options.commits ?? 'private',
      keyPackageLifetimeMs: defaults.keyPackageLifetimeMs,
      handshakeTimeoutMs: positive(options.handshakeTimeoutMs ?? defaults.handshakeTimeoutMs, 'handshakeTimeoutMs'),
      linkTimeoutMs: defaults.linkTimeoutMs,
      holdMs: defaults.holdMs,
      ...update,
    },
    halfOpen: positive(options.halfOpen ?? defaults.halfOpen, 'halfOpen'),
    halfOpenPerAddress: positive(options.halfOpenPerAddress ?? defaults.halfOpenPerAddress, 'halfOpenPerAddress'),
  }
}

/** Throws `USAGE_INVALID_ARGUMENT` for an option that has no default and is missing. */
export function requireOptions<T extends object>(
  options: T,
  needed: readonly (keyof T & string)[],
  where: string,
): void {
  for (const key of needed) {
    if (options[key] === undefined)
      throw new TwofoldError('USAGE_INVALID_ARGUMENT', `${where} needs the option "${key}"`)
  }
}

function updatePolicy(policy: UpdatePolicy): Pick<Config, 'updateEveryMs' | 'updateEveryBytes' | 'updateEveryRecords'> {
  checkOptions(policy, ['everyMs', 'everyBytes', 'everyRecords'], 'the update policy')
  return {
    updateEveryMs: positive(policy.everyMs ?? defaults.updateEveryMs, 'update.everyMs'),
    updateEveryBytes: positive(policy.everyBytes ?? defaults.updateEveryBytes, 'update.everyBytes'),
    updateEveryRecords: positive(policy.everyRecords ?? defaults.updateEveryRecords, 'update.everyRecords'),
  }
}

function positive(value: number, name: string): number {
  if (value > 0) return value
  throw new TwofoldError('USAGE_INVALID_ARGUMENT', `${name} must be a number above 0`)
}

/** Only suites that the backend serves and for which the identity has a signature key (docs: first handshake). */
function chosenSuites({ suites = [defaultSuite], crypto, identity }: EndpointOptions): readonly SuiteId[] {
  const chosen = suites.map((given) => {
    const info = findSuite(given)
    if (info === undefined) throw new TwofoldError('USAGE_SUITE_UNSUPPORTED', `there is no cipher suite ${given}`)
    if (!crypto.suites.includes(info.id)) {
      const why = crypto.whyNot(info.id) ?? 'not served'
      throw new TwofoldError('USAGE_SUITE_UNSUPPORTED', `${info.name} on backend ${crypto.name}: ${why}`)
    }
    if (!identity.keys.some((key) => key.scheme === info.signatureScheme)) {
      throw new TwofoldError(
        'USAGE_INVALID_ARGUMENT',
        `${info.name} signs by ${info.signature}, and the identity has no such key`,
      )
    }
    return info.id
  })
  if (chosen.length === 0) throw new TwofoldError('USAGE_INVALID_ARGUMENT', 'the list of cipher suites is empty')
  return chosen
}
