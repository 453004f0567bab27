import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { PartyError, startParty } from '../party-process.ts'
import type { Refusal } from '../requests.ts'
import type { Stage } from '../stage.ts'
import { sameSecret } from './secrets.ts'

export interface ImpostorFigures {
  /** The name that the impostor claims. */
  readonly claims: string
  readonly bob: Refusal
  readonly impostor: { readonly code: string; readonly message: string }
}

const accepted = 'ACCEPTED'

/** Step 5, second part: somebody with another key and alice's name is refused, and the real channel lives on. */
export async function impostor(stage: Stage): Promise<ImpostorFigures> {
  const { alice, bob, wire, show, checks, folder } = stage
  const theirs = join(folder, 'impostor')
  await mkdir(theirs)
  const mallory = await startParty({ name: alice.name, label: 'impostor', folder: theirs })
  try {
    await mallory.ask('trust', { line: bob.line })
    show.wire(`an impostor with a key of its own says that it is ${alice.name} (process ${mallory.pid})`)
    const refusal = bob.ask('refusal')
    refusal.catch(() => {})
    const outcome = await mallory.ask('connect', { port: wire.port, expected: bob.name, resume: false }).then(
      () => ({ code: accepted, message: 'the impostor got a channel' }),
      (error: unknown) => ({ code: error instanceof PartyError ? error.code : 'UNEXPECTED', message: String(error) }),
    )
    const atBob = outcome.code === accepted ? { code: accepted, reason: 'nobody was refused' } : await refusal
    show.note('bob', `${atBob.code}: ${atBob.reason.replaceAll(`${folder}/`, '')}`)
    show.wire(`the impostor sees: ${outcome.code}`)
    checks.that('bob refused the impostor', atBob.code === 'AUTH_REJECTED' && atBob.reason.includes('another key'))
    checks.that('the impostor got no channel', outcome.code === 'PEER_REJECTED')
    await sameSecret(stage, 'after the impostor')
    return { claims: alice.name, bob: atBob, impostor: outcome }
  } finally {
    await mallory.stop()
  }
}
