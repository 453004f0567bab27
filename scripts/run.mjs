// Starts a program of the repository from its sources, on the Node of npm: `node scripts/run.mjs demo --json`.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const programs = {
  demo: 'tools/demo/src/main.ts',
  bench: 'tools/bench/src/main.ts',
  peer: 'tools/peer/src/main.ts',
  twofold: 'apps/cli/src/main.ts',
}

const [name, ...args] = process.argv.slice(2)
const program = programs[name]
if (program === undefined) {
  console.error(`usage: node scripts/run.mjs ${Object.keys(programs).join('|')} [arguments]`)
  process.exit(2)
}

const root = new URL('..', import.meta.url)
const node = fileURLToPath(new URL(`node_modules/node/bin/node${process.platform === 'win32' ? '.exe' : ''}`, root))
if (!existsSync(node) || !existsSync(new URL('node_modules/.cache/twofold-set-up', root))) {
  console.error('Twofold is not set up here yet: run "npm start" once.')
  process.exit(1)
}

const child = spawn(node, ['--conditions=@twofold/source', fileURLToPath(new URL(program, root)), ...args], {
  stdio: 'inherit',
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1)
})
