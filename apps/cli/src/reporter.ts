import type { Writable } from 'node:stream'
import type { CliError } from './cli-error.ts'

/** Tells people, or with `--json` programs, what happens; always on stderr, since stdout may carry the channel's data. */
export interface Reporter {
  readonly json: boolean
  /** `text` is the line for people, `fields` what the JSON line holds. Silent with `--quiet`. */
  say(event: string, text: string, fields?: Readonly<Record<string, unknown>>): void
  /** Not silenced by `--quiet`. */
  warn(event: string, text: string, fields?: Readonly<Record<string, unknown>>): void
  fail(error: CliError): void
}

export function reporter(stderr: Writable, { json = false, quiet = false }: ReporterOptions): Reporter {
  function line(event: string, text: string, fields: Readonly<Record<string, unknown>>): void {
    stderr.write(json ? `${JSON.stringify({ event, ...fields })}\n` : `twofold: ${text}\n`)
  }
  return {
    json,
    say: (event, text, fields = {}) => {
      if (!quiet) line(event, text, fields)
    },
    warn: (event, text, fields = {}) => line(event, text, { message: text, ...fields }),
    fail: ({ code, message, hint, exit }) => line('error', withHint(message, hint), { code, message, hint, exit }),
  }
}

/** What happened, and on a line of its own what to do. */
export function withHint(message: string, hint: string): string {
  return hint === '' ? message : `${message}\n  ${hint}`
}

export interface ReporterOptions {
  readonly json?: boolean | undefined
  readonly quiet?: boolean | undefined
}
