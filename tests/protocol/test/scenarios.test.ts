import {
  alert,
  alertCode,
  contentType,
  encode,
  encodeFrame,
  epochKeyUpdate,
  messageType,
  toEpoch,
} from '@twofold/codec'
import { type Action, type Actor, otherActor, type Simulation } from '@twofold/simulator'
import { describe, expect, test } from 'vitest'
import { both, clearFrames, codesOf, livesOn, requests, sessionOf } from '../src/index.ts'

/** Each ends with a session that lives on, unless it says otherwise. */
interface Scenario {
  readonly name: string
  run(simulation: Simulation): Promise<void>
}

const connect: readonly Action[] = [
  { do: 'link', wire: 'a' },
  { do: 'hello', actor: 'alice', wire: 'a' },
  { do: 'flush' },
]

const scenarios: readonly Scenario[] = [
  {
    name: 'a pending commit is repeated byte for byte over links and restarts',
    async run(simulation) {
      await simulation.run([...connect, { do: 'update', actor: 'alice' }, { do: 'cut', wire: 'a' }])
      for (const wire of ['b', 'c', 'd']) {
        await simulation.run([
          { do: 'link', wire },
          { do: 'resume', actor: 'alice', wire },
          { do: 'cut', wire },
        ])
        await simulation.run([
          { do: 'crash', actor: 'alice' },
          { do: 'restart', actor: 'alice' },
        ])
      }
      const [first, ...others] = requests(simulation, 'alice')
      expect(others).toHaveLength(2)
      for (const other of others) expect(other).toEqual(first)
      expect(sessionOf(simulation, 'alice').pending?.kinds).toEqual(['update', 'request'])
    },
  },
  {
    name: 'a replayed hello gets the same Welcome while it is pending',
    async run(simulation) {
      await simulation.run([
        ...[{ do: 'link', wire: 'a' } as const, { do: 'hello', actor: 'alice', wire: 'a' } as const],
        ...[{ do: 'deliver', wire: 'a', to: 'bob' } as const, { do: 'answer', actor: 'bob' } as const],
      ])
      await replay(simulation, 'x', 'bob', clearFrames(simulation, 'alice', messageType.client_hello)[0]!)
      const welcomes = clearFrames(simulation, 'bob', messageType.server_hello)
      expect(welcomes).toHaveLength(2)
      expect(welcomes[1]).toEqual(welcomes[0])
      await simulation.perform({ do: 'flush' })
    },
  },
  {
    name: 'a replayed hello gets nothing once it was confirmed',
    async run(simulation) {
      await simulation.run(connect)
      const sent = simulation.recorded.length
      await replay(simulation, 'x', 'bob', clearFrames(simulation, 'alice', messageType.client_hello)[0]!)
      await replay(simulation, 'y', 'alice', clearFrames(simulation, 'bob', messageType.server_hello)[0]!)
      expect(clearFrames(simulation, 'bob', messageType.server_hello)).toHaveLength(1)
      expect(simulation.recorded.slice(sent).every((item) => item.from !== 'bob')).toBe(true)
      expect(codesOf(simulation, 'alice')).toEqual(['PEER_UNEXPECTED_MESSAGE'])
    },
  },
  {
    name: 'a record of a third key is fatal to an ordered link only',
    async run(simulation) {
      await simulation.run(connect)
      const forged = new Uint8Array(64).fill(7)
      forged.set([1, messageType.record, 1, 0, 0, 0, 0])
      await simulation.perform({ do: 'inject', wire: 'a', to: 'bob', frame: forged })
      expect(codesOf(simulation, 'bob')).toEqual(['PEER_BAD_RECORD'])
      await simulation.settle()
      forged.set([1, messageType.record, Number(sessionOf(simulation, 'bob').epoch), 0, 0, 0, 1])
      const wire = [...simulation.wires.keys()][0]!
      await simulation.perform({ do: 'inject', wire, to: 'bob', frame: forged })
      expect(codesOf(simulation, 'bob')[1]).toMatch(/CRYPTO_FAILED|PEER_BAD_RECORD/)
    },
  },
  {
    name: 'a forged record leaves an unordered link as it is',
    async run(simulation) {
      await simulation.run([{ do: 'link', wire: 'a', ordered: false, reliable: false }, ...connect.slice(1)])
      for (const number of [0, 1, 2, 9, 1024, 0xffffffff]) {
        const forged = new Uint8Array(64).fill(7)
        forged.set([1, messageType.record, 1, number >>> 24, number >>> 16, number >>> 8, number])
        await simulation.perform({ do: 'inject', wire: 'a', to: 'bob', frame: forged })
      }
      expect(codesOf(simulation, 'bob')).toEqual([])
      expect(simulation.together()).toBe(true)
    },
  },
  {
    name: 'an EpochKeyUpdate in clear confirms nothing',
    async run(simulation) {
      await simulation.run([...connect, { do: 'update', actor: 'alice' }])
      const pending = sessionOf(simulation, 'alice').pending
      const body = encode(epochKeyUpdate, { epoch: pending!.epoch })
      await simulation.perform({
        do: 'inject',
        wire: 'a',
        to: 'alice',
        frame: encodeFrame(messageType.epoch_key_update, body),
      })
      expect(sessionOf(simulation, 'alice').pending).toBe(pending)
      expect(codesOf(simulation, 'alice')).toEqual([])
      await simulation.perform({ do: 'flush' })
    },
  },
  {
    name: "an EpochKeyUpdate that names another epoch than its record's ends the link and confirms nothing",
    async run(simulation) {
      await simulation.run([...connect, { do: 'update', actor: 'alice' }])
      const pending = sessionOf(simulation, 'alice').pending
      await sealed(simulation, 'bob', contentType.epoch_key_update, encode(epochKeyUpdate, { epoch: toEpoch(2) }))
      expect(codesOf(simulation, 'alice')).toEqual(['PEER_EPOCH_MISMATCH'])
      expect(sessionOf(simulation, 'alice').pending).toEqual(pending)
    },
  },
  {
    name: 'a reflected request and a reflected response are refused',
    async run(simulation) {
      await simulation.run([...connect, { do: 'cut', wire: 'a' }])
      await simulation.run([
        { do: 'attack', wire: 'x', to: 'alice' },
        { do: 'resume', actor: 'alice', wire: 'x' },
      ])
      const [request] = requests(simulation, 'alice')
      const response = encodeFrame(messageType.resumption_response, request!.slice(2))
      await simulation.perform({ do: 'inject', wire: 'x', to: 'alice', frame: request! })
      await simulation.run([
        { do: 'attack', wire: 'y', to: 'alice' },
        { do: 'resume', actor: 'alice', wire: 'y' },
      ])
      await simulation.perform({ do: 'inject', wire: 'y', to: 'alice', frame: response })
      expect(codesOf(simulation, 'alice')).toEqual(['PEER_BAD_COMMIT', 'PEER_BAD_COMMIT'])
    },
  },
  {
    name: 'a response that was moved to a link where nothing was asked is refused there',
    async run(simulation) {
      await simulation.run([
        ...connect,
        { do: 'cut', wire: 'a' },
        { do: 'link', wire: 'b' },
        { do: 'resume', actor: 'alice', wire: 'b' },
        { do: 'deliver', wire: 'b', to: 'bob' },
        { do: 'answer', actor: 'bob' },
      ])
      const before = sessionOf(simulation, 'alice')
      await notAsked(simulation)
      expect(codesOf(simulation, 'alice')).toEqual(['PEER_UNEXPECTED_MESSAGE'])
      expect(sessionOf(simulation, 'alice')).toBe(before)
      await simulation.perform({ do: 'flush' })
      expect(simulation.together()).toBe(true)
    },
  },
  {
    name: 'an old request is stale, and one of a later epoch says that this side was set back',
    async run(simulation) {
      await simulation.run([...connect, { do: 'cut', wire: 'a' }, { do: 'link', wire: 'b' }])
      await simulation.run([{ do: 'resume', actor: 'alice', wire: 'b' }, { do: 'flush' }])
      await livesOn(simulation)
      await replay(simulation, 'x', 'bob', requests(simulation, 'alice')[0]!)
      expect(codesOf(simulation, 'bob')).toEqual(['PEER_STALE'])
      const ahead = requests(simulation, 'alice')[0]!.slice()
      ahead[2 + 4 + 1 + 32 + 7] = 200
      await replay(simulation, 'y', 'bob', ahead)
      expect(codesOf(simulation, 'bob')).toEqual(['PEER_STALE', 'PEER_FORKED'])
      expect(simulation.together()).toBe(true)
    },
  },
  {
    name: 'an alert in clear ends an unauthenticated attempt and is dropped once a record has opened',
    async run(simulation) {
      const frame = encodeFrame(messageType.alert, encode(alert, { code: alertCode.internal }))
      await simulation.run([
        { do: 'link', wire: 'x' },
        { do: 'hello', actor: 'alice', wire: 'x' },
      ])
      await simulation.perform({ do: 'inject', wire: 'x', to: 'alice', frame })
      expect(codesOf(simulation, 'alice')).toEqual(['PEER_ALERT'])
      expect(simulation.alice.store.list()).toEqual([])
      await simulation.run(connect)
      const before = [sessionOf(simulation, 'alice'), sessionOf(simulation, 'bob')]
      for (const to of ['alice', 'bob'] as const) await simulation.perform({ do: 'inject', wire: 'a', to, frame })
      expect(codesOf(simulation, 'alice')).toEqual(['PEER_ALERT'])
      expect([sessionOf(simulation, 'alice'), sessionOf(simulation, 'bob')]).toEqual(before)
      expect(simulation.together()).toBe(true)
    },
  },
  {
    name: 'clear handshake frames do not cut a resumed link',
    async run(simulation) {
      await simulation.run(connect)
      const hello = clearFrames(simulation, 'alice', messageType.client_hello)[0]!
      hello[hello.length - 1]! ^= 1
      for (const to of ['alice', 'bob'] as const) {
        for (const type of [1, 2, 3, 4, 5, 6, 7, 9, 10, 77] as const) {
          await simulation.perform({ do: 'inject', wire: 'a', to, frame: encodeFrame(type, hello.subarray(2)) })
          await simulation.perform({ do: 'inject', wire: 'a', to, frame: encodeFrame(type, Uint8Array.of(0, 19)) })
        }
      }
      expect([...codesOf(simulation, 'alice'), ...codesOf(simulation, 'bob')]).toEqual([])
      expect(simulation.together()).toBe(true)
    },
  },
  {
    name: 'both say hello on one link, and one session comes of it',
    async run(simulation) {
      await simulation.run([
        { do: 'link', wire: 'a' },
        { do: 'hello', actor: 'alice', wire: 'a' },
      ])
      await simulation.run([{ do: 'hello', actor: 'bob', wire: 'a' }, { do: 'flush' }])
      expect(simulation.together()).toBe(true)
      expect(new Set([sessionOf(simulation, 'alice').role, sessionOf(simulation, 'bob').role]).size).toBe(2)
      expect(simulation.alice.store.list().filter((id) => id.startsWith('session/'))).toHaveLength(1)
    },
  },
  {
    name: "crossing updates: the initial initiator's wins, and the loser's next one goes first",
    async run(simulation) {
      await simulation.run([
        ...connect,
        { do: 'update', actor: 'bob' },
        { do: 'update', actor: 'alice' },
        { do: 'flush' },
      ])
      expect(sessionOf(simulation, 'alice').epoch).toBe(2n)
      expect(events(simulation, 'bob')).toContain('superseded')
      expect(events(simulation, 'alice')).toContain('updated')
      await simulation.run([{ do: 'update', actor: 'alice' }, { do: 'flush' }])
      expect(sessionOf(simulation, 'alice').epoch).toBe(2n)
      await simulation.run([{ do: 'update', actor: 'bob' }, { do: 'flush' }])
      expect(sessionOf(simulation, 'bob').epoch).toBe(4n)
      expect(events(simulation, 'bob').filter((name) => name === 'updated')).toHaveLength(1)
    },
  },
  {
    name: 'an update that is wanted is made when the hold is over, at most 5 s later',
    async run(simulation) {
      await simulation.run([
        ...connect,
        { do: 'update', actor: 'bob' },
        { do: 'update', actor: 'alice' },
        { do: 'flush' },
      ])
      await simulation.run([
        { do: 'update', actor: 'alice' },
        { do: 'wait', ms: 4_999 },
      ])
      expect(sessionOf(simulation, 'alice').epoch).toBe(2n)
      await simulation.perform({ do: 'wait', ms: 1 })
      expect(sessionOf(simulation, 'alice').epoch).toBe(3n)
    },
  },
  {
    name: 'crossing requests on one link and on two',
    async run(simulation) {
      await simulation.run([...connect, { do: 'cut', wire: 'a' }, { do: 'link', wire: 'b' }])
      await simulation.run([
        { do: 'resume', actor: 'bob', wire: 'b' },
        { do: 'resume', actor: 'alice', wire: 'b' },
        { do: 'flush' },
      ])
      expect(simulation.together()).toBe(true)
      await simulation.run([
        { do: 'cut', wire: 'b' },
        { do: 'link', wire: 'c' },
        { do: 'link', wire: 'd' },
      ])
      await simulation.run([
        { do: 'resume', actor: 'bob', wire: 'c' },
        { do: 'resume', actor: 'alice', wire: 'd' },
        { do: 'flush' },
      ])
      expect(simulation.together()).toBe(true)
      expect(simulation.wires.size).toBe(1)
    },
  },
  {
    name: 'a repeated request gets the same response, on other links too, and nothing once it was confirmed',
    async run(simulation) {
      await simulation.run([...connect, { do: 'cut', wire: 'a' }, { do: 'link', wire: 'b' }])
      await simulation.run([
        { do: 'resume', actor: 'alice', wire: 'b' },
        { do: 'deliver', wire: 'b', to: 'bob' },
        { do: 'answer', actor: 'bob' },
      ])
      const [request] = requests(simulation, 'alice')
      for (const wire of ['x', 'y']) await replay(simulation, wire, 'bob', request!)
      const responses = clearFrames(simulation, 'bob', messageType.resumption_response)
      expect(responses).toHaveLength(3)
      expect(new Set(responses.map(String)).size).toBe(1)
      await simulation.perform({ do: 'flush' })
      expect(simulation.together()).toBe(true)
      await replay(simulation, 'z', 'bob', request!)
      expect(clearFrames(simulation, 'bob', messageType.resumption_response)).toHaveLength(3)
      expect(codesOf(simulation, 'bob')).toEqual([])
    },
  },
  {
    name: 'a request that was applied already is answered, is proved late by a record, and its response becomes an update',
    async run(simulation) {
      await lateRequest(simulation)
      const late = sessionOf(simulation, 'alice').pending
      expect(late?.kinds).toEqual(['response'])
      expect(late?.doubtful).toBe(true)
      await simulation.perform({ do: 'deliver', wire: 'y', to: 'alice' })
      const update = sessionOf(simulation, 'alice').pending
      expect(update?.kinds).toEqual(['update'])
      expect(update?.message).toEqual(late?.message)
      expect(sessionOf(simulation, 'alice').answered).toBeUndefined()
      expect(codesOf(simulation, 'alice')).toContain('PEER_STALE')
      await simulation.perform({ do: 'flush' })
      expect(simulation.together()).toBe(true)
    },
  },
  {
    name: "a record that is replayed on a late request's link does not cut the live one",
    async run(simulation) {
      await lateRequest(simulation)
      await simulation.run([
        { do: 'deliver', wire: 'y', to: 'alice' },
        { do: 'deliver', wire: 'y', to: 'bob' },
      ])
      const confirming = simulation.recorded.at(-1)!
      expect(confirming.from).toBe('bob')
      await simulation.perform({ do: 'inject', wire: 'late', to: 'alice', frame: confirming.frame })
      await simulation.perform({ do: 'flush' })
      expect(simulation.wires.has('y')).toBe(true)
      expect(simulation.together()).toBe(true)
    },
  },
  {
    name: 'a request that was applied is late once a record of the epoch has opened',
    async run(simulation) {
      await lateRequest(simulation, false)
      await simulation.perform({ do: 'flush' })
      await replay(simulation, 'late', 'alice', requests(simulation, 'bob')[0]!)
      expect(codesOf(simulation, 'alice').at(-1)).toBe('PEER_STALE')
      expect(sessionOf(simulation, 'alice').pending).toBeUndefined()
      expect(simulation.together()).toBe(true)
    },
  },
  {
    name: 'a replayed request does not cut a live link',
    async run(simulation) {
      await simulation.run([
        ...connect,
        { do: 'update', actor: 'alice' },
        { do: 'drop', wire: 'a', to: 'bob' },
        { do: 'cut', wire: 'a' },
      ])
      await simulation.run([{ do: 'link', wire: 'b' }, { do: 'resume', actor: 'alice', wire: 'b' }, { do: 'flush' }])
      for (const [index, item] of simulation.recorded.filter((item) => item.clear).entries()) {
        await replay(simulation, `x${index}`, otherActor(item.from), item.frame)
        await replay(simulation, `y${index}`, item.from, item.frame)
      }
      expect(simulation.wires.has('b')).toBe(true)
      expect(simulation.together()).toBe(true)
    },
  },
  {
    name: 'while the authentication service is asked, no commit is made and other handshake messages wait',
    async run(simulation) {
      await simulation.run([
        ...connect,
        { do: 'cut', wire: 'a' },
        { do: 'link', wire: 'b' },
        { do: 'questions', held: true },
      ])
      await simulation.run([{ do: 'resume', actor: 'alice', wire: 'b' }, { do: 'flush' }])
      await replay(simulation, 'x', 'bob', requests(simulation, 'alice')[0]!)
      expect(simulation.bob.questions).toHaveLength(1)
      expect(clearFrames(simulation, 'bob', messageType.resumption_response)).toHaveLength(0)
      await simulation.perform({ do: 'link', wire: 'c' })
      expect(await simulation.perform({ do: 'resume', actor: 'bob', wire: 'c' })).toBe('USAGE_NOT_NOW')
      await simulation.perform({ do: 'answer', actor: 'bob' })
      const responses = clearFrames(simulation, 'bob', messageType.resumption_response)
      expect(responses).toHaveLength(2)
      expect(responses[1]).toEqual(responses[0])
      await simulation.run([{ do: 'questions', held: false }, { do: 'flush' }])
    },
  },
  {
    name: 'an outage of the authentication service heals, and a rejection changes nothing',
    async run(simulation) {
      await simulation.run([...connect, { do: 'cut', wire: 'a' }, { do: 'questions', held: true }])
      const before = sessionOf(simulation, 'bob')
      const verdicts = [{ kind: 'unavailable', reason: 'down' } as const, { kind: 'reject', reason: 'no' } as const]
      for (const [index, verdict] of verdicts.entries()) {
        const wire = `w${index}`
        await simulation.run([{ do: 'link', wire }, { do: 'resume', actor: 'alice', wire }, { do: 'flush' }])
        await simulation.run([{ do: 'answer', actor: 'bob', verdict }, { do: 'flush' }])
        expect(sessionOf(simulation, 'bob')).toEqual(before)
      }
      expect(codesOf(simulation, 'bob')).toEqual(['AUTH_UNAVAILABLE', 'AUTH_REJECTED'])
      expect(codesOf(simulation, 'alice')).toEqual(['PEER_ALERT', 'PEER_REJECTED'])
      expect(new Set(requests(simulation, 'alice').map(String)).size).toBe(1)
    },
  },
  {
    name: 'an answer counts for the revision at which it was asked: the message is taken up again, and asked about again',
    async run(simulation) {
      await simulation.run([
        ...connect,
        { do: 'update', actor: 'bob' },
        { do: 'deliver', wire: 'a', to: 'alice' },
        { do: 'questions', held: true },
        { do: 'link', wire: 'b' },
        { do: 'resume', actor: 'alice', wire: 'b' },
        { do: 'deliver', wire: 'b', to: 'bob' },
      ])
      const [first] = simulation.bob.questions
      await simulation.perform({ do: 'deliver', wire: 'a', to: 'bob' })
      expect(sessionOf(simulation, 'bob').pending).toBeUndefined()
      await simulation.perform({ do: 'answer', actor: 'bob', verdict: { kind: 'reject', reason: 'no' } })
      expect(codesOf(simulation, 'bob')).toEqual([])
      expect(simulation.bob.questions).toHaveLength(1)
      expect(simulation.bob.questions[0]?.question).not.toBe(first?.question)
      await simulation.run([{ do: 'questions', held: false }, { do: 'flush' }])
      expect(simulation.together()).toBe(true)
    },
  },
  {
    name: 'another identity at a resumption is refused, however trusted',
    async run(simulation) {
      await simulation.run([
        ...connect,
        { do: 'cut', wire: 'a' },
        { do: 'link', wire: 'b' },
        { do: 'questions', held: true },
      ])
      await simulation.run([{ do: 'resume', actor: 'alice', wire: 'b' }, { do: 'flush' }])
      await simulation.perform({ do: 'answer', actor: 'bob', verdict: { kind: 'accept', identity: 'mallory' } })
      expect(codesOf(simulation, 'bob')).toEqual(['AUTH_REJECTED'])
      await simulation.perform({ do: 'questions', held: false })
    },
  },
  {
    name: 'an initiator that dialed somebody else joins nobody, and says so',
    async run(simulation) {
      await simulation.run([
        { do: 'link', wire: 'x' },
        { do: 'hello', actor: 'alice', wire: 'x', expected: 'carol' },
        { do: 'flush' },
      ])
      expect(codesOf(simulation, 'alice')).toEqual(['AUTH_REJECTED'])
      expect(codesOf(simulation, 'bob')).toEqual(['PEER_REJECTED'])
      expect(simulation.alice.store.list()).toEqual([])
    },
  },
  {
    name: 'a party that was set back is told, and both find a session again by a new hello',
    async run(simulation) {
      await simulation.run(connect)
      await livesOn(simulation)
      await simulation.run([
        { do: 'crash', actor: 'bob' },
        { do: 'rollBack', actor: 'bob' },
        { do: 'rollBack', actor: 'bob' },
      ])
      await simulation.run([
        { do: 'restart', actor: 'bob' },
        { do: 'link', wire: 'b' },
        { do: 'resume', actor: 'alice', wire: 'b' },
        { do: 'flush' },
      ])
      expect([...codesOf(simulation, 'bob'), ...codesOf(simulation, 'alice')]).toContain('PEER_FORKED')
      for (const actor of ['alice', 'bob'] as const) await simulation.perform({ do: 'forget', actor })
    },
  },
  {
    name: 'who forgot a session says so, which ends only the attempt',
    async run(simulation) {
      await simulation.run([...connect, { do: 'forget', actor: 'bob' }, { do: 'flush' }, { do: 'link', wire: 'b' }])
      await simulation.run([{ do: 'resume', actor: 'alice', wire: 'b' }, { do: 'flush' }])
      expect(codesOf(simulation, 'alice')).toEqual(['PEER_UNKNOWN_SESSION'])
      expect(sessionOf(simulation, 'alice').epoch).toBe(1n)
      await replay(simulation, 'x', 'bob', clearFrames(simulation, 'alice', messageType.client_hello)[0]!)
      expect(codesOf(simulation, 'bob')).toContain('PEER_REPLAYED')
    },
  },
  {
    name: 'a hello that nobody confirms expires',
    async run(simulation) {
      await simulation.run([
        ...connect.slice(0, 2),
        { do: 'deliver', wire: 'a', to: 'bob' },
        { do: 'answer', actor: 'bob' },
      ])
      await simulation.run([
        { do: 'cut', wire: 'a' },
        { do: 'wait', ms: 599_000 },
      ])
      expect(simulation.bob.cores).toHaveLength(1)
      await simulation.perform({ do: 'wait', ms: 2_000 })
      expect(events(simulation, 'bob')).toEqual(['expired'])
      expect(simulation.bob.store.list().some((id) => id.startsWith('session/'))).toBe(false)
    },
  },
  {
    name: 'a link that nobody resumes ends after 30 s',
    async run(simulation) {
      await simulation.run([...connect, { do: 'cut', wire: 'a' }, { do: 'attack', wire: 'x', to: 'alice' }])
      await simulation.run([
        { do: 'resume', actor: 'alice', wire: 'x' },
        { do: 'wait', ms: 29_999 },
      ])
      expect(codesOf(simulation, 'alice')).toEqual([])
      await simulation.perform({ do: 'wait', ms: 1 })
      expect(codesOf(simulation, 'alice')).toEqual(['PEER_TIMEOUT'])
    },
  },
  {
    name: 'a record before any answer ends an ordered link that is not resumed',
    async run(simulation) {
      await simulation.run([...connect, { do: 'cut', wire: 'a' }, { do: 'attack', wire: 'x', to: 'bob' }])
      await simulation.perform({
        do: 'inject',
        wire: 'x',
        to: 'bob',
        frame: simulation.recorded.findLast((item) => !item.clear)!.frame,
      })
      expect(codesOf(simulation, 'bob')).toEqual(['PEER_UNEXPECTED_MESSAGE'])
    },
  },
  {
    name: 'what is lost on an unreliable link is sent again: hello, Welcome, EpochKeyUpdate, update, request, response',
    async run(simulation) {
      const lossy = { ordered: false, reliable: false } as const
      await simulation.run([
        { do: 'link', wire: 'a', ...lossy },
        { do: 'hello', actor: 'alice', wire: 'a' },
      ])
      await lose(simulation, 'a')
      expect(simulation.together()).toBe(true)
      for (const actor of ['alice', 'bob'] as const) {
        await simulation.perform({ do: 'update', actor })
        await lose(simulation, 'a')
      }
      expect(sessionOf(simulation, 'alice').epoch).toBe(3n)
      await simulation.run([
        { do: 'cut', wire: 'a' },
        { do: 'link', wire: 'b', ...lossy },
        { do: 'resume', actor: 'bob', wire: 'b' },
      ])
      await lose(simulation, 'b')
      expect(simulation.together()).toBe(true)
    },
  },
]

