import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { checkOptions, TwofoldError } from '@twofold/interface'
import type { Connection, IoOptions, Listener, Transport } from '@twofold/interface/io'
import { longestFrame } from './frame-parser.ts'
import { tcpConnection } from './tcp-connection.ts'
import { connectError, listenError, systemCode } from './tcp-error.ts'
import { maxWaiting, tcpListener } from './tcp-listener.ts'
import { removeStaleSocket } from './unix-socket.ts'

interface FrameOptions {
  /** The longest frame in bytes, 1 to 2^24 - 1; 128 KiB unless told otherwise. The same on both sides. */
  readonly maxFrame?: number
}

/** A host and a port, or the path of a Unix socket. */
export type TcpOptions =
  | (FrameOptions & {
      /** Name or address; 127.0.0.1 unless told otherwise, so that nobody listens to the world by accident. */
      readonly host?: string
      /** 0 to 65535; 0 lets the system choose, when listening. */
      readonly port: number
    })
  | (FrameOptions & { readonly path: string })

interface Target {
  readonly endpoint: { readonly host: string; readonly port: number } | { readonly path: string }
  readonly text: string
  readonly maxFrame: number
}

const defaultMaxFrame = 128 * 1024
const socketOptions = { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 }

/**
 * Frames over TCP or over a Unix socket, each behind its length as `uint24`. Nothing here is encrypted or authenticated: that is
 * the channel's work. Throws `USAGE_INVALID_ARGUMENT` and `USAGE_UNKNOWN_OPTION`. There is no time-out but the caller's signal.
 *
 * ```ts
 * const listener = await tcpTransport({ port: 0 }).listen()
 * const connection = await tcpTransport({ host: 'peer.example', port: 4433 }).connect({ signal: AbortSignal.timeout(5_000) })
 * ```
 */
export function tcpTransport(options: TcpOptions): Transport {
  const target = targetOf(options)
  return {
    name: 'path' in target.endpoint ? 'unix' : 'tcp',
    connect: ({ signal }: IoOptions = {}) => connectTo(target, signal),
    listen: ({ signal }: IoOptions = {}) => listenAt(target, signal),
  }
}

async function connectTo(target: Target, signal: AbortSignal | undefined): Promise<Connection> {
  signal?.throwIfAborted()
  if ('port' in target.endpoint && target.endpoint.port === 0) throw invalid('connect needs a port from 1 to 65535')
  const socket = connect({ ...socketOptions, ...target.endpoint })
  const abort = (): void => void socket.destroy(new Error('aborted'))
  signal?.addEventListener('abort', abort)
  try {
    await once(socket, 'connect')
  } catch (cause) {
    socket.destroy()
    signal?.throwIfAborted()
    throw connectError(cause, target.text)
  } finally {
    signal?.removeEventListener('abort', abort)
  }
  return connectionOf(socket, target)
}

async function listenAt(target: Target, signal: AbortSignal | undefined): Promise<Listener> {
  signal?.throwIfAborted()
  const server = createServer({ ...socketOptions, pauseOnConnect: true })
  try {
    await listenOnce(server, target).catch((cause) => listenAgain(server, target, cause))
  } catch (cause) {
    server.close()
    throw listenError(cause, target.text)
  }
  const listener = tcpListener({
    server,
    address: addressOf(server),
    signal,
    connection: (socket) => connectionOf(socket, target),
  })
  if (signal?.aborted === true) await listener.close()
  signal?.throwIfAborted()
  return listener
}

async function listenOnce(server: Server, target: Target): Promise<void> {
  server.listen({ ...target.endpoint, backlog: maxWaiting })
  await once(server, 'listening')
}

/** Once more, after a Unix socket that nobody listens on was cleared away. */
async function listenAgain(server: Server, target: Target, cause: unknown): Promise<void> {
  const { endpoint } = target
  if (!('path' in endpoint) || systemCode(cause) !== 'EADDRINUSE') throw cause
  if (!(await removeStaleSocket(endpoint.path))) throw cause
  await listenOnce(server, target)
}

function connectionOf(socket: Socket, { maxFrame }: Target): Connection {
  return tcpConnection(socket, { ordered: true, reliable: true, maxFrame, remote: remoteOf(socket) })
}

/** The peer's address without its port; one address, however the system spells it. */
function remoteOf({ remoteAddress }: Socket): string {
  return remoteAddress === undefined || remoteAddress === '' ? 'unix' : remoteAddress.replace(/^::ffff:(?=\d+\.)/i, '')
}

function addressOf(server: Server): string {
  const bound = server.address() as AddressInfo | string
  return typeof bound === 'string' ? bound : hostAndPort(bound.address, bound.port)
}

function hostAndPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

function targetOf(options: TcpOptions): Target {
  const isPath = 'path' in options
  checkOptions(options, isPath ? ['path', 'maxFrame'] : ['host', 'port', 'maxFrame'], 'tcpTransport')
  const { maxFrame = defaultMaxFrame } = options
  if (!isWhole(maxFrame, 1, longestFrame)) throw invalid(`maxFrame is a whole number of bytes, 1 to ${longestFrame}`)
  if (isPath) return { endpoint: { path: checkText(options.path, 'path') }, text: options.path, maxFrame }
  const { host = '127.0.0.1', port } = options
  if (!isWhole(port, 0, 65_535)) throw invalid('port is a whole number from 0 to 65535')
  return { endpoint: { host: checkText(host, 'host'), port }, text: hostAndPort(host, port), maxFrame }
}

function isWhole(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most
}

function checkText(value: string, name: string): string {
  if (typeof value !== 'string' || value === '' || value.includes('\0'))
    throw invalid(`${name} is a text that is not empty`)
  return value
}

function invalid(message: string): TwofoldError {
  return new TwofoldError('USAGE_INVALID_ARGUMENT', message)
}
