import { TwofoldError } from '@twofold/interface'

/** Lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}

/** Throws `USAGE_INVALID_ARGUMENT` for what is not an even number of hexadecimal digits. `where` names the field. */
export function fromHex(text: string, where: string): Uint8Array {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(text)) {
    throw new TwofoldError('USAGE_INVALID_ARGUMENT', `"${where}" is not hexadecimal`)
  }
  return new Uint8Array(Buffer.from(text, 'hex'))
}
