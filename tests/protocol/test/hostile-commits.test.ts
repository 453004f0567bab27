import {
  contentType,
  decode,
  encodeFrame,
  keyPackage,
  messageType,
  type ProposalOrRef,
  toGroupId,
} from '@twofold/codec'
import {
  type Actor,
  type Simulation,
  type SymbolicEngine,
  seededRandom,
  symbolicEngine,
  symbolicIdentity,
  symbolicSimulation,
  type UnsafeCommitOptions,
} from '@twofold/simulator'
import { describe, expect, test } from 'vitest'
import { codesOf, livesOn, sessionOf } from '../src/index.ts'

const reference: ProposalOrRef = { kind: 'reference', reference: new Uint8Array(32) }
const reInit: ProposalOrRef = {
  kind: 'proposal',
  proposal: {
    kind: 'reinit',
    groupId: toGroupId(new Uint8Array(32)),
    version: 1,
    suite: 0xf002 as never,
    extensions: [],
  },
}

const hostile: { readonly name: string; readonly options: () => UnsafeCommitOptions; readonly code: string }[] = [
  { name: 'a third member', options: () => ({ proposals: [addOfThird()] }), code: 'PEER_FORBIDDEN_PROPOSAL' },
  { name: 'a proposal by reference', options: () => ({ proposals: [reference] }), code: 'PEER_FORBIDDEN_PROPOSAL' },
  { name: 'a ReInit', options: () => ({ proposals: [reInit] }), code: 'PEER_FORBIDDEN_PROPOSAL' },
  { name: 'no path', options: () => ({ withoutPath: true }), code: 'PEER_BAD_COMMIT' },
]

describe.each(['private', 'public'] as const)('a %s commit that is authentic and must be refused', (framing) => {
  test.each(hostile)('$name, in a record', async ({ options, code }) => {
    const simulation = await connected()
    const before = sessionOf(simulation, 'alice')
    await inRecord(simulation, made(simulation, 'bob', framing, options()))
    expect(codesOf(simulation, 'alice')).toEqual([code])
    expect(sessionOf(simulation, 'alice')).toEqual(before)
    await livesOn(simulation)
  })

  test.each(hostile)('$name, in a request', async ({ options, code }) => {
    const simulation = await connected()
    const before = sessionOf(simulation, 'alice')
    const frame = encodeFrame(messageType.resumption_request, made(simulation, 'bob', framing, options()))
    await simulation.run([
      { do: 'attack', wire: 'x', to: 'alice' },
      { do: 'inject', wire: 'x', to: 'alice', frame },
    ])
    expect(codesOf(simulation, 'alice')).toEqual([code])
    expect(sessionOf(simulation, 'alice')).toBe(before)
    expect(simulation.together()).toBe(true)
    await livesOn(simulation)
  })

  test('a credential that changed is asked about, and another identity is refused', async () => {
    const simulation = await connected()
    const before = sessionOf(simulation, 'alice')
    const credential = { kind: 'basic', identity: new TextEncoder().encode('mallory') } as const
    await inRecord(simulation, made(simulation, 'bob', framing, { credential }))
    expect(simulation.alice.questions.map(({ about }) => about.reason)).toEqual(['update'])
    await simulation.perform({ do: 'answer', actor: 'alice' })
    expect(codesOf(simulation, 'alice')).toEqual(['AUTH_REJECTED'])
    expect(sessionOf(simulation, 'alice')).toEqual(before)
    await livesOn(simulation)
  })
})

describe('a peer that commits without waiting for the acknowledgement', () => {
  test('confirms and commits in one record, and nothing is sent under the epoch in between', async () => {
    const simulation = await connected(false)
    await simulation.run([
      { do: 'update', actor: 'alice' },
      { do: 'deliver', wire: 'a', to: 'bob' },
      { do: 'drop', wire: 'a', to: 'alice' },
      // From here on what bob has stored is no measure for alice: he does not keep to the rules.
      { do: 'rollBack', actor: 'bob' },
    ])
    const sent = simulation.recorded.length
    await inRecord(simulation, made(simulation, 'bob', 'private', {}))
    expect(sessionOf(simulation, 'alice').epoch).toBe(3n)
    expect(codesOf(simulation, 'alice')).toEqual([])
    expect(simulation.recorded.slice(sent).map((item) => item.frame[2])).toEqual([3])
  })
})

async function connected(ordered = true): Promise<Simulation> {
  const random = seededRandom(3).bytes
  const simulation = symbolicSimulation(3, { engine: () => symbolicEngine({ random }) })
  await simulation.run([
    { do: 'link', wire: 'a', ordered, reliable: ordered },
    { do: 'hello', actor: 'alice', wire: 'a' },
    { do: 'flush' },
  ])
  return simulation
}

function made(
  simulation: Simulation,
  actor: Actor,
  framing: 'private' | 'public',
  options: UnsafeCommitOptions,
): Uint8Array {
  const { engine, current } = sessionOf(simulation, actor)
  return (engine as SymbolicEngine).unsafeCommit(current!, framing, options).message
}

async function inRecord(simulation: Simulation, message: Uint8Array): Promise<void> {
  const core = simulation.bob.main()
  if (core?.state.kind !== 'established') throw new Error('no live link')
  const frame = await core.links.get(core.state.live)!.records.seal(contentType.connection_update, message)
  await simulation.perform({ do: 'inject', wire: 'a', to: 'alice', frame })
}

/** An Add with the KeyPackage of somebody else. */
function addOfThird(): ProposalOrRef {
  const { bytes } = seededRandom(4)
  const engine = symbolicEngine({ random: bytes })
  const identity = symbolicIdentity('carol', bytes)
  const options = { identity, suites: [engine.suite], at: 1_767_225_600_000, lifetimeMs: 600_000 }
  const { message } = engine.createKeyPackage(options) as { readonly message: Uint8Array }
  return { kind: 'proposal', proposal: { kind: 'add', keyPackage: decode(keyPackage, message.slice(4)) } }
}
