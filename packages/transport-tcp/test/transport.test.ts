import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { codeOf } from '@twofold/interface'
import { type TcpOptions, tcpTransport } from '@twofold/transport-tcp'
import { afterAll, describe, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'twofold-tcp-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A socket file as a killed process leaves it. */
async function staleSocket(path: string): Promise<void> {
  const source = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
  await once(spawn(process.execPath, ['-e', source]), 'exit')
  expect(existsSync(path)).toBe(true)
}

describe('options', () => {
  test.each<[string, object, string]>([
    ['an unknown key', { port: 1, hots: 'x' }, 'USAGE_UNKNOWN_OPTION'],
    ['a path and a port', { port: 1, path: 'x' }, 'USAGE_UNKNOWN_OPTION'],
    ['no port', {}, 'USAGE_INVALID_ARGUMENT'],
    ['a port that is text', { port: '80' }, 'USAGE_INVALID_ARGUMENT'],
    ['a port beyond 65535', { port: 65_536 }, 'USAGE_INVALID_ARGUMENT'],
    ['an empty host', { port: 1, host: '' }, 'USAGE_INVALID_ARGUMENT'],
    ['an empty path', { path: '' }, 'USAGE_INVALID_ARGUMENT'],
    ['a path with NUL', { path: 'a\0b' }, 'USAGE_INVALID_ARGUMENT'],
    ['maxFrame 0', { port: 1, maxFrame: 0 }, 'USAGE_INVALID_ARGUMENT'],
    ['maxFrame 2^24', { port: 1, maxFrame: 2 ** 24 }, 'USAGE_INVALID_ARGUMENT'],
  ])('%s is refused', (_, options, code) => {
    expect(() => tcpTransport(options as TcpOptions)).toThrow(expect.objectContaining({ code }))
  })

  test('connect does not take port 0', async () => {
    await expect(tcpTransport({ port: 0 }).connect()).rejects.toMatchObject({ code: 'USAGE_INVALID_ARGUMENT' })
  })
})

describe('tcp', () => {
  test('listens on the loopback unless told otherwise, and names its address', async () => {
    await using listener = await tcpTransport({ port: 0 }).listen()
    expect(listener.address).toMatch(/^127\.0\.0\.1:[1-9]\d*$/)
  })

  test('an IPv6 address stands in brackets', async ({ skip }) => {
    const listening = await tcpTransport({ host: '::1', port: 0 })
      .listen()
      .catch((error) => error as Error)
    if (listening instanceof Error) return skip('this machine has no IPv6 loopback')
    expect(listening.address).toMatch(/^\[::1\]:[1-9]\d*$/)
    await listening.close()
  })

  test('an IPv4 peer of a listener on :: has its IPv4 address', async ({ skip }) => {
    const listening = await tcpTransport({ host: '::', port: 0 })
      .listen()
      .catch((error) => error as Error)
    if (listening instanceof Error) return skip('this machine has no IPv6')
    const dialed = await tcpTransport({ port: Number(/\d+$/.exec(listening.address)?.[0]) }).connect()
    const { value: accepted } = await listening[Symbol.asyncIterator]().next()
    expect(accepted?.properties.remote).toBe('127.0.0.1')
    await Promise.all([listening.close(), dialed.close(), accepted?.close()])
  })

  test('an address in use is said to be in use', async () => {
    await using first = await tcpTransport({ port: 0 }).listen()
    const second = tcpTransport({ port: Number(first.address.split(':')[1]) }).listen()
    await expect(second).rejects.toMatchObject({
      code: 'TRANSPORT_FAILED',
      message: expect.stringContaining('already'),
    })
  })

  test('a refusal says what to do and keeps its cause', async () => {
    const listener = await tcpTransport({ port: 0 }).listen()
    await listener.close()
    const error = await tcpTransport({ port: Number(listener.address.split(':')[1]) })
      .connect()
      .catch((error: unknown) => error)
    expect(codeOf(error)).toBe('TRANSPORT_REFUSED')
    expect(error).toMatchObject({ message: expect.stringContaining(listener.address), cause: { code: 'ECONNREFUSED' } })
  })

  test('an abort while connecting rejects with the reason, also one that is no error', async () => {
    await using listener = await tcpTransport({ port: 0 }).listen()
    const transport = tcpTransport({ port: Number(listener.address.split(':')[1]) })
    for (const reason of [new Error('enough'), 'enough', null]) {
      const controller = new AbortController()
      const connecting = transport.connect({ signal: controller.signal })
      controller.abort(reason)
      expect(await connecting.catch((error: unknown) => error)).toBe(reason)
    }
  })

  test('a port is free again as soon as its listener is closed', async () => {
    const first = await tcpTransport({ port: 0 }).listen()
    await first.close()
    const second = await tcpTransport({ port: Number(first.address.split(':')[1]) }).listen()
    await second.close()
  })
})

describe('unix sockets', () => {
  test('a socket that a killed process left is replaced', async () => {
    const path = join(folder, 'stale.sock')
    await staleSocket(path)
    await expect(tcpTransport({ path }).connect()).rejects.toMatchObject({ code: 'TRANSPORT_REFUSED' })
    const listener = await tcpTransport({ path }).listen()
    const dialed = await tcpTransport({ path }).connect()
    const { value: accepted } = await listener[Symbol.asyncIterator]().next()
    expect(accepted?.properties.remote).toBe('unix')
    await Promise.all([listener.close(), dialed.close(), accepted?.close()])
    expect(existsSync(path)).toBe(false)
  })

  test('a socket on which somebody listens is left alone', async () => {
    const path = join(folder, 'live.sock')
    const server = createServer().listen(path)
    await once(server, 'listening')
    await expect(tcpTransport({ path }).listen()).rejects.toMatchObject({ code: 'TRANSPORT_FAILED' })
    const connection = await tcpTransport({ path }).connect()
    await connection.close(new Error('over'))
    server.close()
  })

  test('a file that is no socket is left alone', async () => {
    const path = join(folder, 'precious.txt')
    writeFileSync(path, 'precious')
    await expect(tcpTransport({ path }).listen()).rejects.toMatchObject({ code: 'TRANSPORT_FAILED' })
    expect(readFileSync(path, 'utf8')).toBe('precious')
  })

  test('a path where nothing is is refused', async () => {
    const error = await tcpTransport({ path: join(folder, 'nothing.sock') })
      .connect()
      .catch((error: unknown) => error)
    expect(error).toMatchObject({ code: 'TRANSPORT_REFUSED', cause: { code: 'ENOENT' } })
  })
})

test('a process that has closed everything exits by itself', async () => {
  const child = spawn(
    process.execPath,
    ['--conditions=@twofold/source', join(import.meta.dirname, 'exits-by-itself.ts')],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const output: string[] = []
  child.stdout.setEncoding('utf8').on('data', (text: string) => output.push(text))
  const deadline = setTimeout(() => child.kill('SIGKILL'), 20_000)
  const [code, signal] = await once(child, 'exit')
  clearTimeout(deadline)
  expect([code, signal, output.join('')]).toEqual([0, null, 'closed\n'])
})
