import { toGroupId } from '@twofold/codec'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { codeOfRefusal } from '../src/refusal.ts'
import { providers, subjectOf, testedSuites } from '../src/subject.ts'

const at = 1_767_225_600_000
const peerCodes = /^(DECODE_.+|PEER_.+|CRYPTO_FAILED)$/

/** A handshake and one commit in each framing, and what takes each message. */
async function honestMessages() {
  const { engine, identity } = await subjectOf(providers[0]!, testedSuites[2]!)
  const suites = [engine.suite]
  const [guest, host] = [await identity('guest'), await identity('host')]
  const offered = await engine.createKeyPackage({ identity: guest, suites, at, lifetimeMs: 600_000 })
  const keyPackage = offered.message
  const groupId = toGroupId(new Uint8Array(32))
  const made = await engine.createGroup({ groupId, identity: host, suites, keyPackage, at, lifetimeMs: 600_000 })
  const join = (welcome: Uint8Array) => engine.join({ welcome, keyPackage, secrets: offered.secrets, at })
  const { state } = await join(made.welcome)
  const verify = (message: Uint8Array) => engine.verify(state, message)
  return [
    { name: 'key package', bytes: keyPackage, take: (bytes: Uint8Array) => engine.inspectKeyPackage(bytes, at) },
    { name: 'welcome', bytes: made.welcome, take: join },
    { name: 'private commit', bytes: (await engine.commit(made.state, 'private')).message, take: verify },
    { name: 'public commit', bytes: (await engine.commit(made.state, 'public')).message, take: verify },
  ]
}

const messages = await honestMessages()

describe.each(messages)('a damaged $name', ({ bytes, take }) => {
  test('with one bit changed, in every byte, is refused', async () => {
    for (let i = 0; i < bytes.length; i++) {
      const damaged = bytes.slice()
      damaged[i]! ^= 1 << (i % 8)
      expect(await codeOfRefusal(() => take(damaged)), `byte ${i}`).toMatch(peerCodes)
    }
    await take(bytes)
  })

  test('cut anywhere is refused', async () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(await codeOfRefusal(() => take(bytes.slice(0, length))), `${length} bytes`).toMatch(peerCodes)
    }
  })

  test('with bytes replaced, removed or put in anywhere is refused', async () => {
    const place = fc.nat(bytes.length - 1)
    const edit = fc.record({ place, remove: fc.nat(8), insert: fc.uint8Array({ maxLength: 8 }) })
    await fc.assert(
      fc.asyncProperty(edit, async ({ place, remove, insert }) => {
        const damaged = Uint8Array.of(...bytes.subarray(0, place), ...insert, ...bytes.subarray(place + remove))
        fc.pre(!same(damaged, bytes))
        expect(await codeOfRefusal(() => take(damaged))).toMatch(peerCodes)
      }),
      { numRuns: 300 },
    )
  })

  test('in place of any other bytes is refused', async () => {
    const header = bytes.subarray(0, 4)
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (body) => {
        for (const noise of [body, Uint8Array.of(...header, ...body)]) {
          expect(await codeOfRefusal(() => take(noise))).toMatch(peerCodes)
        }
      }),
      { numRuns: 200 },
    )
  })

  test('in an encoding that is not minimal, or with bytes after it, is refused', async () => {
    expect(await codeOfRefusal(() => take(widened(bytes, vectorAt[bytes[3]!]!)))).toBe('DECODE_NON_MINIMAL_LENGTH')
    expect(await codeOfRefusal(() => take(Uint8Array.of(...bytes, 0)))).toBe('DECODE_TRAILING_BYTES')
  })
})

/** Where the first vector of a message begins, by wire format (public, private, welcome, key package). */
const vectorAt: Readonly<Record<number, number>> = { 1: 4, 2: 4, 3: 6, 5: 8 }

/** The same message with the length of the vector at `offset` in twice as many bytes. */
function widened(bytes: Uint8Array, offset: number): Uint8Array {
  const first = bytes[offset]!
  const header = first < 0x40 ? [0x40, first] : [0x80, 0, first - 0x40, bytes[offset + 1]!]
  return Uint8Array.of(...bytes.subarray(0, offset), ...header, ...bytes.subarray(offset + header.length / 2))
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
