/** A line of the input, or the fact that one was too long; of that one nothing was kept. */
export type Line = { readonly kind: 'line'; readonly bytes: Uint8Array } | { readonly kind: 'tooLong' }

const newline = 0x0a

/** Splits at line feeds; never holds more than `maxLength` bytes and one chunk. The last line may end with the input. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>, maxLength: number): AsyncGenerator<Line> {
  let held: Uint8Array[] = []
  let length = 0

  function add(part: Uint8Array): void {
    length += part.length
    if (length <= maxLength) held.push(part)
    else held = []
  }

  function take(): Line {
    const line: Line = length > maxLength ? { kind: 'tooLong' } : { kind: 'line', bytes: Buffer.concat(held) }
    held = []
    length = 0
    return line
  }

  for await (const chunk of chunks) {
    let start = 0
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      add(chunk.subarray(start, end))
      yield take()
      start = end + 1
    }
    add(chunk.subarray(start))
  }
  if (length > 0) yield take()
}
