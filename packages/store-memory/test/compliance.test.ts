import { type StoreSubject, storeCases } from '@twofold/compliance/store'
import { memoryStore } from '@twofold/store-memory'
import { test } from 'vitest'

const subject: StoreSubject = {
  features: ['shared', 'durable'],
  async place() {
    const storage = new Map()
    return { open: async () => memoryStore({ storage }) }
  },
}

for (const { name, requires = [], run } of storeCases) {
  test.skipIf(requires.some((feature) => !subject.features.includes(feature)))(name, () => run(subject))
}
