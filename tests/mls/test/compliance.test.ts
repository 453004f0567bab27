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

const essential = engineCases.filter(({ name }) => /^(a handshake ends|ten commits|a state that was stored)/.test(name))

describe.each(providers)('every suite of crypto-$name', (provider) => {
  const all = provider.suites.map((id) => ({ id, hex: id.toString(16).padStart(4, '0') }))
  describe.each(all)('suite $hex', ({ id }) => {
    test.each(essential)('$name', async ({ run }) => run(await subjectOf(provider, id)))
  })
})
