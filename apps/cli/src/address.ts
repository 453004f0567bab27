import type { Transport } from '@twofold/interface/io'
import { tcpTransport } from '@twofold/transport-tcp'
import { defaultHost, defaultPort } from './arguments.ts'
import { usageError } from './cli-error.ts'

export interface Address {
  readonly transport: Transport
  /** For people. */
  readonly text: string
}

export interface AddressFlags {
  readonly host: string | undefined
  readonly port: number | undefined
  readonly path: string | undefined
}

/** A host and a port, or the path of a Unix socket, but not both. */
export function addressOf({ host, port, path }: AddressFlags): Address {
  const [, joined, number] = /^([^:]+|\[[^\]]+\]):(\d+)$/.exec(host ?? '') ?? []
  if (joined !== undefined && port === undefined) {
    throw usageError(
      `${host} is no host`,
      `the port is an argument of its own: ${joined.replace(/[[\]]/g, '')} ${number}`,
    )
  }
  if (path === undefined) {
    const target = { host: host ?? defaultHost, port: port ?? defaultPort }
    return { transport: tcpTransport(target), text: `${target.host}:${target.port}` }
  }
  if (host !== undefined || port !== undefined) {
    throw usageError('--path is given beside a host or a port', 'give one or the other')
  }
  return { transport: tcpTransport({ path }), text: path }
}
