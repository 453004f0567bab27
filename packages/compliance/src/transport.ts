import type { ErrorCode } from '@twofold/interface'
import type { Connection, Listener, Transport } from '@twofold/interface/io'
import {
  assert,
  assertBytes,
  assertEqual,
  assertRejects,
  type Case,
  inTime,
  patienceMs,
  patterned,
  rejection,
  settlesSoon,
  sleep,
} from './case.ts'

export type { Case } from './case.ts'

/**
 * `half-close`: a side can end its direction and go on reading. `refusal`: connecting where nobody listens is refused.
 * `separate-limits`: each side has a longest frame of its own, so the client of one place can dial the listener of another.
 */
export type TransportFeature = 'half-close' | 'refusal' | 'separate-limits'

/** One address; each case gets a fresh one. */
export interface TransportPlace {
  /** Listens there, once. */
  readonly server: Transport
  /** Reaches that listener. */
  client(listener: Listener): Transport
}

export interface TransportSubject {
  readonly features: readonly TransportFeature[]
  /** A fresh address, with connections of this longest frame where it is given (at most 128 KiB). */
  place(maxFrame?: number): Promise<TransportPlace>
}

export type TransportCase = Case<TransportSubject, TransportFeature>

interface Link {
  readonly dialed: Connection
  readonly accepted: Connection
  readonly listener: Listener
  readonly client: Transport
}

