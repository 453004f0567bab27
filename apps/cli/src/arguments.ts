import { InvalidArgumentError } from 'commander'

export const defaultHost = '127.0.0.1'
export const defaultPort = 4710

/** `auto` is the fastest that serves the suites that were asked for. */
export const backendNames = ['auto', 'node', 'webcrypto', 'noble'] as const
export type BackendName = (typeof backendNames)[number]

export function parsePort(text: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port
  throw new InvalidArgumentError('A port is a whole number from 0 to 65535.')
}
