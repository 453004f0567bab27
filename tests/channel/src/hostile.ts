import type { Channel } from '@twofold/channel'
import type { BoundAead, CryptoProvider, CryptoSuite, MaybePromise } from '@twofold/interface'
import { TwofoldError } from '@twofold/interface'
import type { Connection, Listener, Transport } from '@twofold/interface/io'

export function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

export async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 1000 && !condition(); i++) await delay(10)
  if (!condition()) throw new Error('it did not happen in time')
}

/** A small generator, so that a run can be repeated. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** A provider each of whose operations takes a random while; inputs are read only at its end, since they are borrowed until then. */
export function slowCrypto(provider: CryptoProvider, random: () => number, mostMs = 2): CryptoProvider {
  async function slow<T>(work: () => MaybePromise<T>): Promise<T> {
    if (random() < 0.5) await delay(random() * mostMs)
    else await null
    return work()
  }
  function slowly<T extends object>(object: T): T {
    const entries = Object.entries(object).map(([name, value]) => {
      if (typeof value !== 'function') return [name, value]
      if (name === 'bind')
        return [name, (key: Uint8Array) => slowly((object as unknown as CryptoSuite['aead']).bind(key) as BoundAead)]
      return [name, (...given: unknown[]) => slow(() => value.apply(object, given))]
    })
    return Object.fromEntries(entries) as T
  }
  return {
    ...provider,
    async suite(id, options) {
      const suite = await provider.suite(id, options)
      const { hash, mac, kdf, aead, hpke, signature } = suite
      return {
        ...suite,
        hash: slowly(hash),
        mac: slowly(mac),
        kdf: slowly(kdf),
        aead: slowly(aead),
        hpke: { ...slowly(hpke), kem: slowly(hpke.kem) },
        signature: slowly(signature),
      }
    },
  }
}

export interface Cuttable {
  readonly transport: Transport
  /** Breaks every connection that is open. */
  cut(): Promise<void>
}

export function cuttable(transport: Transport): Cuttable {
  const open: Connection[] = []
  function keep(connection: Connection): Connection {
    open.push(connection)
    return connection
  }
  async function* kept(listener: Listener): AsyncGenerator<Connection> {
    for await (const connection of listener) yield keep(connection)
  }
  return {
    transport: {
      name: transport.name,
      connect: async (options) => keep(await transport.connect(options)),
      async listen(options) {
        const listener = await transport.listen(options)
        return { ...listener, [Symbol.asyncIterator]: () => kept(listener) }
      },
    },
    async cut() {
      const error = new TwofoldError('TRANSPORT_CLOSED', 'cut by the test')
      await Promise.all(open.splice(0).map((connection) => connection.close(error)))
    },
  }
}

/** Waits until both ends export the same secret: an update may be under way. */
export async function agree(a: Channel, b: Channel): Promise<void> {
  const none = new Uint8Array(0)
  for (let i = 0; i < 500; i++) {
    const [one, other] = await Promise.all([a.export('agree', none, 32), b.export('agree', none, 32)])
    if (a.epoch === b.epoch && Buffer.compare(one, other) === 0) return
    await delay(10)
  }
  throw new Error(`the two sides do not agree: epochs ${a.epoch} and ${b.epoch}`)
}
