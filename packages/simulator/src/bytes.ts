export const noBytes: Uint8Array = new Uint8Array(0)

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

export function joinBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let offset = 0
  for (const part of parts) {
    joined.set(part, offset)
    offset += part.length
  }
  return joined
}

export function xorBytes(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((byte, index) => byte ^ b[index]!)
}

/** Whether `needle` stands somewhere in `haystack`, byte for byte. */
export function includesBytes(haystack: Uint8Array, needle: Uint8Array): boolean {
  for (let at = haystack.indexOf(needle[0] ?? 0); at >= 0; at = haystack.indexOf(needle[0] ?? 0, at + 1)) {
    if (equalBytes(haystack.subarray(at, at + needle.length), needle)) return true
  }
  return needle.length === 0
}
