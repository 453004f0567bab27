// `npm test`: every check there is, one after the other where they share the machine, and the count of tests as the last line.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = new URL('..', import.meta.url)
const help = `usage: npm test [-- --only NAME]

Builds every package, checks types, style, manifests and import boundaries, and runs every test.
  --only NAME   only the tests of that workspace (for example @twofold/codec)
The last line counts: N passed, N failed, N skipped.`

const args = process.argv.slice(2)
if (args.includes('--help')) {
  console.log(help)
  process.exit(0)
}
const only = args.includes('--only') ? args[args.indexOf('--only') + 1] : undefined

const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' }

function run(title, command, ...rest) {
  console.log(`\n== ${title}`)
  const { status } = spawnSync(command, rest, { cwd: fileURLToPath(root), env, stdio: 'inherit' })
  if (status !== 0) failures.push(title)
  return status === 0
}

function workspaces() {
  const folders = ['packages', 'apps', 'tools', 'tests'].flatMap((group) =>
    existsSync(new URL(`${group}/`, root))
      ? readdirSync(new URL(`${group}/`, root)).map((name) => `${group}/${name}`)
      : [],
  )
  return folders
    .filter((folder) => existsSync(new URL(`${folder}/package.json`, root)))
    .map((folder) => ({ folder, manifest: JSON.parse(readFileSync(new URL(`${folder}/package.json`, root), 'utf8')) }))
    .filter(({ manifest }) => manifest.scripts?.test !== undefined && (only === undefined || manifest.name === only))
}

/** A workspace whose tests left no report has not run, and that is a failure too. */
function count(folder) {
  const report = new URL(`${folder}/.test-results.json`, root)
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0 }
  const {
    numPassedTests,
    numFailedTests,
    numPendingTests,
    numTodoTests = 0,
    success,
  } = JSON.parse(readFileSync(report, 'utf8'))
  const failed = numFailedTests === 0 && !success ? 1 : numFailedTests
  return { passed: numPassedTests, failed, skipped: numPendingTests + numTodoTests }
}

const failures = []
const tested = workspaces()
for (const { folder } of tested) rmSync(new URL(`${folder}/.test-results.json`, root), { force: true })

if (only === undefined) {
  run('style and manifests', 'npm', 'run', '--silent', 'lint')
  run('import boundaries', 'turbo', 'boundaries')
  run('build and types', 'turbo', 'run', 'build', 'typecheck', '--output-logs=errors-only')
}
run(
  'tests',
  'turbo',
  'run',
  'test',
  '--continue',
  '--concurrency=2',
  '--output-logs=full',
  ...(only === undefined ? [] : [`--filter=${only}`]),
)

console.log('\n== count')
const totals = { passed: 0, failed: 0, skipped: 0 }
for (const { folder, manifest } of tested) {
  const result = count(folder)
  for (const key of Object.keys(totals)) totals[key] += result[key]
  console.log(`${manifest.name}: ${result.passed} passed, ${result.failed} failed, ${result.skipped} skipped`)
}
// A check that failed without a failing test must show in the count as well.
totals.failed += failures.filter((title) => title !== 'tests' || totals.failed === 0).length
if (failures.length > 0) console.log(`failed: ${failures.join(', ')}`)
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`)
process.exitCode = totals.failed === 0 && failures.length === 0 ? 0 : 1
