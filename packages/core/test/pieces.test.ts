import { alertCode, toEpoch, toGroupId, toSuiteId } from '@twofold/codec'
import { codeOf, type ErrorCode } from '@twofold/interface'
import { describe, expect, test } from 'vitest'
import { equalBytes, hex, isLarger } from '../src/bytes.ts'
import { alertFor, codeForAlert, type Engine, type GroupState, type Session, storedSuite } from '../src/index.ts'
import { sessionBytes, sessionFrom } from '../src/stored.ts'

describe('bytes', () => {
  test.each([
    { a: [1, 2], b: [1, 1], larger: true },
    { a: [1, 1], b: [1, 2], larger: false },
    { a: [1, 2], b: [1, 2], larger: false },
    { a: [0x80], b: [0x7f], larger: true },
    { a: [0, 255], b: [1, 0], larger: false },
  ])('$a is larger than $b: $larger', ({ a, b, larger }) => {
    expect(isLarger(Uint8Array.from(a), Uint8Array.from(b))).toBe(larger)
  })

  test('equality looks at lengths too', () => {
    expect(equalBytes(Uint8Array.of(1), Uint8Array.of(1, 0))).toBe(false)
    expect(equalBytes(Uint8Array.of(1, 0), Uint8Array.of(1, 0))).toBe(true)
    expect(hex(Uint8Array.of(0, 15, 255))).toBe('000fff')
  })
})

describe('alerts', () => {
  test('what did not open and what did not verify look the same from outside', () => {
    const codes: ErrorCode[] = ['CRYPTO_FAILED', 'PEER_BAD_COMMIT', 'PEER_BAD_RECORD', 'PEER_FORBIDDEN_PROPOSAL']
    expect(new Set(codes.map(alertFor))).toEqual(new Set([alertCode.bad_message]))
  })

  test.each([
    ['AUTH_REJECTED', 'PEER_REJECTED'],
    ['AUTH_UNAVAILABLE', 'PEER_ALERT'],
    ['PEER_STALE', 'PEER_STALE'],
    ['PEER_FORKED', 'PEER_FORKED'],
    ['PEER_UNKNOWN_SESSION', 'PEER_UNKNOWN_SESSION'],
    ['PEER_SUITE_REFUSED', 'PEER_SUITE_REFUSED'],
    ['PEER_TOO_MANY_HALF_OPEN', 'PEER_TOO_MANY_HALF_OPEN'],
    ['PEER_TIMEOUT', 'PEER_TIMEOUT'],
    ['DECODE_TRUNCATED', 'PEER_ALERT'],
    ['BUG_INVARIANT', 'PEER_ALERT'],
  ] as const)('%s is %s to the other side', (code, theirs) => {
    expect(codeForAlert(alertFor(code)!)).toBe(theirs)
  })

  test('an alert of a number that we do not know is one all the same', () => {
    expect(codeForAlert(0xffff)).toBe('PEER_ALERT')
  })

  test('the environment and wrong calls tell the peer no more than they must', () => {
    expect(alertFor('TRANSPORT_CLOSED')).toBeUndefined()
    expect(alertFor('USAGE_CLOSED')).toBeUndefined()
    expect(alertFor('STORE_FAILED')).toBe(alertCode.internal)
  })
})

/** States are named by one byte; whether the exporter was asked for is the second. */
const names = new Map<GroupState, number>()
const engine = {
  encode: (state: GroupState, { exporter }: { exporter: boolean }) =>
    Uint8Array.of(names.get(state)!, exporter ? 1 : 0),
  decode: (bytes: Uint8Array) => stateNamed(bytes[0]!),
  epoch: (state: GroupState) => toEpoch(names.get(state)!),
} as unknown as Engine

function stateNamed(name: number): GroupState {
  const state = Object.freeze({}) as GroupState
  names.set(state, name)
  return state
}

function session(fields: Partial<Session> = {}): Session {
  return {
    engine,
    id: toGroupId(new Uint8Array(32).fill(3)),
    role: 'responder',
    suite: toSuiteId(0xf002),
    revision: 4,
    current: stateNamed(6),
    epoch: toEpoch(6),
    pending: undefined,
    applied: { hash: Uint8Array.of(1), content: 'resumption_request' },
    answered: { request: Uint8Array.of(1), response: Uint8Array.of(2) },
    opened: true,
    peer: {
      identity: 'zoë 🗝 \u{7ff}\u{800}',
      expected: 'zoë',
      credential: { kind: 'basic', identity: Uint8Array.of(9) },
      signatureKey: Uint8Array.of(8),
    },
    freshness: { own: 1_767_225_600_000, peerAfter: 2, peerBefore: 3 },
    epochSince: 5,
    helloExpiresAt: 0,
    helloHash: Uint8Array.of(7),
    ...fields,
  }
}

const pending = {
  message: Uint8Array.of(1, 2, 3),
  hash: Uint8Array.of(4),
  epoch: toEpoch(7),
  madeAt: 11,
  doubtful: true,
}

describe('a stored session', () => {
  test.each([
    { name: 'with nothing pending', fields: {} },
    {
      name: 'of an initiator',
      fields: { role: 'initiator' as const, peer: { ...session().peer, expected: undefined } },
    },
    { name: 'without answers', fields: { applied: undefined, answered: undefined, opened: false } },
    {
      name: 'with certificates',
      fields: {
        peer: {
          ...session().peer,
          credential: { kind: 'x509' as const, certificates: [Uint8Array.of(1), Uint8Array.of(2)] },
        },
      },
    },
  ])('$name comes back as it was', ({ fields }) => {
    const before = session(fields)
    expect(sessionFrom(sessionBytes(before), 4, engine)).toEqual(before)
  })

  test.each([
    { kinds: ['hello'], exporter: 1 },
    { kinds: ['update'], exporter: 0 },
    { kinds: ['request'], exporter: 1 },
    { kinds: ['response'], exporter: 1 },
    { kinds: ['update', 'request', 'response'], exporter: 1 },
  ] as const)('the secrets of the current epoch stay out; those of a pending $kinds: $exporter', ({
    kinds,
    exporter,
  }) => {
    const encoded: number[][] = []
    const spy: Engine = {
      ...engine,
      encode(state, options) {
        encoded.push([...engine.encode(state, options)])
        return engine.encode(state, options)
      },
    }
    const before = session({ engine: spy, pending: { ...pending, kinds, next: stateNamed(7) } })
    const after = sessionFrom(sessionBytes(before), 4, engine)
    expect(encoded).toEqual([
      [6, 0],
      [7, exporter],
    ])
    expect(after.pending).toEqual({ ...before.pending, kinds: [...kinds] })
  })

  test('damaged bytes are no session', () => {
    const bytes = sessionBytes(session({ pending: { ...pending, kinds: ['update'], next: stateNamed(7) } }))
    const code = (input: Uint8Array): string | undefined => {
      try {
        storedSuite(input)
      } catch (error) {
        return codeOf(error)
      }
      return undefined
    }
    expect(code(bytes)).toBeUndefined()
    for (let length = 0; length < bytes.length; length++) expect(code(bytes.subarray(0, length))).toBe('STORE_CORRUPT')
    expect(code(Uint8Array.of(...bytes, 0))).toBe('STORE_CORRUPT')
    expect(code(Uint8Array.of(2, ...bytes.subarray(1)))).toBe('STORE_CORRUPT')
  })
})
