import { type ErrorCode, TwofoldError } from '@twofold/interface'

const closedCodes = ['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_PREMATURE_CLOSE']

/** An error of an established connection. */
export function connectionError(cause: unknown): TwofoldError {
  if (cause instanceof TwofoldError) return cause
  const code = systemCode(cause)
  if (closedCodes.includes(code)) return failure('TRANSPORT_CLOSED', `the peer is gone (${code})`, cause)
  if (code === 'ETIMEDOUT') return failure('TRANSPORT_TIMEOUT', 'the peer did not answer in time (ETIMEDOUT)', cause)
  return failure('TRANSPORT_FAILED', `the connection failed (${code})`, cause)
}

/** An error before the connection was there. */
export function connectError(cause: unknown, target: string): TwofoldError {
  const code = systemCode(cause)
  switch (code) {
    case 'ECONNREFUSED':
      return failure(
        'TRANSPORT_REFUSED',
        `nobody listens at ${target}: start the other side first, or check the address`,
        cause,
      )
    case 'ENOENT':
      return failure(
        'TRANSPORT_REFUSED',
        `there is no socket ${target}: start the other side first, or check the path`,
        cause,
      )
    case 'ETIMEDOUT':
      return failure('TRANSPORT_TIMEOUT', `${target} did not answer in time: check the address and the firewall`, cause)
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return failure('TRANSPORT_FAILED', `the host name of ${target} could not be resolved (${code})`, cause)
    default:
      return failure('TRANSPORT_FAILED', `could not connect to ${target} (${code})`, cause)
  }
}

export function listenError(cause: unknown, target: string): TwofoldError {
  const code = systemCode(cause)
  switch (code) {
    case 'EADDRINUSE':
      return failure(
        'TRANSPORT_FAILED',
        `something listens at ${target} already: stop it, or choose another address`,
        cause,
      )
    case 'EACCES':
      return failure(
        'TRANSPORT_FAILED',
        `not allowed to listen at ${target}: choose a port above 1023, or a folder of yours`,
        cause,
      )
    case 'EADDRNOTAVAIL':
      return failure('TRANSPORT_FAILED', `${target} is not an address of this machine`, cause)
    default:
      return failure('TRANSPORT_FAILED', `could not listen at ${target} (${code})`, cause)
  }
}

export function systemCode(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return 'unknown error'
  return String(error.code)
}

function failure(code: ErrorCode, message: string, cause: unknown): TwofoldError {
  return new TwofoldError(code, message, { cause })
}
