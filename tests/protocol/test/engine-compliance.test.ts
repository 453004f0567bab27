import { engineCases } from '@twofold/compliance/engine'
import { seededRandom, symbolicEngine, symbolicIdentity } from '@twofold/simulator'
import { describe, test } from 'vitest'

describe.each(['framed', 'bare'] as const)('engine contract with the symbolic engine, profile %s', (profile) => {
  test.each(engineCases)('$name', async ({ run }) => {
    const random = seededRandom(1).bytes
    await run({ engine: symbolicEngine({ random, profile }), identity: (name) => symbolicIdentity(name, random) })
  })
})
