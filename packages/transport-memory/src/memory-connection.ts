import type { Connection, ConnectionProperties } from '@twofold/interface/io'
import { closed, type Deliver, type Pipe, pipe } from './pipe.ts'

export interface PairOptions {
  readonly properties: ConnectionProperties
  /** What happens to the frames that the dialing, and the accepting, side writes. */
  readonly fromDialed: Deliver
  readonly fromAccepted: Deliver
}

export interface Pair {
  readonly dialed: Connection
  readonly accepted: Connection
}

/** Two ends of one connection. */
export function connectionPair({ properties, fromDialed, fromAccepted }: PairOptions): Pair {
  const { maxFrame } = properties
  const there: Pipe = pipe({ maxFrame, deliver: fromDialed, aborted: (reason) => breakOff(there, back, reason) })
  const back: Pipe = pipe({ maxFrame, deliver: fromAccepted, aborted: (reason) => breakOff(back, there, reason) })
  return { dialed: connection(there, back, properties), accepted: connection(back, there, properties) }
}

function connection(out: Pipe, into: Pipe, properties: ConnectionProperties): Connection {
  let broken = false
  return {
    readable: into.readable,
    writable: out.writable,
    properties,
    async close(error?: unknown): Promise<void> {
      if (error !== undefined) {
        broken = true
        return breakOff(out, into, error)
      }
      await out.drained()
      if (broken) return
      out.end()
      into.end()
    },
  }
}

/** Ends both directions at once: whoever did it finds the reason, the other side that the connection is gone. */
function breakOff(out: Pipe, into: Pipe, reason: unknown): void {
  const gone = closed('the peer broke the connection off')
  out.fail({ writer: reason, reader: gone })
  into.fail({ writer: gone, reader: reason })
}
