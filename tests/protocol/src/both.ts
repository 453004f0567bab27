import { toSuiteId } from '@twofold/codec'
import type { Session } from '@twofold/core'
import { nodeCrypto } from '@twofold/crypto-node'
import type { Identity } from '@twofold/interface'
import { mlsEngine } from '@twofold/mls'
import {
  type Actor,
  InvariantError,
  type Simulation,
  type SimulationOptions,
  seededRandom,
  simulate,
  symbolicSimulation,
} from '@twofold/simulator'

export type Make = (options?: Partial<SimulationOptions>) => Promise<Simulation>

const suite = await nodeCrypto.suite(toSuiteId(0xf002))
const identities = { alice: await newIdentity('alice'), bob: await newIdentity('bob') }

async function newIdentity(name: string): Promise<Identity> {
  const pair = await suite.signature.generateKeyPair()
  const identity = new TextEncoder().encode(name)
  return { credential: { kind: 'basic', identity }, keys: [{ scheme: suite.signature.scheme, ...pair }] }
}

/** ML-KEM-768 with X25519, AES-256-GCM, SHA-384 and Ed25519 by node:crypto, and ts-mls. */
export const realSimulation: Make = async (options) =>
  simulate({
    engine: () => mlsEngine({ suite, profile: 'framed' }),
    suite,
    identity: (actor) => identities[actor],
    random: seededRandom(1).bytes,
    sha256: (data) => suite.hash.digest(data),
    maxStored: 65_536,
    ...options,
  })

export const both: readonly { readonly name: string; readonly make: Make }[] = [
  { name: 'symbolic engine', make: async (options) => symbolicSimulation(1, options) },
  { name: 'real engine', make: realSimulation },
]

export function sessionOf(simulation: Simulation, actor: Actor): Session {
  const state = simulation.party(actor).main()?.state
  if (state === undefined || !('session' in state)) throw new InvariantError(`${actor} has no session`)
  return state.session
}

let texts = 0

/** The session goes on: both come together, renew their keys in turn, and data arrives on both sides. */
export async function livesOn(simulation: Simulation): Promise<void> {
  if (!simulation.together()) await simulation.settle()
  const before = sessionOf(simulation, 'alice').epoch
  for (const actor of ['alice', 'bob'] as const) {
    await simulation.run([{ do: 'update', actor }, { do: 'flush' }])
    const text = `still here ${texts++}`
    await simulation.run([{ do: 'send', actor, text }, { do: 'flush' }])
    const { happenings } = simulation.party(actor === 'alice' ? 'bob' : 'alice')
    check(
      happenings.some((item) => item.kind === 'data' && item.text === text),
      `data of ${actor} arrives`,
    )
  }
  check(simulation.together(), 'both are together')
  check(sessionOf(simulation, 'alice').epoch >= before + 2n, 'both have renewed their keys')
}

function check(condition: boolean, what: string): void {
  if (!condition) throw new InvariantError(`it does not hold that ${what}`)
}