/** What every ordered and reliable transport must do (the `Transport` contract of @twofold/interface/io). */
export const transportCases: readonly TransportCase[] = [
  onLink('properties are sane, and the same on both sides', async ({ dialed, accepted }) => {
    for (const { properties } of [dialed, accepted]) {
      assert(properties.ordered && properties.reliable, 'ordered and reliable')
      assert(Number.isSafeInteger(properties.maxFrame) && properties.maxFrame >= 1, 'maxFrame')
      assert(properties.remote !== '', 'remote')
    }
    assertEqual(dialed.properties.maxFrame, accepted.properties.maxFrame, 'maxFrame')
  }),
  onLink('frames of every interesting size go both ways unchanged', async ({ dialed, accepted }) => {
    const sizes = interestingSizes(dialed.properties.maxFrame)
    await exchange(dialed, accepted, sizes)
    await exchange(accepted, dialed, sizes)
  }),
  onLink('1,000 frames in a row arrive in order', async ({ dialed, accepted }) => {
    await exchange(
      dialed,
      accepted,
      Array.from({ length: 1000 }, (_, n) => 1 + ((n * 37) % 700)),
    )
  }),
  onLink('both directions at the same time', async ({ dialed, accepted }) => {
    const sizes = Array.from({ length: 200 }, (_, n) => 1 + ((n * 977) % dialed.properties.maxFrame))
    await Promise.all([exchange(dialed, accepted, sizes), exchange(accepted, dialed, sizes)])
  }),
  onLink(
    'a frame is a view of its own buffer, or at least no other frame changes with it',
    async ({ dialed, accepted }) => {
      const writer = dialed.writable.getWriter()
      await inTime(Promise.all([1, 2, 3].map((seed) => writer.write(patterned(100, seed)))), 'writes')
      const reader = accepted.readable.getReader()
      for (const seed of [1, 2, 3]) {
        const frame = await read(reader)
        assertBytes(frame, patterned(100, seed), `frame ${seed}`)
        new Uint8Array(frame.buffer).fill(0xff)
      }
    },
  ),
  onLink('a slow reader holds the writer back, and nothing is lost', holdsBack),
  onLink('a reader that waits gets a frame as soon as it is written', async ({ dialed, accepted }) => {
    const reader = accepted.readable.getReader()
    const frame = read(reader)
    assert(!(await settlesSoon(frame)), 'a frame came from nowhere')
    await dialed.writable.getWriter().write(patterned(5))
    assertBytes(await frame, patterned(5), 'frame')
  }),
  onLink('an empty frame is refused', async ({ dialed }) => {
    await assertRejects(dialed.writable.getWriter().write(new Uint8Array(0)), ['USAGE_INVALID_ARGUMENT'], 'write')
  }),
  onLink('a frame longer than maxFrame is refused, and the peer never sees it', async ({ dialed, accepted }) => {
    const frame = new Uint8Array(dialed.properties.maxFrame + 1)
    await assertRejects(dialed.writable.getWriter().write(frame), ['TRANSPORT_FRAME_TOO_LARGE'], 'write')
    assertEqual((await drain(accepted)).frames, 0, 'frames at the peer')
  }),
  {
    name: 'a longest frame of 1 byte',
    run: (subject) => withLink(subject, async ({ dialed, accepted }) => exchange(dialed, accepted, [1, 1, 1]), 1),
  },
  {
    name: "a peer's frame that is longer than ours may be breaks the connection",
    requires: ['separate-limits'],
    run: peerTooLarge,
  },
  onLink('close sends what was written before', async ({ dialed, accepted }) => {
    const writer = dialed.writable.getWriter()
    for (let n = 0; n < 20; n++) writer.write(patterned(1000, n)).catch(() => {})
    const [arrived] = await inTime(Promise.all([drain(accepted), dialed.close()]), 'close')
    assertEqual(arrived.frames, 20, 'frames')
    assertEqual(arrived.error, undefined, 'error at the peer')
  }),
  onLink('after close the peer reads the end, and both sides write in vain', async ({ dialed, accepted }) => {
    await inTime(dialed.close(), 'close')
    const arrived = await drain(accepted)
    assertEqual(arrived.error, undefined, 'error at the peer')
    await assertRejects(dialed.writable.getWriter().write(patterned(1)), ['TRANSPORT_CLOSED'], 'write of who closed')
    await assertWritesFail(accepted)
  }),
  onLink('close may be called again, on both sides, at once', async ({ dialed, accepted }) => {
    const closes = [dialed.close(), accepted.close(), dialed.close(), accepted.close(new Error('late'))]
    await inTime(Promise.all(closes), 'close')
    await inTime(Promise.all([dialed.close(), accepted.close()]), 'close again')
  }),
  onLink('close ends a read that waits', async ({ dialed }) => {
    const waiting = dialed.readable.getReader().read()
    await inTime(dialed.close(), 'close')
    assertEqual((await inTime(waiting, 'read')).done, true, 'done')
  }),
  onLink('close resolves though the peer neither reads nor closes', async ({ dialed, accepted }) => {
    await accepted.writable.getWriter().write(patterned(100))
    await inTime(dialed.close(), 'close')
  }),
  onLink('close with an error ends a close that waits for a peer that does not read', async ({ dialed }) => {
    await flood(dialed, 10_000, 64 * 1024 * 1024)
    const first = dialed.close()
    assert(!(await settlesSoon(first)), 'close did not wait for what was written')
    await inTime(dialed.close(new Error('enough')), 'close with an error')
    await inTime(first, 'first close')
  }),
  onLink('close with an error ends reads and writes with it, at once', async ({ dialed, accepted }) => {
    const reason = new Error('enough')
    const waiting = rejection(dialed.readable.getReader().read())
    await inTime(dialed.close(reason), 'close')
    assertEqual(await inTime(waiting, 'read'), reason, 'reason of the read')
    assertEqual(await rejection(dialed.writable.getWriter().write(patterned(1))), reason, 'reason of the write')
    await drain(accepted)
    await assertWritesFail(accepted)
  }),
  onLink('close with an error ends a write that is held back', async ({ dialed }) => {
    const { last } = await flood(dialed, 10_000, 64 * 1024 * 1024)
    const reason = new Error('enough')
    await inTime(dialed.close(reason), 'close')
    assertEqual(await inTime(rejection(last), 'write'), reason, 'reason of the write')
  }),
  onLink('an aborted writer ends the connection', async ({ dialed, accepted }) => {
    const reason = new Error('enough')
    const waiting = rejection(dialed.readable.getReader().read())
    await inTime(dialed.writable.abort(reason), 'abort')
    assertEqual(await inTime(waiting, 'read'), reason, 'reason of the read')
    await drain(accepted)
  }),
  onLink('a cancelled reader lets the other direction go on', async ({ dialed, accepted }) => {
    await inTime(dialed.readable.cancel(new Error('not interested')), 'cancel')
    await inTime(accepted.writable.getWriter().write(patterned(10)), 'write to who does not read')
    await exchange(dialed, accepted, [1, 100, 1000])
  }),
  onLink('a peer that vanishes ends a read that waits', async ({ dialed, accepted }) => {
    const ended = drain(accepted)
    await inTime(dialed.close(new Error('vanished')), 'close')
    const { error } = await ended
    if (error !== undefined) await assertRejects(Promise.reject(error), broken, 'read')
  }),
  onLink('a peer that vanishes ends a write that is held back', async ({ dialed, accepted }) => {
    const { last } = await flood(accepted, 10_000, 64 * 1024 * 1024)
    await inTime(dialed.close(new Error('vanished')), 'close')
    await assertRejects(last, broken, 'write')
  }),
  {
    ...onLink('a side that ended its direction goes on reading', async ({ dialed, accepted }) => {
      const writer = dialed.writable.getWriter()
      void writer.write(patterned(10))
      await inTime(writer.close(), 'end of one direction')
      const arrived = await drain(accepted)
      assertEqual(arrived.frames, 1, 'frames')
      assertEqual(arrived.error, undefined, 'error')
      await exchange(accepted, dialed, [1, 100, 1000, 10_000])
      await inTime(accepted.writable.close(), 'end of the other direction')
    }),
    requires: ['half-close'],
  },
  {
    name: 'a connection that was made before it is accepted keeps its frames',
    run: (subject) =>
      withPlace(subject, async ({ server, client }) => {
        const listener = await server.listen()
        const dialed = await client(listener).connect()
        await dialed.writable.getWriter().write(patterned(10))
        const accepted = await accept(listener)
        assertBytes(await read(accepted.readable.getReader()), patterned(10), 'frame')
        await closeAll(listener, dialed, accepted)
      }),
  },
  {
    name: 'several connections to one listener do not mix',
    run: (subject) =>
      withPlace(subject, async ({ server, client }) => {
        const listener = await server.listen()
        const pairs: [Connection, Connection][] = []
        for (let n = 0; n < 5; n++) pairs.push(await connectAndAccept(listener, client(listener)))
        const sizes = Array.from({ length: 50 }, (_, n) => 1 + n * 13)
        await Promise.all(pairs.map(([dialed, accepted], n) => exchange(dialed, accepted, sizes, n)))
        await closeAll(listener, ...pairs.flat())
      }),
  },
  {
    name: 'two listeners at once do not mix',
    run: (subject) =>
      withLink(subject, (one) =>
        withLink(subject, async (two) => {
          await Promise.all([
            exchange(one.dialed, one.accepted, [1, 50, 700], 1),
            exchange(two.dialed, two.accepted, [1, 50, 700], 2),
          ])
        }),
      ),
  },
  onLink('the listener has an address for people', async ({ listener }) => {
    assert(typeof listener.address === 'string' && listener.address !== '', 'address')
  }),
  {
    name: 'closing a listener ends a loop that waits; accepted connections live on, others are closed',
    run: closeListener,
  },
  {
    name: 'aborting a listener ends a loop that waits',
    run: (subject) =>
      withPlace(subject, async ({ server }) => {
        const controller = new AbortController()
        const listener = await server.listen({ signal: controller.signal })
        const loop = countConnections(listener)
        assert(!(await settlesSoon(loop)), 'the loop ended by itself')
        controller.abort(new Error('enough'))
        assertEqual(await inTime(loop, 'loop'), 0, 'connections')
        await inTime(listener.close(), 'close')
      }),
  },
  {
    name: 'connect and listen with an aborted signal reject with its reason',
    run: (subject) =>
      withPlace(subject, async ({ server, client }) => {
        const reason = new Error('enough')
        const signal = AbortSignal.abort(reason)
        assertEqual(await rejection(server.listen({ signal })), reason, 'listen')
        const listener = await server.listen()
        assertEqual(await rejection(client(listener).connect({ signal })), reason, 'connect')
        await inTime(listener.close(), 'close')
      }),
  },
  {
    name: 'an abort while connecting either rejects with the reason or comes too late',
    run: (subject) =>
      withPlace(subject, async ({ server, client }) => {
        const listener = await server.listen()
        const controller = new AbortController()
        const reason = new Error('enough')
        const connecting = client(listener).connect({ signal: controller.signal })
        controller.abort(reason)
        const connection = await inTime(
          connecting.catch((error) => assertEqual(error, reason, 'reason')),
          'connect',
        )
        await connection?.close(reason)
        await inTime(listener.close(), 'close')
      }),
  },
  {
    name: 'an abort after connecting changes nothing',
    run: (subject) =>
      withPlace(subject, async ({ server, client }) => {
        const listener = await server.listen()
        const controller = new AbortController()
        const dialed = await client(listener).connect({ signal: controller.signal })
        const accepted = await accept(listener)
        controller.abort(new Error('late'))
        await exchange(dialed, accepted, [1, 10, 100])
        await closeAll(listener, dialed, accepted)
      }),
  },
  {
    name: 'connecting where nobody listens any more is refused',
    requires: ['refusal'],
    run: (subject) =>
      withPlace(subject, async ({ server, client }) => {
        const listener = await server.listen()
        const transport = client(listener)
        await inTime(listener.close(), 'close')
        await assertRejects(transport.connect(), ['TRANSPORT_REFUSED'], 'connect')
      }),
  },
]

