import type { Eavesdropper } from './eavesdropper.ts'
import type { StartedParty } from './party-process.ts'
import type { Timeline } from './timeline.ts'

/** Whatever the steps share. */
export interface Stage {
  readonly folder: string
  readonly file: SourceFile
  readonly wire: Eavesdropper
  readonly show: Timeline
  readonly checks: Checks
  alice: StartedParty
  readonly bob: StartedParty
}

/** The file that is sent around. */
export interface SourceFile {
  readonly path: string
  readonly name: string
  readonly bytes: number
  readonly sha256: string
}

export interface Check {
  readonly what: string
  readonly ok: boolean
}

/** Every claim of the demo is looked at; one that does not hold makes the whole fail. */
export interface Checks {
  /** Shows it, and keeps it for the report. */
  that(what: string, ok: boolean): void
  all(): readonly Check[]
}

export function checks(show: Timeline): Checks {
  const list: Check[] = []
  return {
    that(what: string, ok: boolean): void {
      list.push({ what, ok })
      show.check(ok, what)
    },
    all: () => [...list],
  }
}
