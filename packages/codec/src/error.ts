/** What was wrong with bytes from outside. */
export type DecodeErrorCode =
  | 'DECODE_TRUNCATED'
  | 'DECODE_TRAILING_BYTES'
  | 'DECODE_NON_MINIMAL_LENGTH'
  | 'DECODE_LENGTH_OUT_OF_RANGE'
  | 'DECODE_INVALID_VALUE'
  | 'DECODE_UNKNOWN_VERSION'

/**
 * Bytes that are not the one canonical encoding of a message. `offset` counts bytes from the start of the input that was
 * given to `decode`; `path` names the fields from the outside in, joined by dots.
 */
export class DecodeError extends Error {
  override readonly name: string = 'DecodeError'
  readonly code: DecodeErrorCode
  readonly offset: number
  readonly path: string

  constructor(code: DecodeErrorCode, offset: number, path: string, detail: string) {
    super(`${detail} at offset ${offset}${path === '' ? '' : ` in ${path}`}`)
    this.code = code
    this.offset = offset
    this.path = path
  }
}
