import { readFile } from 'node:fs/promises'
import { type Tally, tally } from '../eavesdropper.ts'
import type { Stage } from '../stage.ts'
import { counted, number } from '../text.ts'

export interface EavesdropperFigures {
  readonly totalBytes: number
  readonly frames: number
  readonly byType: readonly Tally[]
  /** Pieces of the file that were looked for in all captured bytes, and how many were there in clear. */
  readonly piecesSought: number
  readonly piecesFound: number
  /** The initiator's name stands in its ClientHello, before there are keys; the responder's is encrypted. */
  readonly sawInitiatorName: boolean
  readonly sawResponderName: boolean
}

const pieceBytes = 24

/** Step 5, first part: what somebody on the path has learned. */
export async function eavesdropping({ file, wire, show, checks, alice, bob }: Stage): Promise<EavesdropperFigures> {
  const frames = wire.frames()
  const byType = tally(frames)
  const totalBytes = wire.totalBytes()
  show.wire(`the eavesdropper saw ${number(totalBytes)} bytes in ${counted(frames.length, 'frame')}:`)
  for (const { type, direction, frames: count, bytes } of byType) {
    const arrow = direction === 'there' ? 'alice ──▶ bob' : 'alice ◀── bob'
    show.wire(
      `  ${arrow}  ${type.padEnd(19)} ${number(count).padStart(5)} ${count === 1 ? 'frame ' : 'frames'} ${number(bytes).padStart(9)} bytes`,
    )
  }
  const pieces = piecesOf(await readFile(file.path))
  const piecesFound = pieces.filter((piece) => wire.saw(piece)).length
  const sawInitiatorName = wire.saw(Buffer.from(alice.name))
  const sawResponderName = wire.saw(Buffer.from(bob.name))
  show.wire(`names in clear: ${namesSeen(sawInitiatorName, sawResponderName)}`)
  checks.that(`none of ${pieces.length} pieces of the file crossed in clear`, piecesFound === 0 && pieces.length > 0)
  checks.that('the search works: what does cross in clear (the name in the client_hello) was found', sawInitiatorName)
  checks.that("bob's name did not cross in clear", !sawResponderName)
  checks.that(
    'the frames account for every byte',
    totalBytes === byType.reduce((sum, { bytes, frames: n }) => sum + bytes + 3 * n, 0),
  )
  return {
    totalBytes,
    frames: frames.length,
    byType,
    piecesSought: pieces.length,
    piecesFound,
    sawInitiatorName,
    sawResponderName,
  }
}

function namesSeen(initiator: boolean, responder: boolean): string {
  const seen = [...(initiator ? ["alice's, in the client_hello"] : []), ...(responder ? ["bob's"] : [])]
  return seen.length === 0 ? 'none' : seen.join(' and ')
}

/** From all over the file, whatever its chunks were. */
function piecesOf(content: Uint8Array): Uint8Array[] {
  const count = 64
  const stride = Math.floor((content.length - pieceBytes) / count)
  return Array.from({ length: count }, (_, i) => content.subarray(i * stride, i * stride + pieceBytes))
}
