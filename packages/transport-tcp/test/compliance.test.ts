import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TransportSubject, transportCases } from '@twofold/compliance/transport'
import { tcpTransport } from '@twofold/transport-tcp'
import { afterAll, describe, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'twofold-tcp-'))
afterAll(() => rmSync(folder, { recursive: true }))
let sockets = 0

const features = ['half-close', 'refusal', 'separate-limits'] as const

const tcp: TransportSubject = {
  features,
  place: async (maxFrame) => ({
    server: tcpTransport({ port: 0, ...limit(maxFrame) }),
    client: ({ address }) => tcpTransport({ port: Number(address.split(':')[1]), ...limit(maxFrame) }),
  }),
}

const unix: TransportSubject = {
  features,
  async place(maxFrame) {
    const path = join(folder, `${sockets++}.sock`)
    const at = (path: string) => tcpTransport({ path, ...limit(maxFrame) })
    return { server: at(path), client: ({ address }) => at(address) }
  },
}

function limit(maxFrame: number | undefined): { maxFrame?: number } {
  return maxFrame === undefined ? {} : { maxFrame }
}

describe.each([
  ['tcp', tcp],
  ['unix', unix],
])('%s', (_, subject) => {
  for (const { name, requires = [], run } of transportCases) {
    test.skipIf(requires.some((feature) => !subject.features.includes(feature)))(name, () => run(subject))
  }
})
