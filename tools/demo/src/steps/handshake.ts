import type { Met } from '../requests.ts'
import type { Stage } from '../stage.ts'
import { milliseconds, number } from '../text.ts'

export interface HandshakeFigures {
  readonly alice: Met
  readonly bob: Met
  /** Whole frames, as they crossed. */
  readonly clientHelloBytes: number
  readonly serverHelloBytes: number
}

/** Step 1: a first handshake; each side learns who the other is. */
export async function handshake({ alice, bob, wire, show, checks }: Stage): Promise<HandshakeFigures> {
  const { port } = await bob.ask('listen')
  wire.forwardTo(port)
  show.note('bob', `listens on 127.0.0.1:${port}`)
  show.note('alice', `connects, and expects bob (the eavesdropper on the path is 127.0.0.1:${wire.port})`)
  const accepted = bob.ask('accept')
  const [atAlice, atBob] = await Promise.all([
    alice.ask('connect', { port: wire.port, expected: bob.name, resume: false }),
    accepted,
  ])
  const bytesOf = (type: string): number => wire.frames().find((frame) => frame.type === type)?.bytes ?? 0
  const clientHelloBytes = bytesOf('client_hello')
  const serverHelloBytes = bytesOf('server_hello')
  show.wire(`alice ── client_hello, ${number(clientHelloBytes)} bytes ──▶ bob`)
  show.wire(`alice ◀── server_hello, ${number(serverHelloBytes)} bytes ── bob`)
  show.notes(seen(atAlice), seen(atBob))
  show.wire(`suite ${atAlice.suite.name} (0x${hex(atAlice.suite.id)}), post-quantum: ${atAlice.suite.postQuantum}`)
  checks.that('each side knows who the other is', atAlice.peer === bob.name && atBob.peer === alice.name)
  checks.that('both agree on session, epoch and suite 0xF002', agree(atAlice, atBob) && atAlice.suite.id === 0xf002)
  checks.that('both count the hellos as they crossed', counted(atAlice, atBob, clientHelloBytes, serverHelloBytes))
  return { alice: atAlice, bob: atBob, clientHelloBytes, serverHelloBytes }
}

function seen({ peer, epoch, ms }: Met): string {
  return `the peer is ${peer}; epoch ${epoch} after ${milliseconds(ms)}`
}

function agree(one: Met, other: Met): boolean {
  return (
    one.session === other.session &&
    one.epoch === other.epoch &&
    one.suite.id === other.suite.id &&
    !one.resumed &&
    !other.resumed
  )
}

/** Their own figures also hold the record that confirms, so they are at least the hellos'. */
function counted(alice: Met, bob: Met, client: number, server: number): boolean {
  return (
    client > 0 &&
    server > 0 &&
    alice.sentBytes >= client &&
    bob.receivedBytes >= client &&
    alice.receivedBytes >= server &&
    bob.sentBytes >= server
  )
}

function hex(id: number): string {
  return id.toString(16).toUpperCase()
}
