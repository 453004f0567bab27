import { engineCases } from '@twofold/compliance/engine'
import { describe, test } from 'vitest'
import { providers, subjectOf, testedSuites } from '../src/subject.ts'

describe.each(providers)('engine contract with crypto-$name', (provider) => {
  describe.each(testedSuites.map((id) => ({ id, hex: id.toString(16).padStart(4, '0') })))('suite $hex', ({ id }) => {
    test.each(engineCases)('$name', async ({ run }) => run(await subjectOf(provider, id)))
  })
})

describe('engine contract in profile bare', () => {
  test.each(engineCases)('$name', async ({ run }) => run(await subjectOf(providers[0]!, testedSuites[1]!, 'bare')))
})
