import { PassThrough, Readable, Writable } from 'node:stream'
import type { Channel, ChannelEnd } from '@twofold/channel'
import { TwofoldError } from '@twofold/interface'
import { expect, test } from 'vitest'
import { bridge } from '../src/bridge.ts'
import type { Io } from '../src/io.ts'

interface Far {
  readonly channel: Channel
  /** What was written to the channel. */
  readonly got: Uint8Array[]
  readonly state: { ended: boolean; closes: number; brokenOff: boolean }
  say(text: string): void
  /** The peer closes its writable. */
  finish(): void
  /** The link ends without that. */
  cut(): void
}

/** As much of a channel as the bridge uses. `stuck`: writes do not settle until the channel ends. */
function far({ stuck = false, role = 'initiator' } = {}): Far {
  const got: Uint8Array[] = []
  const state = { ended: false, closes: 0, brokenOff: false }
  const closed = Promise.withResolvers<ChannelEnd>()
  let source!: ReadableStreamDefaultController<Uint8Array>
  const readable = new ReadableStream<Uint8Array>({
    start: (controller) => {
      source = controller
    },
    cancel: breakOff,
  })
  const writable = new WritableStream<Uint8Array>({
    async write(chunk) {
      if (stuck) await closed.promise.then(() => Promise.reject(new Error('gone')))
      got.push(chunk)
    },
    close: () => {
      state.ended = true
    },
    abort: breakOff,
  })
  const channel = {
    role,
    readable,
    writable,
    closed: closed.promise,
    async close() {
      state.closes += 1
      if (state.closes === 1) finish()
      closed.resolve({ code: undefined, error: undefined })
    },
  } as unknown as Channel

  function breakOff(): void {
    state.brokenOff = true
    closed.resolve({ code: undefined, error: undefined })
  }

  function finish(): void {
    try {
      source.close()
    } catch {
      // It is closed or broken already.
    }
  }

  return {
    channel,
    got,
    state,
    say: (text) => source.enqueue(new Uint8Array(Buffer.from(text))),
    finish,
    cut: () => {
      const error = new TwofoldError('TRANSPORT_CLOSED', 'cut')
      source.error(error)
      closed.resolve({ code: undefined, error: undefined })
    },
  }
}

function io(stdin: Readable, more: Partial<Io> = {}): Io & { written(): string } {
  const parts: string[] = []
  const stdout = new Writable({
    write(chunk, _encoding, done) {
      parts.push(String(chunk))
      done()
    },
  })
  const { signal } = new AbortController()
  return { stdin, stdout, stderr: stdout, env: {}, signal, ...more, written: () => parts.join('') }
}

function text(chunks: readonly Uint8Array[]): string {
  return Buffer.concat(chunks).toString()
}

test('is complete when both directions have ended', async () => {
  const peer = far()
  const streams = io(Readable.from([Buffer.from('to the '), Buffer.from('peer')]))
  const over = bridge(peer.channel, streams)
  peer.say('from the ')
  peer.say('peer')
  peer.finish()
  expect(await over).toMatchObject({ complete: true, error: undefined, sentBytes: 11, receivedBytes: 13 })
  expect([text(peer.got), streams.written(), peer.state.ended]).toEqual(['to the peer', 'from the peer', true])
})

test('goes on receiving after the end of stdin', async () => {
  const peer = far()
  const streams = io(Readable.from([]))
  const over = bridge(peer.channel, streams)
  await expect.poll(() => peer.state.ended).toBe(true)
  peer.say('late')
  peer.finish()
  expect(await over).toMatchObject({ complete: true })
  expect(streams.written()).toBe('late')
})

test('a cut is an error, even when the channel calls its end an orderly one', async () => {
  const peer = far()
  const over = bridge(peer.channel, io(new PassThrough()))
  peer.say('half')
  await new Promise((resolve) => setTimeout(resolve, 10))
  peer.cut()
  expect(await over).toMatchObject({ complete: false, error: { code: 'TRANSPORT_CLOSED' }, receivedBytes: 4 })
})