/** How a connection may end for the side that did not end it. */
const broken: readonly ErrorCode[] = ['TRANSPORT_CLOSED', 'TRANSPORT_FAILED']

function onLink(name: string, body: (link: Link) => Promise<void>): TransportCase {
  return { name, run: (subject) => withLink(subject, body) }
}

function withPlace(subject: TransportSubject, body: (place: TransportPlace) => Promise<void>): Promise<void> {
  return subject.place().then(body)
}

async function withLink(
  subject: TransportSubject,
  body: (link: Link) => Promise<void>,
  maxFrame?: number,
): Promise<void> {
  const place = await subject.place(maxFrame)
  const listener = await place.server.listen()
  const client = place.client(listener)
  const [dialed, accepted] = await connectAndAccept(listener, client)
  try {
    await body({ dialed, accepted, listener, client })
  } finally {
    await closeAll(listener, dialed, accepted)
  }
}

async function connectAndAccept(listener: Listener, client: Transport): Promise<[Connection, Connection]> {
  return inTime(Promise.all([client.connect(), accept(listener)]), 'connect and accept')
}

async function accept(listener: Listener): Promise<Connection> {
  const turn = await inTime(listener[Symbol.asyncIterator]().next(), 'accept')
  assert(turn.done !== true, 'the listener ended')
  return turn.value
}

