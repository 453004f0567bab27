import { TwofoldError } from '@twofold/interface'

/** Cuts a byte stream into frames: `uint24 length`, then that many bytes. */
export interface FrameParser {
  /** Adds bytes; only when `next` has returned undefined before. */
  push(chunk: Uint8Array): void
  /** The next whole frame as a fresh array, or undefined when more bytes are needed. Throws `TRANSPORT_…` for a length that is not allowed. */
  next(): Uint8Array | undefined
  /** Whether the stream would end in the middle of a frame. */
  isPartial(): boolean
}

export const headerBytes = 3
export const longestFrame: number = 2 ** 24 - 1

/** The most that a bare length makes us set aside; beyond it the buffer doubles as the bytes really come. */
const firstBytes = 128 * 1024

export function frameParser(maxFrame: number): FrameParser {
  let input = new Uint8Array(0)
  let offset = 0
  let header = 0
  let headerFilled = 0
  let frame = new Uint8Array(0)
  let filled = 0

  function readHeader(): boolean {
    while (headerFilled < headerBytes) {
      const byte = input[offset]
      if (byte === undefined) return false
      header = header * 256 + byte
      offset += 1
      headerFilled += 1
      if (headerFilled === headerBytes) begin()
    }
    return true
  }

  function begin(): void {
    checkLength(header, maxFrame)
    frame = new Uint8Array(Math.min(header, firstBytes))
    filled = 0
  }

  function fill(): void {
    while (filled < header && offset < input.length) {
      if (filled === frame.length) frame = grown(frame, header)
      const part = input.subarray(offset, offset + frame.length - filled)
      frame.set(part, filled)
      filled += part.length
      offset += part.length
    }
  }

  return {
    push(chunk: Uint8Array): void {
      input = chunk as Uint8Array<ArrayBuffer>
      offset = 0
    },
    next(): Uint8Array | undefined {
      if (!readHeader()) return undefined
      fill()
      if (filled < header) return undefined
      const whole = frame
      header = 0
      headerFilled = 0
      frame = new Uint8Array(0)
      return whole
    },
    isPartial: () => headerFilled > 0,
  }
}

/** Before anything is set aside: a peer must not make us allocate by announcing a length. */
function checkLength(length: number, maxFrame: number): void {
  if (length === 0)
    throw new TwofoldError('TRANSPORT_FAILED', 'the peer sent an empty frame: it does not speak this protocol')
  if (length <= maxFrame) return
  throw new TwofoldError(
    'TRANSPORT_FRAME_TOO_LARGE',
    `the peer announced a frame of ${length} bytes; the longest is ${maxFrame}`,
  )
}

function grown(frame: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.min(length, frame.length * 2))
  larger.set(frame)
  return larger
}
