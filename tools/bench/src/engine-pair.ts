import type { Engine, GroupState } from '@twofold/core'
import { type CryptoSuite, toGroupId } from '@twofold/interface'
import { mlsEngine } from '@twofold/mls'
import { newIdentity } from './identities.ts'

/** Two parties of one MLS engine. */
export interface EnginePair {
  /** KeyPackage, Welcome, join, with all that a responder checks. */
  handshake(): Promise<void>
  /** A commit of one side that the other verifies; the sides take turns. */
  update(): Promise<void>
}

interface States {
  readonly author: GroupState
  readonly reader: GroupState
}

export async function enginePair(suite: CryptoSuite): Promise<EnginePair> {
  const engine = mlsEngine({ suite, profile: 'framed' })
  const [initiator, responder] = [await newIdentity(suite, 'initiator'), await newIdentity(suite, 'responder')]

  async function handshake(): Promise<States> {
    const common = { suites: [suite.id], at: Date.now(), lifetimeMs: 600_000 }
    const { message, secrets } = await engine.createKeyPackage({ identity: initiator, ...common })
    await engine.inspectKeyPackage(message, common.at)
    const groupId = toGroupId(suite.random(32))
    const created = await engine.createGroup({ groupId, identity: responder, keyPackage: message, ...common })
    const { state } = await engine.join({ welcome: created.welcome, keyPackage: message, secrets, at: common.at })
    return { author: state, reader: created.state }
  }

  let states = await handshake()
  return {
    handshake: async () => void (await handshake()),
    update: async () => {
      states = await updated(engine, states)
    },
  }
}

async function updated(engine: Engine, { author, reader }: States): Promise<States> {
  const { message, next } = await engine.commit(author, 'private')
  const verified = await engine.verify(reader, message)
  leave(engine, author, next)
  leave(engine, reader, verified.next)
  return { author: verified.next, reader: next }
}

function leave(engine: Engine, old: GroupState, next: GroupState): void {
  engine.leave(old, [next])
}
