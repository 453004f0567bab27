import { tcpTransport } from '@twofold/transport-tcp'
import { delay } from '../src/hostile.ts'
import { twoSides } from '../src/index.ts'
import { next } from '../src/pair.ts'

// Everything that could keep a process: silent peers, a listener, a channel, a dial that waits, timers of updates.
const { alice, bob } = await twoSides()
const there = await bob.endpoint.listen({ transport: tcpTransport({ host: '127.0.0.1', port: 0 }) })
const transport = tcpTransport({ host: '127.0.0.1', port: Number(there.address.split(':').at(-1)) })
const [a] = await Promise.all([alice.endpoint.connect({ transport }), next(there)])
const silent = await transport.connect()
const waiting = alice.endpoint.connect({ transport }).catch(() => undefined)
await a.update()
await delay(20)
const started = performance.now()
await alice.endpoint.close()
await bob.endpoint.close()
await silent.close()
await waiting
const closed = performance.now()
console.log(`closed after ${Math.round(closed - started)} ms`)
process.on('exit', () => console.log(`exited ${Math.round(performance.now() - closed)} ms later`))
