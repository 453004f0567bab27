import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Channel } from '@twofold/channel'
import { hashOf, type Inbox, type Offer } from './inbox.ts'
import type { Received, SendInput, Sent } from './requests.ts'

/** The first byte of each write to the channel. */
const kind = { text: 0, data: 1 } as const

type Text =
  | ({ readonly say: 'offer' } & Offer)
  /** The receiver's answer: what it has already. */
  | { readonly say: 'standing'; readonly offset: number }
  | { readonly say: 'got'; readonly sha256: string }

export interface ConversationEvents {
  progress(name: string, offset: number, size: number): void
  received(file: Received): void
}

/** Files in both directions over one channel: an offer, where the receiver stands, the bytes from there, and the hash it got. */
export interface Conversation {
  /** One at a time. Rejects when the channel ends before. */
  send(file: SendInput): Promise<Sent>
  /** When all that came is taken in: undefined after an orderly end of the peer, else what broke. Never rejects. */
  readonly over: Promise<unknown>
}

export function conversation(channel: Channel, inbox: Inbox, events: ConversationEvents): Conversation {
  const writer = channel.writable.getWriter()
  const answers = answerDesk()
  let incoming: Offer | undefined

  async function say(text: Text): Promise<void> {
    await writer.write(Buffer.concat([Buffer.of(kind.text), Buffer.from(JSON.stringify(text))]))
  }

  async function onText(text: Text): Promise<void> {
    if (text.say === 'offer') {
      incoming = text
      return await say({ say: 'standing', offset: await inbox.standing(text) })
    }
    answers.give(text)
  }

  async function onData(bytes: Uint8Array): Promise<void> {
    if (incoming === undefined) return
    const offset = await inbox.append(incoming, bytes)
    events.progress(incoming.name, offset, incoming.size)
    if (offset < incoming.size) return
    const file = await inbox.finish(incoming)
    incoming = undefined
    await say({ say: 'got', sha256: file.sha256 })
    events.received(file)
  }

  async function read(): Promise<void> {
    for await (const chunk of channel.readable) {
      if (chunk[0] === kind.data) await onData(chunk.subarray(1))
      else await onText(JSON.parse(Buffer.from(chunk.subarray(1)).toString('utf8')) as Text)
    }
  }

  async function sendData(bytes: Uint8Array, { chunkBytes, pauseMs }: SendInput): Promise<void> {
    for (let at = 0; at < bytes.length; at += chunkBytes) {
      await writer.write(Buffer.concat([Buffer.of(kind.data), bytes.subarray(at, at + chunkBytes)]))
      if (pauseMs > 0) await sleep(pauseMs)
    }
  }

  const over = read().then(
    () => {
      answers.end(new Error('the peer ended the channel'))
    },
    (error: unknown) => {
      answers.end(error)
      return error
    },
  )

  return {
    over,
    async send(file: SendInput): Promise<Sent> {
      const started = performance.now()
      const bytes = await readFile(file.path)
      const sha256 = await hashOf(file.path)
      await say({ say: 'offer', name: file.name, size: bytes.length, sha256 })
      const { offset } = await answers.next('standing')
      await sendData(bytes.subarray(offset), file)
      const got = await answers.next('got')
      const ms = performance.now() - started
      return { size: bytes.length, sha256, from: offset, confirmedSha256: got.sha256, ms }
    },
  }
}

type Answer = Exclude<Text, { readonly say: 'offer' }>

interface AnswerDesk {
  next<Say extends Answer['say']>(say: Say): Promise<Extract<Answer, { readonly say: Say }>>
  give(answer: Answer): void
  end(error: unknown): void
}

/** Pairs what the peer says with who waits for it. */
function answerDesk(): AnswerDesk {
  const waiting = new Map<string, PromiseWithResolvers<Answer>>()
  let over: { readonly error: unknown } | undefined

  return {
    async next<Say extends Answer['say']>(say: Say): Promise<Extract<Answer, { readonly say: Say }>> {
      if (over !== undefined) throw over.error
      const turn = Promise.withResolvers<Answer>()
      waiting.set(say, turn)
      return (await turn.promise) as Extract<Answer, { readonly say: Say }>
    },
    give(answer: Answer): void {
      waiting.get(answer.say)?.resolve(answer)
      waiting.delete(answer.say)
    },
    end(error: unknown): void {
      over = { error }
      for (const turn of waiting.values()) turn.reject(error)
    },
  }
}
