import type { Connection } from '@twofold/interface/io'
import { tcpTransport } from '@twofold/transport-tcp'

// Run as a process of its own: everything is closed, in each of the ways, and nothing may keep the process alive.
const listener = await tcpTransport({ port: 0 }).listen()
const transport = tcpTransport({ port: Number(listener.address.split(':')[1]) })
for (const how of ['both', 'dialed', 'error', 'waiting'] as const) {
  const dialed = await transport.connect()
  if (how === 'waiting') continue
  const turn = await listener[Symbol.asyncIterator]().next()
  const accepted = turn.value as Connection
  await dialed.writable.getWriter().write(new Uint8Array(10))
  await dialed.close(how === 'error' ? new Error('error') : undefined)
  if (how === 'both') await accepted.close()
  else await accepted.close(new Error('over'))
}
await listener.close()
process.stdout.write('closed\n')
