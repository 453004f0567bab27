import { Buffer } from 'node:buffer'

/** A plain Uint8Array over what node:crypto gave, copied only where the memory is shared with anything else. */
export function plain(bytes: Uint8Array): Uint8Array {
  if (bytes.byteLength !== bytes.buffer.byteLength) return new Uint8Array(bytes)
  return new Uint8Array(bytes.buffer, 0, bytes.byteLength)
}

/** Memory of its own that is not zeroed: the caller fills all of it. */
export function uninitialized(length: number): Uint8Array {
  return plain(Buffer.allocUnsafeSlow(length))
}

/** Of a constant in the source. */
export function fromHex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'hex'))
}
