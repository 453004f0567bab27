import { join } from 'node:path'
import { within } from '../deadline.ts'
import { hashOnDisk } from '../inbox.ts'
import { type Party, startParty } from '../party-process.ts'
import type { Met } from '../requests.ts'
import type { Stage } from '../stage.ts'
import { milliseconds, number } from '../text.ts'
import { type SameSecret, sameSecret } from './secrets.ts'

export interface CrashFigures {
  readonly killedPid: number
  readonly signal: string | null
  readonly restartedPid: number
  /** How the channel ended for the side that lived on. */
  readonly endedWith: string | null
  readonly epochBefore: string
  /** What the receiver had when its channel had ended, and where the transfer went on. */
  readonly receivedBeforeBytes: number
  readonly wentOnFromBytes: number
  readonly totalBytes: number
  /** Records from alice after the resumption: they carry only what was missing. */
  readonly recordBytesAfter: number
  readonly resumption: {
    readonly alice: Met
    readonly bob: Met
    readonly requestBytes: number
    readonly responseBytes: number
  }
  readonly receivedSha256: string
  readonly secret: SameSecret
}

const fileName = 'after-the-crash'
const chunkBytes = 2 * 1024
const pauseMs = 8
/** The most that all records of a transfer add to its bytes. */
const overheadBytes = 4 * 1024

/** Step 4: `kill -9` in the middle of a transfer, a restart from the store, and on from where the receiver stands. */
export async function crash(stage: Stage): Promise<CrashFigures> {
  const { bob, file, wire, show, checks } = stage
  const before = await stage.alice.ask('secret')
  const { killedPid, signal, endedWith, receivedBeforeBytes } = await killInTheMiddle(stage)
  const seen = wire.frames().length
  const alice = await restart(stage)
  const accepted = bob.ask('accept')
  const atAlice = await alice.ask('connect', { port: wire.port, expected: bob.name, resume: true })
  const atBob = await accepted
  show.notes(resumedText(atAlice), resumedText(atBob))
  checks.that('resumed from the store, by the same session', isResumed(atAlice) && isResumed(atBob))
  checks.that(`a new epoch: ${before.epoch} → ${atAlice.epoch}`, BigInt(atAlice.epoch) > BigInt(before.epoch))

  const received = bob.ask('receive')
  const sent = await alice.ask('send', { path: file.path, name: fileName, chunkBytes: 32 * 1024, pauseMs: 0 })
  const receivedSha256 = await hashOnDisk(await received)
  const frames = wire.frames().slice(seen)
  const recordBytesAfter = frames
    .filter(({ type, direction }) => type === 'record' && direction === 'there')
    .reduce((sum, { bytes }) => sum + bytes, 0)
  show.notes(
    `goes on from byte ${number(sent.from)}`,
    `has ${number(file.bytes)} bytes, SHA-256 ${receivedSha256.slice(0, 16)}…`,
  )
  checks.that('it went on from where the receiver stood', sent.from === receivedBeforeBytes)
  checks.that('only what was missing crossed again', recordBytesAfter < file.bytes - sent.from + overheadBytes)
  checks.that('SHA-256 is that of the file', receivedSha256 === file.sha256 && sent.confirmedSha256 === file.sha256)
  const secret = await sameSecret(stage, 'after the crash')
  const bytesOf = (type: string): number => frames.find((frame) => frame.type === type)?.bytes ?? 0
  return {
    killedPid,
    signal,
    restartedPid: alice.pid,
    endedWith,
    epochBefore: before.epoch,
    receivedBeforeBytes,
    wentOnFromBytes: sent.from,
    totalBytes: file.bytes,
    recordBytesAfter,
    resumption: {
      alice: atAlice,
      bob: atBob,
      requestBytes: bytesOf('resumption_request'),
      responseBytes: bytesOf('resumption_response'),
    },
    receivedSha256,
    secret,
  }
}

type Killed = Pick<CrashFigures, 'killedPid' | 'signal' | 'endedWith' | 'receivedBeforeBytes'>

async function killInTheMiddle({ alice, bob, file, show, checks }: Stage): Promise<Killed> {
  show.note('alice', `sends ${file.name} once more, slowly`)
  const stands = { bytes: 0 }
  const half = Promise.withResolvers<void>()
  bob.onProgress((_, offset, size) => {
    stands.bytes = offset
    if (offset > size * 0.4) half.resolve()
  })
  const sending = alice.ask('send', { path: file.path, name: fileName, chunkBytes, pauseMs })
  const failed = sending.then(
    () => false,
    () => true,
  )
  await within(10_000, 'the first part of the file', half.promise)
  const ended = bob.ask('ended')
  const signal = await alice.kill()
  show.note('alice', `kill -9 ${alice.pid}`)
  const { code } = await ended
  show.note('bob', `its channel broke (${code}); it has ${number(stands.bytes)} of ${number(file.bytes)} bytes`)
  checks.that('killed in the middle of the transfer', (await failed) && signal === 'SIGKILL' && isMiddle(stands, file))
  checks.that('the other side took it for a broken link, not for an end', code?.startsWith('TRANSPORT_') === true)
  return { killedPid: alice.pid, signal, endedWith: code, receivedBeforeBytes: stands.bytes }
}

function isMiddle(stands: { readonly bytes: number }, file: { readonly bytes: number }): boolean {
  return stands.bytes > 0 && stands.bytes < file.bytes
}

async function restart(stage: Stage): Promise<Party> {
  const { line, name } = stage.alice
  stage.alice = await startParty({ name, label: 'alice', folder: join(stage.folder, 'alice') })
  stage.show.note('alice', `starts again as process ${stage.alice.pid}, with what its store holds`)
  stage.checks.that('the restarted process has the same identity', stage.alice.line === line)
  return stage.alice
}

function isResumed({ resumed }: Met): boolean {
  return resumed
}

function resumedText({ epoch, ms }: Met): string {
  return `resumed into epoch ${epoch} after ${milliseconds(ms)}`
}
