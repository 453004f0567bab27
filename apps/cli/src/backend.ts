import { nobleCrypto } from '@twofold/crypto-noble'
import { nodeCrypto } from '@twofold/crypto-node'
import { webCrypto } from '@twofold/crypto-webcrypto'
import { type CryptoProvider, defaultSuite, findSuite, type SuiteInfo, suites } from '@twofold/interface'
import type { BackendName } from './arguments.ts'
import { usageError } from './cli-error.ts'

/** Fastest first. */
export const backends: readonly CryptoProvider[] = [nodeCrypto, webCrypto, nobleCrypto]

export interface Choice {
  readonly crypto: CryptoProvider
  /** Most preferred first. */
  readonly suites: readonly SuiteInfo[]
}

/** The suites that were asked for (default: 0xF002 alone), and the fastest backend that serves them all, or the one asked for. */
export function choose(name: BackendName, wanted: readonly string[]): Choice {
  const chosen = (wanted.length === 0 ? [String(defaultSuite)] : wanted).map(suiteOf)
  const candidates = name === 'auto' ? backends : backends.filter((backend) => backend.name === name)
  const crypto = candidates.find((backend) => chosen.every(({ id }) => backend.suites.includes(id)))
  if (crypto !== undefined) return { crypto, suites: chosen }
  throw usageError(whyNone(candidates, chosen), `choose one of:${servedBy(candidates)}`)
}

function suiteOf(text: string): SuiteInfo {
  const info = findSuite(text)
  if (info !== undefined) return info
  throw usageError(`there is no cipher suite "${text}"`, `give a number or a name:${suites.map(label).join('')}`)
}

function whyNone(candidates: readonly CryptoProvider[], chosen: readonly SuiteInfo[]): string {
  const reasons = candidates.flatMap(({ name, whyNot }) =>
    chosen.map(({ id }) => whyNot(id)).flatMap((reason) => (reason === undefined ? [] : [`${name}: ${reason}`])),
  )
  return `no backend serves this (${reasons.join('; ')})`
}

function servedBy(candidates: readonly CryptoProvider[]): string {
  const served = suites.filter(({ id }) => candidates.some((backend) => backend.suites.includes(id)))
  return served.map(label).join('')
}

/** A line of its own. */
function label({ id, name }: SuiteInfo): string {
  return `\n    ${suiteNumber(id).padEnd(6)} ${name}`
}

/** As the documents write it: 0xF002, and 1 to 7 for those of RFC 9420. */
export function suiteNumber(id: number): string {
  return id < 0x100 ? String(id) : `0x${id.toString(16).toUpperCase()}`
}
