import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fastestBackend } from './backend.ts'
import { within } from './deadline.ts'
import { eavesdropper } from './eavesdropper.ts'
import { startParty } from './party-process.ts'
import { sourceFile } from './source-file.ts'
import { type Check, type Checks, checks, type Stage } from './stage.ts'
import { type CrashFigures, crash } from './steps/crash.ts'
import { type EavesdropperFigures, eavesdropping } from './steps/eavesdropping.ts'
import { type HandshakeFigures, handshake } from './steps/handshake.ts'
import { type ImpostorFigures, impostor } from './steps/impostor.ts'
import { type TransferFigures, transfer } from './steps/transfer.ts'
import { type UpdateFigures, updates } from './steps/updates.ts'
import type { Timeline } from './timeline.ts'

/** Every figure; the steps are there as far as the demo came. */
export interface Report {
  readonly ok: boolean
  readonly seconds: number
  readonly node: string
  readonly openssl: string
  readonly backend: string
  handshake?: HandshakeFigures
  transfer?: TransferFigures
  updates?: readonly UpdateFigures[]
  crash?: CrashFigures
  eavesdropper?: EavesdropperFigures
  impostor?: ImpostorFigures
  readonly checks: readonly Check[]
  /** What ended the demo before its end. */
  readonly error?: string
}

type Steps = Pick<Report, 'handshake' | 'transfer' | 'updates' | 'crash' | 'eavesdropper' | 'impostor'>

/** Whatever hangs: the demo is over by then. */
const deadlineMs = 60_000

/** Runs all steps and never rejects: what went wrong is in the report. */
export async function demo(show: Timeline): Promise<Report> {
  const started = performance.now()
  const steps: Steps = {}
  const made = checks(show)
  const error = await within(deadlineMs, 'the demo', play(show, made, steps)).then(
    () => undefined,
    (reason: unknown) => (reason instanceof Error ? reason.message : String(reason)),
  )
  if (error !== undefined) show.check(false, error)
  return {
    ok: error === undefined && made.all().every(({ ok }) => ok),
    seconds: (performance.now() - started) / 1000,
    node: process.versions.node,
    openssl: process.versions.openssl ?? '',
    backend: fastestBackend().name,
    ...steps,
    checks: made.all(),
    ...(error === undefined ? {} : { error }),
  }
}

async function play(show: Timeline, made: Checks, steps: Steps): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'twofold-demo-'))
  // Also when the user interrupts.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  try {
    const stage = await setTheStage(folder, show, made)
    try {
      await playAll(stage, steps)
    } finally {
      await Promise.all([stage.alice.stop(), stage.bob.stop(), stage.wire.close()])
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function setTheStage(folder: string, show: Timeline, made: Checks): Promise<Stage> {
  const file = await sourceFile()
  const [left, right] = [join(folder, 'alice'), join(folder, 'bob')]
  await Promise.all([mkdir(left), mkdir(right)])
  const [alice, bob, wire] = await Promise.all([
    startParty({ name: 'alice@demo', label: 'alice', folder: left }),
    startParty({ name: 'bob@demo', label: 'bob', folder: right }),
    eavesdropper(),
  ])
  await Promise.all([alice.ask('trust', { line: bob.line }), bob.ask('trust', { line: alice.line })])
  show.heads(`alice (process ${alice.pid})`, `bob (process ${bob.pid})`)
  return { folder, file, wire, show, checks: made, alice, bob }
}

async function playAll(stage: Stage, steps: Steps): Promise<void> {
  const { show } = stage
  show.step(1, 'First handshake')
  steps.handshake = await handshake(stage)
  show.step(2, 'A file goes both ways')
  steps.transfer = await transfer(stage)
  show.step(3, 'Updates: alice, bob, and both at once')
  steps.updates = await updates(stage)
  show.step(4, 'kill -9 in the middle of a transfer, and on again')
  steps.crash = await crash(stage)
  show.step(5, 'An eavesdropper and an impostor')
  steps.eavesdropper = await eavesdropping(stage)
  steps.impostor = await impostor(stage)
}
