import { expect } from 'vitest'
import { type Answer, createPeer, type Peer } from '../src/peer.ts'

export type Fields = Readonly<Record<string, unknown>>
export interface Wire {
  readonly type: string
  readonly body: string
}

/** Two peers and the messages that went between them. */
export interface Pair {
  readonly initiator: Peer
  readonly responder: Peer
  readonly transcript: Wire[]
}

export const toHexText = (text: string): string => Buffer.from(text).toString('hex')

export async function ok(peer: Peer, request: Fields): Promise<Fields> {
  const answer = await peer.handle(request)
  expect(answer, `${request.op}: ${JSON.stringify(answer).slice(0, 300)}`).toMatchObject({ ok: true })
  return answer
}

export function outOf(answer: Answer | Fields): readonly Wire[] {
  return (answer as { out: readonly Wire[] }).out
}

export function names(answer: Answer | Fields): readonly string[] {
  return (answer as { events: readonly { name: string }[] }).events.map(({ name }) => name)
}

export async function makePair(settings: Fields, other: Fields = {}): Promise<Pair> {
  const [initiator, responder] = [createPeer(), createPeer()]
  await ok(initiator, { op: 'new', role: 'initiator', identity: toHexText('alice'), ...settings })
  await ok(responder, { op: 'new', role: 'responder', identity: toHexText('bob'), ...settings, ...other })
  return { initiator, responder, transcript: [] }
}

/** Delivers what `from` sent, and all that follows from it on both sides; gives every answer, in order. */
export async function deliver(pair: Pair, from: Peer, messages: readonly Wire[]): Promise<Fields[]> {
  const to = from === pair.initiator ? pair.responder : pair.initiator
  const answers: Fields[] = []
  for (const { type, body } of messages) {
    pair.transcript.push({ type, body })
    const answer = await ok(to, { op: 'receive', type, body })
    answers.push(answer, ...(await deliver(pair, to, outOf(answer))))
  }
  return answers
}

export async function connect(pair: Pair): Promise<void> {
  await deliver(pair, pair.initiator, outOf(await ok(pair.initiator, { op: 'hello' })))
}

export const status = (peer: Peer): Promise<Fields> => ok(peer, { op: 'status' })

const exporter = { op: 'export', label: 'test', context: '0102', length: 32 }

/** Both sides at `epoch`, with one secret, nothing pending and data free to flow. */
export async function expectAgreed(pair: Pair, epoch: string): Promise<void> {
  const [a, b] = [await status(pair.initiator), await status(pair.responder)]
  expect(a).toMatchObject({ epoch, pending: false, phase: 'established' })
  expect(b).toEqual(a)
  expect(a.epochAuthenticator).toMatch(/^([0-9a-f]{2}){32,}$/)
  const secret = (await ok(pair.initiator, exporter)).secret
  expect(secret).toMatch(/^[0-9a-f]{64}$/)
  expect((await ok(pair.responder, exporter)).secret).toBe(secret)
}
