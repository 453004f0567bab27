import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))

/** Where the numbers come from: they are worth nothing without it. */
export interface Origin {
  readonly cpu: string
  readonly cores: number
  readonly platform: string
  /** Of one minute, at the beginning. */
  readonly load: number
  readonly runtime: string
  readonly openssl: string
  /** undefined outside a checkout; ends in "-dirty" where files were changed. */
  readonly commit: string | undefined
}

export function origin(): Origin {
  const all = cpus()
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    platform: `${process.platform} ${process.arch}`,
    load: loadavg()[0] ?? 0,
    runtime: `node ${process.versions.node}`,
    openssl: process.versions.openssl,
    commit: commit(),
  }
}

function commit(): string | undefined {
  const args = ['describe', '--always', '--dirty', '--abbrev=12']
  try {
    return execFileSync('git', args, { cwd: here, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return undefined
  }
}

/** The version of a package as the workspace `of` resolves it, from its manifest; `exports` may hide that from an import. */
export function versionOf(name: string, of: string = workspace('tools/bench')): string {
  for (let folder = of; ; folder = dirname(folder)) {
    const manifest = join(folder, 'node_modules', name, 'package.json')
    if (existsSync(manifest)) return JSON.parse(readFileSync(manifest, 'utf8')).version
    if (folder === dirname(folder)) throw new Error(`${name} is not installed`)
  }
}

/** A folder of the repository. */
export function workspace(path: string): string {
  return join(here, '../../..', path)
}
