import { type TransportSubject, transportCases } from '@twofold/compliance/transport'
import { memoryTransport } from '@twofold/transport-memory'
import { test } from 'vitest'

const subject: TransportSubject = {
  // One maxFrame for both sides, so no 'separate-limits'.
  features: ['half-close', 'refusal'],
  async place(maxFrame) {
    const transport = memoryTransport(maxFrame === undefined ? {} : { maxFrame })
    return { server: transport, client: () => transport }
  },
}

for (const { name, requires = [], run } of transportCases) {
  test.skipIf(requires.some((feature) => !subject.features.includes(feature)))(name, () => run(subject))
}
