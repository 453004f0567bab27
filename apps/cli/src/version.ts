import { readFileSync } from 'node:fs'
import { nobleCrypto } from '@twofold/crypto-noble'
import { nodeCrypto } from '@twofold/crypto-node'

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
    backends: { [nodeCrypto.name]: nodeCrypto.suites, [nobleCrypto.name]: nobleCrypto.suites },
  }
}
