import type { Case } from '../case.ts'
import { assertRefused, assertSame } from './assert.ts'
import { at, handshake, offer, type Pair, update } from './pair.ts'
import type { EngineState, EngineSubject } from './subject.ts'

/** How many places of a message are damaged, one after the other; long messages are sampled. */
const places = 96

export const hostileCases: readonly Case<EngineSubject>[] = [
  {
    name: 'a reflected commit is refused',
    run: (subject) =>
      refusesAtInitiator(subject, async (pair) => [(await subject.engine.commit(pair.initiator, 'private')).message]),
  },
  {
    name: 'a reflected public commit is refused',
    run: (subject) =>
      refusesAtInitiator(subject, async (pair) => [(await subject.engine.commit(pair.initiator, 'public')).message]),
  },
  {
    name: 'a commit of an earlier epoch is refused',
    async run(subject) {
      const first = await handshake(subject)
      const second = await update(subject, first, 'responder')
      const third = await update(subject, second, 'responder', 'public')
      await refuses(subject, third, third.initiator, [second.message, third.message])
    },
  },
  {
    name: 'a commit of a later epoch is refused',
    async run(subject) {
      const { engine } = subject
      const pair = await handshake(subject)
      const first = await engine.commit(pair.responder, 'private')
      const second = await engine.commit(first.next, 'private')
      await refuses(subject, pair, pair.initiator, [second.message])
    },
  },
  {
    name: "another group's commit is refused",
    async run(subject) {
      const { engine } = subject
      const pair = await handshake(subject, 1)
      const foreign = await handshake(subject, 2)
      const commits = [
        await engine.commit(foreign.responder, 'private'),
        await engine.commit(foreign.responder, 'public'),
        await engine.commit(foreign.initiator, 'private'),
      ]
      await refuses(
        subject,
        pair,
        pair.initiator,
        commits.map((commit) => commit.message),
      )
    },
  },
  {
    name: 'messages of another kind are no commits',
    async run(subject) {
      const pair = await handshake(subject)
      const empty = new Uint8Array(0)
      await refuses(subject, pair, pair.initiator, [pair.welcome, pair.offer.message, empty, new Uint8Array(64)])
    },
  },
  ...(['private', 'public'] as const).flatMap((framing): Case<EngineSubject>[] => [
    {
      name: `a ${framing} commit that is cut or extended is refused`,
      run: (subject) =>
        refusesAtInitiator(subject, async (pair) =>
          cuts((await subject.engine.commit(pair.responder, framing)).message),
        ),
    },
    {
      name: `a ${framing} commit with any bit changed is refused`,
      run: (subject) =>
        refusesAtInitiator(subject, async (pair) =>
          flips((await subject.engine.commit(pair.responder, framing)).message),
        ),
    },
  ]),
  {
    name: 'a key package that is cut, extended or changed is refused',
    async run(subject) {
      const { message } = await offer(subject, 'alice')
      for (const bad of [...cuts(message), ...flips(message)]) {
        await assertRefused('a damaged key package', () => subject.engine.inspectKeyPackage(bad, at))
      }
      await subject.engine.inspectKeyPackage(message, at)
    },
  },
  {
    name: 'a welcome that is cut, extended or changed is refused, and the secrets stay usable',
    async run(subject) {
      const { engine } = subject
      const { offer: offered, welcome, responder } = await handshake(subject)
      const join = (bytes: Uint8Array) =>
        engine.join({ welcome: bytes, keyPackage: offered.message, secrets: offered.secrets, at })
      for (const bad of [...cuts(welcome), ...flips(welcome)]) {
        await assertRefused('a damaged welcome', () => join(bad))
      }
      const { state } = await join(welcome)
      assertSame(engine.epochAuthenticator(state), engine.epochAuthenticator(responder), 'the honest welcome')
    },
  },
  {
    name: 'a welcome for another key package of the same identity is refused',
    async run(subject) {
      const { engine } = subject
      const { offer: offered, welcome } = await handshake(subject)
      const suites = [engine.suite]
      const second = await engine.createKeyPackage({ identity: offered.identity, suites, at, lifetimeMs: 600_000 })
      await assertRefused('the welcome for the first key package', () =>
        engine.join({ welcome, keyPackage: second.message, secrets: second.secrets, at }),
      )
    },
  },
]

async function refusesAtInitiator(
  subject: EngineSubject,
  attack: (pair: Pair) => Promise<readonly Uint8Array[]>,
): Promise<void> {
  const pair = await handshake(subject)
  await refuses(subject, pair, pair.initiator, await attack(pair))
}

/** Each message is refused, the state stays as it was, and the next honest commit verifies. */
async function refuses(
  subject: EngineSubject,
  pair: Pair,
  state: EngineState,
  messages: readonly Uint8Array[],
): Promise<void> {
  const { engine } = subject
  const before = engine.encode(state, { exporter: true })
  for (const message of messages) await assertRefused('a hostile commit', () => engine.verify(state, message))
  assertSame(engine.encode(state, { exporter: true }), before, 'the state')
  const honest = await update(subject, pair, 'responder')
  const [a, b] = [engine.epochAuthenticator(honest.initiator), engine.epochAuthenticator(honest.responder)]
  assertSame(a, b, 'the honest commit afterwards')
}

function cuts(message: Uint8Array): Uint8Array[] {
  const cut = sampled(message).map((length) => message.slice(0, length))
  return [...cut, message.slice(0, -1), Uint8Array.of(...message, 0)]
}

function flips(message: Uint8Array): Uint8Array[] {
  return sampled(message).map((place, i) => {
    const copy = message.slice()
    copy[place]! ^= 1 << (i % 8)
    return copy
  })
}

/** The first places of a message, where its header is, and others all over it. */
function sampled(message: Uint8Array): number[] {
  const head = Math.min(message.length, places / 2)
  const step = Math.max(1, Math.ceil((message.length - head) / (places / 2)))
  const result = Array.from({ length: head }, (_, i) => i)
  for (let place = head; place < message.length; place += step) result.push(place)
  return result
}
