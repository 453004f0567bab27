import stringWidth from 'string-width'

/** Lines of at most `width` columns, broken between words where that is possible. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ').flatMap((long) => pieces(long, width))) {
    const longer = line === '' ? word : `${line} ${word}`
    if (stringWidth(longer) <= width) line = longer
    else {
      lines.push(line)
      line = word
    }
  }
  return [...lines, line]
}

/** Spaces up to `width` columns. */
export function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - stringWidth(text)))
}

/** As people read it: 98,807. */
export function number(value: number): string {
  return value.toLocaleString('en-US')
}

/** `1 frame`, `2,000 frames`. */
export function counted(count: number, unit: string): string {
  return `${number(count)} ${unit}${count === 1 ? '' : 's'}`
}

/** Whole milliseconds, never broken from their unit. */
export function milliseconds(ms: number): string {
  return `${number(Math.round(ms))}\u00a0ms`
}

function pieces(word: string, width: number): string[] {
  const result: string[] = []
  let piece = ''
  for (const character of word) {
    if (stringWidth(piece + character) > width) {
      result.push(piece)
      piece = ''
    }
    piece += character
  }
  return [...result, piece]
}
