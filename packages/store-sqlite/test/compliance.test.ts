import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type StoreSubject, storeCases } from '@twofold/compliance/store'
import { sqliteStore } from '@twofold/store-sqlite'
import { afterAll, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'twofold-sqlite-'))
afterAll(() => rmSync(folder, { recursive: true }))
let places = 0

const subject: StoreSubject = {
  features: ['shared', 'durable'],
  async place() {
    const path = join(folder, `${places++}.db`)
    const key = new Uint8Array(32).fill(7)
    return { open: async () => sqliteStore({ path, key }) }
  },
}

for (const { name, requires = [], run } of storeCases) {
  test.skipIf(requires.some((feature) => !subject.features.includes(feature)))(name, () => run(subject))
}
