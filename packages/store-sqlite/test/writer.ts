import { writeSync } from 'node:fs'
import { codeOf } from '@twofold/interface'
import { sqliteStore } from '@twofold/store-sqlite'
import { testKey, testValue } from './values.ts'

// Run as a process of its own: writes one revision after the other and says which one is confirmed, `rounds` times.
const [path = '', rounds = '0'] = process.argv.slice(2)
const store = sqliteStore({ path, key: testKey })
for (let round = 0; round < Number(rounds); ) {
  const revision = ((await store.load('a'))?.revision ?? 0) + 1
  try {
    await store.commit(['a', 'b'].map((id) => ({ id, revision, bytes: testValue(id, revision) })))
    writeSync(1, `${revision}\n`)
    round += 1
  } catch (error) {
    if (codeOf(error) !== 'STORE_CONFLICT') throw error
  }
}
await store.close()
