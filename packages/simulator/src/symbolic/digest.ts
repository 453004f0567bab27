/**
 * A hash for models, not for security: four 32-bit lanes, each a bijection of its state for every byte, so that one
 * changed byte always changes the result. Parts are told apart by their lengths.
 */
export function digest(length: number, label: string, ...parts: readonly Uint8Array[]): Uint8Array {
  const lanes = Uint32Array.of(0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a)
  absorb(lanes, labelBytes(label))
  for (const part of parts) absorb(lanes, part)
  return squeeze(lanes, length)
}

const labels = new Map<string, Uint8Array>()

function labelBytes(label: string): Uint8Array {
  const known = labels.get(label)
  if (known !== undefined) return known
  const bytes = asciiBytes(label)
  // Labels are few; text of an application that is exported under many of them must not be kept for ever.
  if (labels.size < 256) labels.set(label, bytes)
  return bytes
}

/** Two bytes for each UTF-16 code unit: no two texts are the same bytes. */
function asciiBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(2 * text.length)
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    bytes[2 * i] = unit >> 8
    bytes[2 * i + 1] = unit & 0xff
  }
  return bytes
}

function absorb(lanes: Uint32Array, bytes: Uint8Array): void {
  let a = lanes[0]! ^ bytes.length
  let b = lanes[1]! + bytes.length
  let c = lanes[2]! ^ Math.imul(bytes.length, 0x9e3779b1)
  let d = lanes[3]! - bytes.length
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!
    a = Math.imul(rotate(a ^ byte, 5), 0x01000193)
    b = Math.imul(rotate(b ^ byte, 11), 0x85ebca6b)
    c = Math.imul(rotate(c ^ byte, 17), 0xc2b2ae35)
    d = Math.imul(rotate(d ^ byte, 23), 0x27d4eb2f)
  }
  lanes.set([a, b, c, d])
}

function squeeze(lanes: Uint32Array, length: number): Uint8Array {
  const [a, b, c, d] = [lanes[0]!, lanes[1]!, lanes[2]!, lanes[3]!]
  const output = new Uint8Array(length)
  for (let i = 0, block = 0; i < length; block++) {
    const word = [
      mix(a + mix(b + block)),
      mix(b + mix(c ^ block)),
      mix(c + mix(d + block)),
      mix(d + mix(a ^ Math.imul(block + 1, 0x9e3779b1))),
    ][block & 3]!
    for (let byte = 0; byte < 4 && i < length; byte++, i++) output[i] = word >>> (8 * byte)
  }
  return output
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by))
}

/** The finalizer of MurmurHash3, a bijection. */
function mix(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
