import { formatKnownPeer, type KnownPeer, parseKnownPeers } from '@twofold/as-known-peers'
import { type SignatureName, signatureSchemes } from '@twofold/interface'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const lengths: Record<SignatureName, number> = {
  P256: 65,
  P384: 97,
  P521: 133,
  Ed25519: 32,
  Ed448: 57,
  MLDSA44: 1312,
  MLDSA65: 1952,
  MLDSA87: 2592,
}
const key = new Uint8Array(32).map((_, n) => n)
const encoded = Buffer.from(key).toString('base64')

describe('parseKnownPeers', () => {
  test('reads pins, with and without a comment, and their lines', () => {
    const text = `# known peers\n\nalice Ed25519 ${encoded}\n  bob\tEd25519  ${encoded}   his laptop, 2026 \r\n\t# end`
    expect(parseKnownPeers(text)).toEqual({
      peers: [
        { name: 'alice', scheme: 'Ed25519', key, line: 3 },
        { name: 'bob', scheme: 'Ed25519', key, comment: 'his laptop, 2026', line: 4 },
      ],
      ignored: [],
    })
  })

  test('knows every scheme by its name and by the length of its keys', () => {
    for (const scheme of Object.keys(signatureSchemes) as SignatureName[]) {
      const line = (length: number): string => `alice ${scheme} ${Buffer.alloc(length, 1).toString('base64')}`
      expect(parseKnownPeers(line(lengths[scheme])).peers).toHaveLength(1)
      expect(parseKnownPeers(line(lengths[scheme] - 1)).ignored[0]?.reason).toContain(`${lengths[scheme]} bytes`)
      expect(parseKnownPeers(line(lengths[scheme] + 1)).peers).toEqual([])
    }
  })

  test.each([
    ['alice', 'form'],
    [`alice Ed25519`, 'form'],
    [`alice ed25519 ${encoded}`, 'scheme'],
    [`alice toString ${encoded}`, 'scheme'],
    [`alice Ed25519 ${encoded.slice(0, -1)}`, 'base64'],
    [`alice Ed25519 ${encoded.slice(0, -4)}!!!!`, 'base64'],
    [`alice Ed25519 ${encoded.replaceAll('+', '-').replaceAll('/', '_')}A`, 'base64'],
    [`alice Ed25519 ${encoded.slice(0, -4)}`, '32 bytes'],
    [`al\u00a0ice Ed25519 ${encoded}`, 'whitespace'],
    [`al\u200bice Ed25519 ${encoded}`, 'invisible'],
    [`al\u202eice Ed25519 ${encoded}`, 'invisible'],
    [`al\u0007ice Ed25519 ${encoded}`, 'invisible'],
    [`\ufffd Ed25519 ${encoded}`, 'invisible'],
    [`${'é'.repeat(128)} Ed25519 ${encoded}`, '255 bytes'],
  ])('ignores the line %j, and says why', (line, reason) => {
    const { peers, ignored } = parseKnownPeers(`${line}\nbob Ed25519 ${encoded}`)
    expect(peers.map(({ name }) => name)).toEqual(['bob'])
    expect(ignored).toEqual([{ line: 1, reason: expect.stringContaining(reason) }])
  })

  test('a name of 255 bytes, and a byte order mark before the first line', () => {
    expect(parseKnownPeers(`\uFEFF${'x'.repeat(255)} Ed25519 ${encoded}`).peers[0]?.name).toBe('x'.repeat(255))
  })

  test('never throws', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseKnownPeers(text)))
  })

  test('takes no time for a long line of spaces', () => {
    const started = performance.now()
    parseKnownPeers(`a b c${' '.repeat(200_000)}d`)
    parseKnownPeers(' '.repeat(200_000))
    parseKnownPeers(`a b c ${'x '.repeat(100_000)}`)
    expect(performance.now() - started).toBeLessThan(2_000)
  })
})

describe('formatKnownPeer', () => {
  const scheme = fc.constantFrom(...(Object.keys(signatureSchemes) as SignatureName[]))

  test('what it writes is read back the same, or it refuses', () => {
    const text = fc.string({ unit: 'binary', maxLength: 40 })
    fc.assert(
      fc.property(text, scheme, text, (name, scheme, comment) => {
        const peer: KnownPeer = { name, scheme, key: new Uint8Array(lengths[scheme]).fill(3), comment }
        let line: string
        try {
          line = formatKnownPeer(peer)
        } catch (error) {
          expect(error).toMatchObject({ code: 'USAGE_INVALID_ARGUMENT' })
          return
        }
        const { comment: none, ...bare } = peer
        expect(parseKnownPeers(line)).toEqual({ peers: [{ ...(none ? peer : bare), line: 1 }], ignored: [] })
      }),
      { numRuns: 2000 },
    )
  })

  test.each<[string, Partial<Record<keyof KnownPeer, unknown>>]>([
    ['no name', { name: '' }],
    ['a name with a space', { name: 'a b' }],
    ['a name that is a comment', { name: '#alice' }],
    ['a name with half a character', { name: '\ud800' }],
    ['a name that brings its own line', { name: `x\nmallory` }],
    ['a comment that brings its own line', { comment: `x\nmallory Ed25519 ${encoded}` }],
    ['a comment that brings its own line (CR)', { comment: `x\rmallory` }],
    ['an unknown scheme', { scheme: 'RSA' }],
    ['a key of another length', { key: new Uint8Array(31) }],
    ['a key in text', { key: encoded }],
  ])('refuses %s', (_, part) => {
    const peer = { name: 'alice', scheme: 'Ed25519', key, ...part } as KnownPeer
    expect(() => formatKnownPeer(peer)).toThrow(expect.objectContaining({ code: 'USAGE_INVALID_ARGUMENT' }))
  })
})
