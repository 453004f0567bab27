#!/usr/bin/env node
import { existsSync } from 'node:fs'

const built = new URL('../dist/main.js', import.meta.url)
if (existsSync(built)) {
  await import(built.href)
} else {
  console.error('twofold: this copy is not built: run `npm run build`, or in the repository `npm run -s twofold -- …`')
  process.exitCode = 1
}
