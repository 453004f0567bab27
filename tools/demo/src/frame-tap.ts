import { messageType } from '@twofold/codec'

/** What anybody on the path can see of one frame. */
export interface SeenFrame {
  /** As the messages of the profile are called; `type N` for others. */
  readonly type: string
  /** Without the three bytes of length. */
  readonly bytes: number
}

const prefixBytes = 3
const names = new Map<number, string>(Object.entries(messageType).map(([name, number]) => [number, name]))

/** Reads along in one direction: `uint24 length`, version, type, and the rest, which only passes. */
export function frameTap(onFrame: (frame: SeenFrame) => void): (chunk: Uint8Array) => void {
  let rest = Buffer.alloc(0)
  return (chunk) => {
    rest = Buffer.concat([rest, chunk])
    while (rest.length >= prefixBytes) {
      const bytes = rest.readUIntBE(0, prefixBytes)
      if (rest.length < prefixBytes + bytes) return
      const type = rest[prefixBytes + 1] ?? 0
      onFrame({ type: names.get(type) ?? `type ${type}`, bytes })
      rest = rest.subarray(prefixBytes + bytes)
    }
  }
}
