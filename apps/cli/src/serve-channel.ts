import type { Channel } from '@twofold/channel'
import { codeOf } from '@twofold/interface'
import { suiteNumber } from './backend.ts'
import { type Bridged, bridge } from './bridge.ts'
import { CliError, messageOf, toCliError } from './cli-error.ts'
import { exitCode } from './exit-codes.ts'
import type { Io } from './io.ts'
import type { Reporter } from './reporter.ts'
import { counted, shortened } from './text.ts'

/** Says who is there, moves the data until the end, and says how it ended. Throws a `CliError` when something is missing. */
export async function serveChannel(channel: Channel, io: Io, reporter: Reporter): Promise<void> {
  introduce(channel, reporter)
  warnOfClassical(channel, reporter)
  const stopListening = channel.on('epoch', ({ epoch }) =>
    reporter.say('epoch', `keys renewed: epoch ${epoch}`, { epoch: String(epoch) }),
  )
  try {
    const bridged = await bridge(channel, io)
    reporter.say('end', `sent ${counted(bridged.sentBytes, 'byte')}, received ${bridged.receivedBytes}`, {
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
    `${peer.identity} at ${remote}, ${resumed ? 'resumed' : 'new'} session ${shortened(session)}, epoch ${epoch}\n` +
      `twofold: ${suite.name} (${suiteNumber(suite.id)}), ${quantum}; ` +
      `handshake ${Math.round(ms)} ms, ${counted(sentBytes, 'byte')} out, ${receivedBytes} in`,
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

/** Nobody should believe in protection that a suite does not give; not silenced by --quiet. */
function warnOfClassical({ suite }: Channel, reporter: Reporter): void {
  if (suite.postQuantum !== 'none') return
  const number = suiteNumber(suite.id)
  reporter.warn(
    'warning',
    `suite ${number} is not post-quantum: who records this traffic today can read it with a quantum computer later`,
    { suites: [number] },
  )
}

function checkEnd({ session, role }: Channel, { stopped, error }: Bridged): void {
  const goOn = `the session is kept: listen again on one side, on the other \`twofold connect --resume ${shortened(session)}\``
  if (stopped === 'interrupt') throw new CliError(exitCode.interrupted, 'INTERRUPTED', 'interrupted', goOn)
  if (stopped === 'stdout' || stopped === 'stdin') throw localFailure(stopped, error)
  if (error === undefined) return
  const side = role === 'initiator' ? 'connect' : 'listen'
  throw toCliError(error, codeOf(error)?.startsWith('TRANSPORT_') === true ? { hint: goOn } : { side })
}

function localFailure(stream: 'stdin' | 'stdout', cause: unknown): CliError {
  const [code, what] =
    stream === 'stdout'
      ? ['STDOUT_FAILED', `stdout was closed, or could not be written (${messageOf(cause)})`]
      : ['STDIN_FAILED', `stdin could not be read (${messageOf(cause)})`]
  const hint = 'the transfer was broken off, and the peer sees that it was'
  return new CliError(exitCode.local, code, what, hint, { cause })
}
