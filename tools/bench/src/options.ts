import { parseArgs } from 'node:util'
import { defaultSuite, findSuite, type SuiteInfo } from '@twofold/interface'

export interface Options {
  readonly help: boolean
  readonly json: boolean
  readonly profile: boolean
  readonly suites: readonly SuiteInfo[]
  readonly rounds: number
  /** undefined for no limit but the rounds. */
  readonly seconds: number | undefined
}

const defaultRounds = 50

/** Throws an Error with a text for people. */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      json: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      suite: { type: 'string', multiple: true },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
    },
  })
  const { help, json, profile } = values
  const seconds = values.seconds === undefined ? undefined : positive('seconds', values.seconds)
  const rounds = values.rounds === undefined ? undefined : positive('rounds', values.rounds)
  if (rounds !== undefined && !Number.isInteger(rounds)) throw new Error('--rounds takes a whole number')
  const names = values.suite ?? [`${defaultSuite}`]
  return {
    help,
    json,
    profile,
    suites: names.map(suiteOf),
    // With a time alone, only the time ends the run.
    rounds: rounds ?? (seconds === undefined ? defaultRounds : Number.POSITIVE_INFINITY),
    seconds,
  }
}

function positive(name: string, text: string): number {
  const number = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0
  if (number > 0) return number
  throw new Error(`--${name} takes a number above 0`)
}

function suiteOf(name: string): SuiteInfo {
  const info = findSuite(name)
  if (info === undefined) throw new Error(`no cipher suite here is called ${name}`)
  return info
}

export const help: string = `Usage: npm run bench -- [options]

Times handshakes, updates and messages by every crypto backend, beside ts-mls with its default provider, in interleaved
rounds of one run: machines differ and are noisy, so read the ratios.

  --suite <name>     a cipher suite by name or number, several times for several (default 0xF002)
  --rounds <count>   rounds for each suite (default ${defaultRounds})
  --seconds <time>   or until so many seconds have passed, for each suite; with both, whichever comes first
  --profile          also count the calls into the crypto suite, by kind; these numbers do not vary
  --json             JSON on stdout and nothing else there; progress goes to stderr
  --help             this text
`