async function closeAll(listener: Listener, ...connections: readonly Connection[]): Promise<void> {
  const over = new Error('the case is over')
  await inTime(Promise.all([listener.close(), ...connections.map((connection) => connection.close(over))]), 'clean-up')
}

/** 1 to maxFrame, with the edges where lengths get another byte and where buffers usually end. */
function interestingSizes(maxFrame: number): readonly number[] {
  const edges = [1, 2, 3, 127, 128, 255, 256, 257, 1023, 1024, 1025, 16_383, 16_384, 65_535, 65_536, 65_560, 65_561]
  return [...edges, maxFrame - 1, maxFrame, 1].filter((size) => size >= 1 && size <= maxFrame)
}

/** Writes frames of these sizes on one side and reads them on the other. */
async function exchange(from: Connection, to: Connection, sizes: readonly number[], seed = 0): Promise<void> {
  const writer = from.writable.getWriter()
  const reader = to.readable.getReader()
  const writing = (async () => {
    for (const [n, size] of sizes.entries()) await writer.write(patterned(size, seed + n))
  })()
  for (const [n, size] of sizes.entries()) assertBytes(await read(reader), patterned(size, seed + n), `frame ${n}`)
  await inTime(writing, 'writes')
  writer.releaseLock()
  reader.releaseLock()
}

