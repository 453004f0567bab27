import type { Writable } from 'node:stream'
import pc from 'picocolors'
import { pad, wrap } from './text.ts'

export type Side = 'alice' | 'bob'

/** Where the timeline is written; a terminal tells how wide it is. */
export interface Paper {
  readonly stream: Writable & { readonly columns?: number; readonly isTTY?: boolean }
  readonly color: boolean
}

/** The story for people: a column for each side, with the milliseconds since the start on the left. */
export interface Timeline {
  title(text: string): void
  /** The parties' names above their columns. */
  heads(alice: string, bob: string): void
  step(number: number, text: string): void
  /** What one side did or saw. */
  note(side: Side, text: string): void
  /** What both did or saw, side by side. */
  notes(alice: string, bob: string): void
  /** What crossed between them, or what concerns both. */
  wire(text: string): void
  check(ok: boolean, text: string): void
}

const gutter = 9
/** Below it there is one column. */
const narrowest = 80
const least = 40
const usual = 100
const widest = 120

export function timeline({ stream, color }: Paper, startedAt: number = performance.now()): Timeline {
  const colors = pc.createColors(color)
  // A terminal that does not know its width says 0.
  const width = Math.max(least, Math.min(stream.columns || usual, widest))
  const twoColumns = width >= narrowest
  const column = twoColumns ? Math.floor((width - gutter - 4) / 2) : width - gutter - 8
  const blank = ' '.repeat(gutter)
  const paint = { alice: colors.cyan, bob: colors.magenta }

  function stamp(): string {
    return colors.dim(`${Math.round(performance.now() - startedAt)} ms`.padStart(gutter - 1)) + ' '.repeat(1)
  }

  function line(text: string): void {
    stream.write(`${text}\n`)
  }

  function rows(alice: string, bob: string): void {
    const [left, right] = [wrap(alice, column), wrap(bob, column)]
    for (let i = 0; i < Math.max(left.length, right.length); i++) {
      const first = paint.alice(pad(left[i] ?? '', column))
      line(`${i === 0 ? stamp() : blank}${first} ${colors.dim('│')}  ${paint.bob(right[i] ?? '')}`.trimEnd())
    }
  }

  /** For a terminal too narrow for two columns. */
  function narrow(side: Side, text: string): void {
    for (const [i, part] of wrap(text, column).entries()) {
      line(`${i === 0 ? stamp() : blank}${paint[side](pad(i === 0 ? side : '', 8) + part)}`)
    }
  }

  function full(mark: string, text: string, show: (text: string) => string): void {
    for (const [i, part] of wrap(text, width - gutter - 2).entries()) {
      line(`${i === 0 ? stamp() : blank}${show(`${i === 0 ? mark : ' '} ${part}`)}`)
    }
  }

  return {
    title: (text) => {
      for (const part of wrap(text, width)) line(colors.bold(part))
    },
    heads: (alice, bob) => {
      line('')
      if (twoColumns)
        line(
          `${blank}${colors.bold(paint.alice(pad(alice, column)))} ${colors.dim('│')}  ${colors.bold(paint.bob(bob))}`,
        )
      else for (const name of [alice, bob]) line(`${blank}${colors.bold(name)}`)
    },
    step: (number, text) => {
      line('')
      for (const part of wrap(`${number}. ${text}`, width)) line(colors.bold(part))
    },
    note: (side, text) => {
      if (!twoColumns) narrow(side, text)
      else rows(side === 'alice' ? text : '', side === 'bob' ? text : '')
    },
    notes: (alice, bob) => {
      if (twoColumns) return rows(alice, bob)
      narrow('alice', alice)
      narrow('bob', bob)
    },
    wire: (text) => full('·', text, colors.dim),
    check: (ok, text) => full(ok ? '✓' : '✗', text, ok ? colors.green : colors.red),
  }
}

/** What the terminal can do and the user wants (https://no-color.org). */
export function wantsColor(
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  if ((env.NO_COLOR ?? '') !== '') return false
  if ((env.FORCE_COLOR ?? '') !== '') return env.FORCE_COLOR !== '0'
  return stream.isTTY === true && env.TERM !== 'dumb'
}