test('an orderly end of the peer while stdin is idle is no error', async () => {
  const peer = far()
  const stdin = new PassThrough()
  stdin.write('hello')
  const over = bridge(peer.channel, io(stdin))
  await expect.poll(() => text(peer.got)).toBe('hello')
  await peer.channel.close()
  expect(await over).toMatchObject({ complete: false, error: undefined, sentBytes: 5 })
})

test('an end of the peer before it took everything is an error', async () => {
  const peer = far({ stuck: true })
  const stdin = new PassThrough()
  stdin.write('hello')
  const over = bridge(peer.channel, io(stdin))
  await new Promise((resolve) => setTimeout(resolve, 10))
  await peer.channel.close()
  expect(await over).toMatchObject({ complete: false, error: { code: 'TRANSPORT_CLOSED' }, sentBytes: 0 })
})

test('an interrupt closes the channel', async () => {
  const peer = far()
  const interrupt = new AbortController()
  const over = bridge(peer.channel, io(new PassThrough(), { signal: interrupt.signal }))
  interrupt.abort()
  expect(await over).toMatchObject({ complete: false, stopped: 'interrupt' })
})

test('a closed stdout breaks the channel off, and does not close it', async () => {
  const peer = far()
  const stdout = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) })
  const over = bridge(peer.channel, io(new PassThrough(), { stdout }))
  peer.say('nobody reads this')
  expect(await over).toMatchObject({ complete: false, stopped: 'stdout', receivedBytes: 0 })
  expect(peer.state).toEqual({ ended: false, closes: 0, brokenOff: true })
})

test('so it does when the last chunk cannot be written', async () => {
  const peer = far()
  const stdout = new Writable({ write: (_chunk, _encoding, done) => void setTimeout(done, 5, new Error('EPIPE')) })
  const over = bridge(peer.channel, io(new PassThrough(), { stdout }))
  peer.say('nobody reads this')
  peer.finish()
  expect(await over).toMatchObject({ complete: false, stopped: 'stdout' })
  expect(peer.state).toEqual({ ended: false, closes: 0, brokenOff: true })
})

test('and an unreadable stdin', async () => {
  const stdin = new Readable({ read: () => void stdin.destroy(new Error('EISDIR')) })
  const peer = far()
  expect(await bridge(peer.channel, io(stdin))).toMatchObject({ stopped: 'stdin', error: { message: 'EISDIR' } })
  expect(peer.state).toEqual({ ended: false, closes: 0, brokenOff: true })
})

test('a listener closes only when everything is written, while the peer sends', async () => {
  const peer = far({ role: 'responder' })
  const release = Promise.withResolvers<void>()
  const stdout = new Writable({ write: (_chunk, _encoding, done) => void release.promise.then(() => done()) })
  const over = bridge(peer.channel, io(Readable.from([]), { stdout }))
  peer.say('slow')
  peer.finish()
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  expect(peer.state.ended).toBe(false)
  release.resolve()
  expect(await over).toMatchObject({ complete: true })
  expect(peer.state.ended).toBe(true)
})

test('a listener does not wait for a silent peer', async () => {
  const peer = far({ role: 'responder' })
  const over = bridge(peer.channel, io(Readable.from([])))
  await expect.poll(() => peer.state.ended, { timeout: 4_000 }).toBe(true)
  peer.finish()
  expect(await over).toMatchObject({ complete: true })
})

test('stdin goes on where it was with the next channel', async () => {
  const stdin = new PassThrough()
  const streams = io(stdin)
  const [first, second] = [far(), far()]
  const one = bridge(first.channel, streams)
  stdin.write('first')
  await expect.poll(() => text(first.got)).toBe('first')
  await first.channel.close()
  await one
  stdin.write('second')
  const two = bridge(second.channel, streams)
  stdin.end()
  second.finish()
  expect(await two).toMatchObject({ complete: true })
  expect([text(first.got), text(second.got)]).toEqual(['first', 'second'])
})
