import { type SuiteInfo, TwofoldError } from '@twofold/interface'
import type { Case } from './case.ts'
import { backendCases, backends, nearestTsMls, nodeServes, tsMlsCases, tunedCases } from './cases.ts'
import { profileOf } from './profile.ts'
import { type Profile, type Report, type Row, rowsOf } from './report.ts'
import { measure } from './rounds.ts'
import { origin } from './versions.ts'

export interface BenchOptions {
  readonly suites: readonly SuiteInfo[]
  /** Infinity where only `seconds` ends a suite. */
  readonly rounds: number
  readonly seconds: number | undefined
  readonly profile: boolean
  /** Hears what is going on. */
  readonly progress?: (text: string) => void
}

const mostWarmUp = 10

/** Runs everything. Throws `USAGE_SUITE_UNSUPPORTED` for a suite that no backend serves. */
export async function bench(options: BenchOptions): Promise<Report> {
  const { suites, profile } = options
  const from = origin()
  const startedAt = new Date().toISOString()
  const rows: Row[] = []
  const profiles: Profile[] = []
  for (const info of suites) {
    rows.push(...(await benchSuite(info, options)))
    if (profile) profiles.push(...(await profileOf(servedBy(info)[0]!, info)))
  }
  const rounds = Math.min(...rows.map(({ time }) => time.samples))
  return { tool: 'twofold-bench', format: 1, startedAt, origin: from, rounds, rows, profiles }
}

function servedBy(info: SuiteInfo) {
  const served = backends().filter(({ provider }) => provider.suites.includes(info.id))
  if (served.length > 0) return served
  throw new TwofoldError('USAGE_SUITE_UNSUPPORTED', `no backend serves ${info.name} here`)
}

async function benchSuite(info: SuiteInfo, options: BenchOptions): Promise<Row[]> {
  const { rounds, seconds, progress = () => {} } = options
  progress(`${info.name}: preparing`)
  const cases: Case[] = []
  for (const backend of servedBy(info)) cases.push(...(await backendCases(backend, info)))
  for (const { provider } of backends()) {
    if (!provider.suites.includes(info.id)) progress(`without ${provider.name}: ${provider.whyNot(info.id)}`)
  }
  const yardstick = nearestTsMls(info)
  if (yardstick !== undefined) cases.push(...(await tsMlsCases(yardstick)))
  else progress(`ts-mls has no suite near ${info.name}: no ratios`)
  if (nodeServes(info)) cases.push(...(await tunedCases(info)))
  const samples = await measure(cases, {
    rounds,
    warmUp: Math.min(mostWarmUp, rounds),
    atMostMs: seconds === undefined ? Number.POSITIVE_INFINITY : seconds * 1000,
    onRound: (done) => {
      if (done % 10 === 0) progress(`${info.name}: ${done} rounds`)
    },
  })
  return rowsOf(cases, samples)
}
