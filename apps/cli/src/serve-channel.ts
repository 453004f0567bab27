import type { Channel } from '@twofold/channel'
import { codeOf } from '@twofold/interface'
import { suiteNumber } from './backend.ts'
import { type Bridged, bridge } from './bridge.ts'
import { CliError, toCliError } from './cli-error.ts'
import { exitCode } from './exit-codes.ts'
import type { Io } from './io.ts'
import type { Reporter } from './reporter.ts'

/** Says who is there, moves the data until the end, and says how it ended. Throws a `CliError` when something is missing. */
export async function serveChannel(channel: Channel, io: Io, reporter: Reporter): Promise<void> {
  introduce(channel, reporter)
  const stopListening = channel.on('epoch', ({ epoch }) =>
    reporter.say('epoch', `keys renewed: epoch ${epoch}`, { epoch: String(epoch) }),
  )
  try {
    const bridged = await bridge(channel, io)
    reporter.say('end', `sent ${bridged.sentBytes} bytes, received ${bridged.receivedBytes}`, {
      sentBytes: bridged.sentBytes,
      receivedBytes: bridged.receivedBytes,
      complete: bridged.complete,
    })
    checkEnd(channel, bridged)
  } finally {
    stopListening()
  }
}

function introduce(channel: Channel, reporter: Reporter): void {
  const { peer, suite, session, role, resumed, epoch, handshake, remote } = channel
  const { sentBytes, receivedBytes, ms } = handshake
  const quantum = { hybrid: 'post-quantum (hybrid)', pure: 'post-quantum', none: 'NOT post-quantum' }[suite.postQuantum]
  reporter.say(
    'connected',
    `${peer.identity} at ${remote}, ${resumed ? 'resumed' : 'new'} session ${session.slice(0, 16)}, epoch ${epoch}\n` +
      `twofold: ${suite.name} (${suiteNumber(suite.id)}), ${quantum}; ` +
      `handshake ${ms.toFixed(1)} ms, ${sentBytes} bytes out, ${receivedBytes} in`,
    {
      peer: peer.identity,
      remote,
      session,
      role,
      resumed,
      epoch: String(epoch),
      suite: { id: suite.id, name: suite.name, postQuantum: suite.postQuantum },
      handshake,
    },
  )
}

function checkEnd({ session }: Channel, { stopped, error }: Bridged): void {
  const goOn = `the session is kept: listen again on one side, on the other \`twofold connect --resume ${session.slice(0, 16)}\``
  if (stopped === 'interrupt') throw new CliError(exitCode.interrupted, 'INTERRUPTED', 'interrupted', goOn)
  if (stopped === 'stdout') {
    throw new CliError(exitCode.unexpected, 'STDOUT_CLOSED', 'stdout was closed', 'see what reads it')
  }
  if (error === undefined) return
  throw codeOf(error)?.startsWith('TRANSPORT_') === true ? toCliError(error, goOn) : toCliError(error)
}
