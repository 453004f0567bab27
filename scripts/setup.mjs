// Set-up for a fresh clone, in plain JavaScript for the Node that the shell finds first (20 or later): installs when the
// lock file has changed since the last time, and does nothing otherwise. Everything after it runs on the `node` of npm.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const mark = new URL('../node_modules/.cache/twofold-set-up', import.meta.url)

function wanted() {
  const lock = createHash('sha256').update(readFileSync(new URL('../package-lock.json', import.meta.url)))
  return `${lock.digest('hex')} ${process.platform} ${process.arch}\n`
}

function isDone() {
  return existsSync(mark) && readFileSync(mark, 'utf8') === wanted()
}

function install() {
  console.error('Setting up: installing the dependencies from package-lock.json (once) ...')
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error']
  // stdout belongs to the program that runs afterwards; npm's own goes to stderr.
  const env = { ...process.env, npm_config_loglevel: 'error' }
  const { status, error } = spawnSync(npm, args, {
    cwd: root,
    env,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  if (error !== undefined || status !== 0) {
    console.error(`Set-up failed: "npm ci" ended with ${error?.message ?? status}. Is the npm registry within reach?`)
    process.exit(1)
  }
  mkdirSync(new URL('.', mark), { recursive: true })
  writeFileSync(mark, wanted())
  console.error('Set-up is done.')
}

const [major] = process.versions.node.split('.').map(Number)
if (major < 20) {
  console.error(`Twofold needs Node 20 or later to set itself up; this is ${process.version}.`)
  process.exit(1)
}
if (process.argv.includes('--check')) process.exit(isDone() ? 0 : 1)
if (!isDone()) install()