describe.each(both)('$name', ({ make }) => {
  test.each(scenarios)('$name', async ({ run }) => {
    const simulation = await make()
    await run(simulation)
    await livesOn(simulation)
  })
})

async function replay(simulation: Simulation, wire: string, to: Actor, frame: Uint8Array): Promise<void> {
  await simulation.run([
    { do: 'attack', wire, to },
    { do: 'inject', wire, to, frame },
  ])
}

function events(simulation: Simulation, actor: Actor): string[] {
  return simulation.party(actor).happenings.flatMap((item) => (item.kind === 'event' ? [item.event.name] : []))
}

/** Hands bob's response to alice's core on a link that is up and on which she has asked nothing. */
async function notAsked(simulation: Simulation): Promise<void> {
  const core = simulation.alice.main()!
  const [response] = clearFrames(simulation, 'bob', messageType.resumption_response)
  await simulation.perform({ do: 'attack', wire: 'y', to: 'alice' })
  await simulation.alice.bind(simulation.wires.get('y')!.ends.get('alice')!, core)
  await simulation.perform({ do: 'inject', wire: 'y', to: 'alice', frame: response! })
}

/** Seals a record as a peer that does not keep to the rules would, and hands it to the other side. */
async function sealed(
  simulation: Simulation,
  from: Actor,
  type: (typeof contentType)[keyof typeof contentType],
  body: Uint8Array,
): Promise<void> {
  const core = simulation.party(from).main()
  if (core?.state.kind !== 'established') throw new Error('no live link')
  const frame = await core.links.get(core.state.live)!.records.seal(type, body)
  await simulation.perform({ do: 'inject', wire: 'a', to: otherActor(from), frame })
}

