import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { maxFrame } from '@twofold/codec'
import { TwofoldError } from '@twofold/interface'
import { type Line, linesOf } from './lines.ts'
import { type Answer, failure, type Peer } from './peer.ts'

/** The longest line of the input, in bytes: a frame in hexadecimal, and room for the rest. */
export const maxLine: number = 4 * maxFrame

/** Answers line by line, in order, until the input ends. */
export async function serve(peer: Peer, input: AsyncIterable<Uint8Array>, output: Writable): Promise<void> {
  for await (const line of linesOf(input, maxLine)) {
    const answer = await answerLine(peer, line)
    if (answer !== undefined && !output.write(`${JSON.stringify(answer)}\n`)) await once(output, 'drain')
  }
}

/** An empty line is no request, and has no answer. */
async function answerLine(peer: Peer, line: Line): Promise<Answer | undefined> {
  if (line.kind === 'tooLong') {
    return failure(new TwofoldError('USAGE_LIMIT_REACHED', `a line has at most ${maxLine} bytes`))
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(line.bytes)
    return text.trim() === '' ? undefined : await peer.handle(JSON.parse(text))
  } catch {
    return failure(new TwofoldError('USAGE_INVALID_ARGUMENT', 'the line is not JSON'))
  }
}
