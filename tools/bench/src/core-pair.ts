import { createHash } from 'node:crypto'
import {
  type Command,
  type Config,
  defaults,
  type Effect,
  type Env,
  hex,
  type Input,
  idle,
  type State,
  step,
} from '@twofold/core'
import type { CryptoSuite, Identity } from '@twofold/interface'
import { mlsEngine } from '@twofold/mls'
import type { EnginePair } from './engine-pair.ts'
import { newIdentity } from './identities.ts'

type Send = Extract<Effect, { kind: 'send' }>

/** One endpoint: core's state, and a store in memory. */
interface Side {
  readonly env: Env
  readonly stored: Map<string, Uint8Array>
  state: State
}

const link = 1

/** Two parties by core's steps, profile framed: everything but records and sockets, storing included. */
export async function corePair(suite: CryptoSuite): Promise<EnginePair> {
  const envs = [
    environment(suite, await newIdentity(suite, 'initiator')),
    environment(suite, await newIdentity(suite, 'responder')),
  ] as const

  async function handshake(): Promise<[Side, Side]> {
    const sides: [Side, Side] = [newSide(envs[0]), newSide(envs[1])]
    for (const side of sides) await feed(side, { kind: 'linkUp', link, ordered: true, reliable: true })
    await exchange(sides, { name: 'hello', link })
    expectEstablished(sides)
    return sides
  }

  let sides = await handshake()
  return {
    handshake: async () => void (await handshake()),
    update: async () => {
      await exchange(sides, { name: 'update' })
      expectEstablished(sides)
      sides = [sides[1], sides[0]]
    },
  }
}

function newSide(env: Env): Side {
  return { env, stored: new Map(), state: idle }
}

/** The first side takes the command, and the messages go to and fro until nobody has one. */
async function exchange([first, second]: readonly [Side, Side], command: Command): Promise<void> {
  let [from, to] = [first, second]
  let messages = await feed(from, { kind: 'command', command })
  while (messages.length > 0) {
    const answers: Send[] = []
    for (const { content, body, epoch } of messages) {
      answers.push(
        ...(await feed(to, { kind: 'message', link, content, body, ...(epoch === undefined ? {} : { epoch }) })),
      )
    }
    messages = answers
    ;[from, to] = [to, from]
  }
}

type Unstamped<T> = T extends unknown ? Omit<T, 'at'> : never

async function feed(side: Side, input: Unstamped<Input>): Promise<Send[]> {
  const { state, effects, consumed } = await step(side.state, { at: Date.now(), ...input } as Input, side.env)
  side.state = state
  const sent: Send[] = []
  for (const effect of effects) {
    if (effect.kind === 'persist') persist(side, effect)
    else if (effect.kind === 'keys') effect.secret.wipe()
    else if (effect.kind === 'send') sent.push(effect)
    else if (effect.kind === 'ask') sent.push(...(await answer(side, effect.question)))
  }
  for (const left of consumed) left.wipe()
  return sent
}

function persist({ stored }: Side, { session, bytes, also }: Extract<Effect, { kind: 'persist' }>): void {
  stored.set(hex(session), bytes.slice())
  for (const write of also) stored.set(write.id, write.bytes.slice())
}

function answer(side: Side, question: number): Promise<Send[]> {
  return feed(side, { kind: 'answer', question, verdict: { kind: 'accept', identity: 'anyone' } })
}

/** A bench that measures failures measures nothing. */
function expectEstablished(sides: readonly Side[]): void {
  const epochs = sides.map(({ state }) => {
    if (state.kind === 'established' && state.session.pending === undefined) return state.session.epoch
    throw new Error(`a side ended as ${state.kind}`)
  })
  if (new Set(epochs).size !== 1) throw new Error(`the sides ended at the epochs ${epochs.join(' and ')}`)
}

function environment(suite: CryptoSuite, identity: Identity): Env {
  const engine = mlsEngine({ suite, profile: 'framed' })
  return {
    engine: () => engine,
    random: suite.random,
    sha256: (data) => new Uint8Array(createHash('sha256').update(data).digest()),
    config: configOf(suite, identity),
  }
}

function configOf(suite: CryptoSuite, identity: Identity): Config {
  const never = Number.POSITIVE_INFINITY
  return {
    identity,
    suites: [suite.id],
    profile: 'framed',
    commits: 'private',
    keyPackageLifetimeMs: defaults.keyPackageLifetimeMs,
    handshakeTimeoutMs: defaults.handshakeTimeoutMs,
    linkTimeoutMs: never,
    updateEveryMs: never,
    updateEveryBytes: never,
    updateEveryRecords: never,
    holdMs: 0,
  }
}