/**
 * Bob's response was lost, and repeated as a request that an attacker keeps; then it came to alice as a response on "y". On "y"
 * bob's first record is under way, so the request may still be in time: alice answers it on "late".
 */
async function lateRequest(simulation: Simulation, replayed = true): Promise<void> {
  await simulation.run([
    ...connect,
    { do: 'cut', wire: 'a' },
    { do: 'link', wire: 'x' },
    { do: 'resume', actor: 'alice', wire: 'x' },
  ])
  await simulation.run([
    { do: 'deliver', wire: 'x', to: 'bob' },
    { do: 'answer', actor: 'bob' },
    { do: 'cut', wire: 'x' },
  ])
  await simulation.run([
    { do: 'link', wire: 'z' },
    { do: 'resume', actor: 'bob', wire: 'z' },
    { do: 'cut', wire: 'z' },
  ])
  await simulation.run([
    { do: 'link', wire: 'y' },
    { do: 'resume', actor: 'alice', wire: 'y' },
    { do: 'deliver', wire: 'y', to: 'bob' },
  ])
  await simulation.run([
    { do: 'deliver', wire: 'y', to: 'alice' },
    { do: 'answer', actor: 'alice' },
    { do: 'deliver', wire: 'y', to: 'bob' },
  ])
  if (replayed) await replay(simulation, 'late', 'alice', requests(simulation, 'bob')[0]!)
}

/** Loses the first frame of each kind of step in both directions, and lets the clock repeat it. */
async function lose(simulation: Simulation, wire: string): Promise<void> {
  for (let round = 0; round < 4; round++) {
    for (const to of ['alice', 'bob'] as const) {
      if ((simulation.wires.get(wire)?.under[to].length ?? 0) > 0) await simulation.perform({ do: 'drop', wire, to })
    }
    await simulation.perform({ do: 'wait', ms: 1_000 * 2 ** round })
  }
  await simulation.perform({ do: 'wait', ms: 70_000 })
}
