import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { codeOf } from '@twofold/interface'
import type { Connection, Listener } from '@twofold/interface/io'
import { tcpTransport } from '@twofold/transport-tcp'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

const maxFrame = 1000
let listener: Listener
let raw: Socket
let accepted: Connection

beforeEach(async () => {
  listener = await tcpTransport({ port: 0, maxFrame }).listen()
  raw = connect(Number(listener.address.split(':')[1]), '127.0.0.1')
  raw.on('error', () => {})
  await once(raw, 'connect')
  const turn = await listener[Symbol.asyncIterator]().next()
  accepted = turn.value as Connection
})

afterEach(async () => {
  raw.destroy()
  await Promise.all([accepted.close(new Error('over')), listener.close()])
})

async function readAll(): Promise<{ frames: Uint8Array[]; code?: string | undefined }> {
  const frames: Uint8Array[] = []
  try {
    for await (const frame of accepted.readable) frames.push(frame)
    return { frames }
  } catch (error) {
    return { frames, code: codeOf(error) }
  }
}

function framed(...frames: readonly string[]): Buffer {
  return Buffer.concat(frames.flatMap((text) => [Buffer.from([0, 0, text.length]), Buffer.from(text)]))
}

describe('a hostile peer', () => {
  test('HTTP is no frame: its first bytes are a length that is too long', async () => {
    raw.write('GET / HTTP/1.1\r\n\r\n')
    expect(await readAll()).toEqual({ frames: [], code: 'TRANSPORT_FRAME_TOO_LARGE' })
    await once(raw, 'close')
  })

  test('a length above maxFrame ends the connection before a byte of the frame', async () => {
    raw.write(Buffer.from([0xff, 0xff, 0xff]))
    expect(await readAll()).toEqual({ frames: [], code: 'TRANSPORT_FRAME_TOO_LARGE' })
  })

  test('frames before a bad length arrive only if they were read before; the connection ends', async () => {
    raw.write(framed('good'))
    const reader = accepted.readable.getReader()
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('good')
    raw.write(Buffer.from([0x00, 0x03, 0xe9]))
    await expect(reader.read()).rejects.toMatchObject({ code: 'TRANSPORT_FRAME_TOO_LARGE' })
    await expect(accepted.writable.getWriter().write(new Uint8Array(1))).rejects.toMatchObject({
      code: 'TRANSPORT_FRAME_TOO_LARGE',
    })
  })

  test('an empty frame ends the connection', async () => {
    raw.write(Buffer.from([0, 0, 0]))
    expect(await readAll()).toEqual({ frames: [], code: 'TRANSPORT_FAILED' })
  })

  test('a byte at a time is put together', async () => {
    const reading = readAll()
    for (const byte of framed('slow', 'header')) {
      raw.write(Buffer.from([byte]))
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    raw.end()
    const { frames } = await reading
    expect(frames.map((frame) => Buffer.from(frame).toString())).toEqual(['slow', 'header'])
  })

  test.each([
    ['in the length', [0]],
    ['behind the length', [0, 0, 9]],
    ['in the frame', [0, 0, 9, 1, 2, 3]],
  ])('an end %s is an error, not an end', async (_, bytes) => {
    raw.end(Buffer.concat([framed('whole'), Buffer.from(bytes)]))
    expect(await readAll()).toMatchObject({ code: 'TRANSPORT_CLOSED' })
  })

  test('a reset is an error, not an end', async () => {
    const reading = readAll()
    await new Promise((resolve) => setTimeout(resolve, 10))
    raw.resetAndDestroy()
    expect(await reading).toEqual({ frames: [], code: 'TRANSPORT_CLOSED' })
  })

  test('what a peer sent before it ended stays readable when a later write fails', async () => {
    raw.write(framed('last words'))
    raw.end()
    await once(raw, 'finish')
    await new Promise((resolve) => setTimeout(resolve, 50))
    raw.destroy()
    const writer = accepted.writable.getWriter()
    for (let n = 0; n < 20; n++) {
      await writer.write(new Uint8Array(100)).catch(() => {})
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    expect((await readAll()).frames.map((frame) => Buffer.from(frame).toString())).toEqual(['last words'])
  })

  test('a bare length sets little memory aside', async () => {
    const large = await tcpTransport({ port: 0, maxFrame: 2 ** 24 - 1 }).listen()
    const sockets = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const socket = connect(Number(large.address.split(':')[1]), '127.0.0.1')
        await once(socket, 'connect')
        socket.write(Buffer.from([0xff, 0xff, 0xff, 1]))
        return socket
      }),
    )
    const before = process.memoryUsage().arrayBuffers
    const turns = large[Symbol.asyncIterator]()
    const connections = await Promise.all(sockets.map(async () => (await turns.next()).value as Connection))
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50 * 512 * 1024)
    for (const socket of sockets) socket.destroy()
    await Promise.all([large.close(), ...connections.map((connection) => connection.close(new Error('over')))])
  })

  test('connections beyond those that may wait are turned away, the others are served', async () => {
    const port = Number(listener.address.split(':')[1])
    const flood = Array.from({ length: 200 }, () =>
      connect(port, '127.0.0.1')
        .on('error', () => {})
        .resume(),
    )
    const turnedAway = (): number => flood.filter((socket) => socket.readableEnded || socket.destroyed).length
    await vi.waitFor(() => expect(turnedAway()).toBe(200 - 128), { timeout: 20_000, interval: 50 })
    flood.find((socket) => !socket.destroyed && !socket.readableEnded)?.write(framed('hello'))
    const turn = await listener[Symbol.asyncIterator]().next()
    const { value } = await (turn.value as Connection).readable.getReader().read()
    expect(Buffer.from(value ?? []).toString()).toBe('hello')
    expect(turnedAway()).toBe(200 - 128)
    for (const socket of flood) socket.destroy()
    await (turn.value as Connection).close(new Error('over'))
  })
})
