import { readFileSync } from 'node:fs'
import { backends } from './backend.ts'

export interface VersionInfo {
  readonly name: string
  readonly version: string
  readonly node: string
  readonly openssl: string
  /** The suites that each backend serves here. */
  readonly backends: Readonly<Record<string, readonly number[]>>
}

export function versionInfo(): VersionInfo {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as VersionInfo
  return {
    name: manifest.name,
    version: manifest.version,
    node: process.versions.node,
    openssl: process.versions.openssl ?? '',
    backends: Object.fromEntries(backends.map(({ name, suites }) => [name, suites])),
  }
}
