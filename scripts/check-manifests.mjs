// Holds every package.json to one shape, and every import to the table in ARCHITECTURE.md. `turbo boundaries` checks who may
// import whom inside the repository; outside libraries and node: imports it does not see, so they are checked here.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = new URL('..', import.meta.url)
const adapters = ['codec', 'interface', 'hpke']

/** Published packages: what of ours they may import (tests: compliance too), which outside libraries, whether node: is theirs. */
const rows = {
  codec: { ours: [] },
  interface: { ours: ['codec'] },
  hpke: { ours: ['interface'] },
  core: { ours: ['codec', 'interface'] },
  record: { ours: ['codec', 'interface'] },
  mls: { ours: ['codec', 'interface', 'core'], bundled: ['ts-mls'] },
  channel: { ours: ['codec', 'interface', 'core', 'record', 'mls'] },
  compliance: { ours: ['codec', 'interface'] },
  simulator: { ours: ['codec', 'interface', 'core', 'record'] },
  'crypto-noble': { ours: adapters, outside: /^@noble\// },
  'crypto-webcrypto': { ours: [...adapters, 'crypto-noble'], outside: /^@noble\/hashes$/ },
  crypto: { ours: ['interface', 'crypto-noble', 'crypto-node', 'crypto-webcrypto'] },
  'crypto-node': { ours: adapters, node: true },
  'as-known-peers': { ours: adapters, node: true },
  'transport-memory': { ours: adapters },
  'transport-tcp': { ours: adapters, node: true },
  'store-memory': { ours: adapters },
  'store-sqlite': { ours: adapters, node: true },
  cli: { ours: undefined, outside: /^(commander|env-paths)$/, node: true },
}

const problems = []
const problem = (where, what) => problems.push(`${where}: ${what}`)

for (const [group, names] of ['packages', 'apps', 'tools', 'tests'].map((name) => [name, folders(name)])) {
  for (const name of names) check(group, name)
}

if (problems.length > 0) {
  console.error(problems.join('\n'))
  console.error(`${problems.length} problems in manifests and imports`)
  process.exit(1)
}
console.log('manifests and imports are in order')

function folders(group) {
  return readdirSync(new URL(`${group}/`, root), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
}

function check(group, name) {
  const where = `${group}/${name}`
  const manifest = JSON.parse(readFileSync(new URL(`${where}/package.json`, root), 'utf8'))
  checkShape(where, manifest)
  if (group === 'packages' || group === 'apps') checkPublished(where, name, manifest)
  checkImports(where, manifest, group === 'packages' || group === 'apps' ? rows[name] : undefined)
}

function checkShape(where, manifest) {
  const fixed = { license: 'MIT', type: 'module' }
  for (const [key, value] of Object.entries(fixed))
    if (manifest[key] !== value) problem(where, `"${key}" must be "${value}"`)
  if (!manifest.description) problem(where, 'a description is missing')
  const scripts = existsSync(new URL(`${where}/test/`, root)) ? ['typecheck', 'test'] : ['typecheck']
  for (const script of scripts) {
    if (!manifest.scripts?.[script]) problem(where, `the script "${script}" is missing`)
  }
  const versions = { ...manifest.dependencies, ...manifest.devDependencies }
  for (const [dependency, version] of Object.entries(versions)) {
    if (dependency.startsWith('@twofold/') && version !== versionOf(dependency))
      problem(where, `${dependency} must be ${versionOf(dependency)}`)
  }
}

function versionOf(dependency) {
  const name = dependency.slice('@twofold/'.length)
  const group = name === 'cli' ? 'apps' : 'packages'
  return JSON.parse(readFileSync(new URL(`${group}/${name}/package.json`, root), 'utf8')).version
}

function checkPublished(where, name, manifest) {
  const row = rows[name]
  if (row === undefined) return problem(where, 'has no row in scripts/check-manifests.mjs')
  if (manifest.name !== `@twofold/${name}`) problem(where, 'the npm name is not the folder')
  if (manifest.private) problem(where, 'is private')
  if (manifest.sideEffects !== false) problem(where, '"sideEffects" must be false')
  if (!['dist', 'src'].every((folder) => manifest.files?.includes(folder)))
    problem(where, '"files" must have dist and src')
  if (manifest.publishConfig?.access !== 'public' || manifest.publishConfig.provenance !== true)
    problem(where, 'publishConfig must be public with provenance')
  if (manifest.exports?.['./package.json'] !== './package.json') problem(where, 'package.json must be exported')
  for (const [subpath, target] of Object.entries(manifest.exports ?? {})) {
    if (subpath === './package.json') continue
    const keys = Object.keys(target).join()
    if (keys !== '@twofold/source,types,default')
      problem(where, `exports ${subpath} must have @twofold/source, types, default`)
  }
  for (const dependency of Object.keys(manifest.dependencies ?? {})) {
    if (!mayDepend(row, dependency)) problem(where, `may not depend on ${dependency}`)
  }
}

function mayDepend(row, dependency) {
  if (dependency.startsWith('@twofold/')) return row.ours === undefined || row.ours.includes(dependency.slice(9))
  return row.outside?.test(dependency) === true
}

function checkImports(where, manifest, row) {
  const published = row !== undefined
  const used = new Set()
  for (const file of sources(new URL(`${where}/src/`, root))) {
    const text = readFileSync(file, 'utf8')
    for (const specifier of specifiers(text)) {
      used.add(specifier)
      checkImport(`${where}/src`, specifier, manifest, row, published)
    }
  }
  for (const dependency of Object.keys(manifest.dependencies ?? {})) {
    const isUsed = [...used].some((specifier) => specifier === dependency || specifier.startsWith(`${dependency}/`))
    if (published && !isUsed) problem(where, `depends on ${dependency} and never imports it`)
  }
}

function specifiers(text) {
  const patterns = [/\bfrom\s+'([^'\n]+)'\s*;?\s*$/gm, /^\s*import\s+'([^'\n]+)'/gm, /\bimport\('([^'\n]+)'\)/g]
  return patterns.flatMap((pattern) => [...text.matchAll(pattern)].map((match) => match[1]))
}

function checkImport(where, specifier, manifest, row, published) {
  if (specifier.startsWith('.')) {
    if (!/\.(ts|mjs|json)$/.test(specifier)) problem(where, `${specifier} lacks its extension`)
    return
  }
  if (specifier.startsWith('node:')) {
    if (published && row.node !== true) problem(where, `may not import ${specifier}`)
    return
  }
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
  const dev = !published && manifest.devDependencies?.[name] !== undefined
  const declared = manifest.dependencies?.[name] !== undefined || row?.bundled?.includes(name) || dev
  if (!declared) problem(where, `imports ${name} without declaring it`)
}

function sources(folder) {
  return readdirSync(fileURLToPath(folder), { recursive: true })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => new URL(name.split('\\').join('/'), folder))
}