async function read(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array> {
  const { done, value } = await inTime(reader.read(), 'read')
  assert(!done, 'the connection ended')
  return value
}

/** Reads to the end; the error is how it ended, if not in order. */
async function drain(connection: Connection): Promise<{ readonly frames: number; readonly error?: unknown }> {
  const reader = connection.readable.getReader()
  let frames = 0
  try {
    while (!(await inTime(reader.read(), 'end of the stream')).done) frames += 1
    return { frames }
  } catch (error) {
    await assertRejects(Promise.reject(error), broken, 'end of the stream')
    return { frames, error }
  } finally {
    reader.releaseLock()
  }
}

/** Writes frames with nobody reading, until a write does not settle or `limit` bytes are through. */
async function flood(
  connection: Connection,
  size: number,
  limit: number,
): Promise<{ readonly writes: number; readonly stalled: boolean; readonly last: Promise<void> }> {
  const writer = connection.writable.getWriter()
  let last = Promise.resolve()
  let writes = 0
  while (writes * size < limit) {
    last = writer.write(patterned(size))
    last.catch(() => {})
    writes += 1
    if (!(await settlesSoon(last))) return { writes, stalled: true, last }
  }
  return { writes, stalled: false, last }
}

/** The system may hold some megabytes on the way; a transport that only queues would take everything. */
async function holdsBack({ dialed, accepted }: Link): Promise<void> {
  const size = Math.min(10_000, dialed.properties.maxFrame)
  const { writes, stalled, last } = await flood(dialed, size, 64 * 1024 * 1024)
  assert(stalled, '64 MiB went through with nobody reading')
  const reader = accepted.readable.getReader()
  for (let n = 0; n < writes; n++) assertBytes(await read(reader), patterned(size), `frame ${n}`)
  await inTime(last, 'the write that was held back')
}

async function peerTooLarge(subject: TransportSubject): Promise<void> {
  const small = await subject.place(1000)
  const large = await subject.place(2000)
  const listener = await small.server.listen()
  const [dialed, accepted] = await connectAndAccept(listener, large.client(listener))
  await dialed.writable.getWriter().write(patterned(1001))
  await assertRejects(accepted.readable.getReader().read(), ['TRANSPORT_FRAME_TOO_LARGE'], 'read')
  await assertRejects(accepted.writable.getWriter().write(patterned(1)), ['TRANSPORT_FRAME_TOO_LARGE'], 'write')
  await drain(dialed)
  await closeAll(listener, dialed, accepted)
}

async function closeListener(subject: TransportSubject): Promise<void> {
  const { server, client } = await subject.place()
  const listener = await server.listen()
  const [dialed, accepted] = await connectAndAccept(listener, client(listener))
  const waiting = await client(listener).connect()
  await sleep(20)
  await inTime(listener.close(), 'close')
  await inTime(listener.close(), 'close again')
  assertEqual(await inTime(countConnections(listener), 'loop'), 0, 'connections after close')
  await drain(waiting)
  await exchange(dialed, accepted, [1, 10, 100])
  await exchange(accepted, dialed, [1, 10, 100])
  await closeAll(listener, dialed, accepted, waiting)
}

async function countConnections(listener: Listener): Promise<number> {
  let connections = 0
  for await (const _ of listener) connections += 1
  return connections
}

/** The first writes after the peer is gone may still be taken by the system. */
async function assertWritesFail(connection: Connection): Promise<void> {
  const writer = connection.writable.getWriter()
  for (let waited = 0; waited < patienceMs; waited += 20) {
    const error = await rejection(inTime(writer.write(patterned(1000)), 'write'))
    if (error !== undefined) return assertRejects(Promise.reject(error), broken, 'write')
    await sleep(20)
  }
  assert(false, `writes went on for ${patienceMs} ms though the peer is gone`)
}
