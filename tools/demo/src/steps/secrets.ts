import { eventually } from '../deadline.ts'
import type { DemoSecret } from '../requests.ts'
import type { Stage } from '../stage.ts'

/** What both sides export: they differ when something is wrong. */
export interface SameSecret {
  readonly alice: DemoSecret
  readonly bob: DemoSecret
}

const patienceMs = 5_000

/** Both sides' epoch and exported secret, when both have reached the same epoch. */
export async function sameSecret({ alice, bob, show, checks }: Stage, when: string): Promise<SameSecret> {
  const secrets = await eventually(
    patienceMs,
    'the same epoch on both sides',
    async () => ({ alice: await alice.ask('secret'), bob: await bob.ask('secret') }),
    (both) => both.alice.epoch === both.bob.epoch,
  )
  show.notes(text(secrets.alice), text(secrets.bob))
  checks.that(`${when}: the same epoch and the same secret on both sides`, secrets.alice.sha256 === secrets.bob.sha256)
  return secrets
}

function text({ epoch, first8 }: DemoSecret): string {
  return `epoch ${epoch}, demo secret ${first8}…`
}
