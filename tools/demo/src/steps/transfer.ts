import { hashOnDisk } from '../inbox.ts'
import type { Party } from '../party-process.ts'
import type { Received, Sent } from '../requests.ts'
import type { SourceFile, Stage } from '../stage.ts'
import { milliseconds, number } from '../text.ts'

export interface OneWay {
  readonly bytes: number
  readonly ms: number
  /** Of the file as it was sent, and as it stands on the receiver's disk. */
  readonly sentSha256: string
  readonly receivedSha256: string
}

export interface TransferFigures {
  readonly file: SourceFile
  readonly aliceToBob: OneWay
  readonly bobToAlice: OneWay
}

const chunkBytes = 32 * 1024

/** Step 2: a real file in both directions at once. */
export async function transfer({ alice, bob, file, show, checks }: Stage): Promise<TransferFigures> {
  show.notes(`sends ${file.name}, ${number(file.bytes)} bytes`, `sends ${file.name}, ${number(file.bytes)} bytes`)
  const [aliceToBob, bobToAlice] = await Promise.all([
    oneWay(alice, bob, file, 'from-alice'),
    oneWay(bob, alice, file, 'from-bob'),
  ])
  show.notes(arrived(bobToAlice), arrived(aliceToBob))
  checks.that('alice to bob: SHA-256 is that of the file', isWhole(aliceToBob, file))
  checks.that('bob to alice: SHA-256 is that of the file', isWhole(bobToAlice, file))
  return { file, aliceToBob, bobToAlice }
}

async function oneWay(from: Party, to: Party, file: SourceFile, name: string): Promise<OneWay> {
  const received = to.ask('receive')
  const sent = await from.ask('send', { path: file.path, name, chunkBytes, pauseMs: 0 })
  return await figures(sent, await received)
}

/** The file on the receiver's disk is hashed here too: neither side is believed. */
async function figures(sent: Sent, received: Received): Promise<OneWay> {
  const onDisk = await hashOnDisk(received)
  const receivedSha256 = onDisk === received.sha256 && onDisk === sent.confirmedSha256 ? onDisk : 'the two sides differ'
  return { bytes: sent.size, ms: sent.ms, sentSha256: sent.sha256, receivedSha256 }
}

function isWhole({ bytes, sentSha256, receivedSha256 }: OneWay, file: SourceFile): boolean {
  return bytes === file.bytes && sentSha256 === file.sha256 && receivedSha256 === file.sha256
}

function arrived({ bytes, ms, receivedSha256 }: OneWay): string {
  return `has ${number(bytes)} bytes after ${milliseconds(ms)}, SHA-256 ${receivedSha256.slice(0, 16)}…`
}
