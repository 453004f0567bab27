import { eventually } from '../deadline.ts'
import type { Stage } from '../stage.ts'
import { counted, number } from '../text.ts'
import { type SameSecret, sameSecret } from './secrets.ts'

export interface UpdateFigures {
  /** Which side updated. */
  readonly by: 'alice' | 'bob' | 'both'
  /** The epochs in which their commits were confirmed. */
  readonly confirmed: readonly string[]
  readonly from: string
  readonly to: string
  /** Records that the eavesdropper saw meanwhile, and their bytes. */
  readonly records: number
  readonly bytes: number
  readonly secret: SameSecret
}

const patienceMs = 5_000

/** Step 3: an update by each side, then both at once, so that the commits cross on the wire. */
export async function updates(stage: Stage): Promise<readonly UpdateFigures[]> {
  const { show } = stage
  const before = await sameSecret(stage, 'before the updates')
  show.note('alice', 'renews its keys')
  const first = await measured(stage, 'alice', before, async () => [await stage.alice.ask('update')])
  show.note('bob', 'renews its keys')
  const second = await measured(stage, 'bob', first.secret, async () => [await stage.bob.ask('update')])
  show.notes('renews its keys', 'renews its keys at the same moment')
  const third = await measured(stage, 'both', second.secret, () => crossing(stage))
  const secrets = [before, first.secret, second.secret, third.secret].map(({ alice }) => alice.sha256)
  stage.checks.that('each epoch has another secret', new Set(secrets).size === secrets.length)
  return [first, second, third]
}

type Confirmed = readonly { readonly epoch: string }[]

async function measured(
  stage: Stage,
  by: UpdateFigures['by'],
  before: SameSecret,
  update: () => Promise<Confirmed>,
): Promise<UpdateFigures> {
  const { wire, show, checks } = stage
  const seen = wire.frames().length
  const confirmed = (await update()).map(({ epoch }) => epoch)
  const secret = await sameSecret(stage, by === 'both' ? 'after crossing updates' : `after ${by}'s update`)
  const frames = wire.frames().slice(seen)
  const bytes = frames.reduce((sum, frame) => sum + frame.bytes, 0)
  const { epoch: from } = before.alice
  const { epoch: to } = secret.alice
  show.wire(
    `${counted(frames.length, 'record')}, ${number(bytes)} bytes; confirmed in epoch ${confirmed.join(' and ')}`,
  )
  const least = BigInt(from) + BigInt(confirmed.length)
  checks.that(`confirmed: epoch ${from} → ${to}`, BigInt(to) >= least && new Set(confirmed).size === confirmed.length)
  checks.that(
    'from outside an update is records like all others',
    frames.every(({ type }) => type === 'record'),
  )
  return { by, confirmed, from, to, records: frames.length, bytes, secret }
}

/** Both commits are on the way before either arrives: the wire is held until it has seen both. */
async function crossing({ alice, bob, wire, show, checks }: Stage): Promise<Confirmed> {
  const seen = wire.frames().length
  wire.hold()
  const both = Promise.all([alice.ask('update'), bob.ask('update')])
  both.catch(() => {})
  try {
    await eventually(
      patienceMs,
      'both updates on the wire',
      () => wire.frames().slice(seen),
      (frames) => ['there', 'back'].every((direction) => frames.some((frame) => frame.direction === direction)),
    )
    checks.that('both updates were on the wire before either arrived', true)
  } finally {
    wire.release()
  }
  const confirmed = await both
  show.wire("alice's goes first, as initiator; bob's gave way and was made again")
  return confirmed
}
