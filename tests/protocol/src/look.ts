import { frameType, type MessageType } from '@twofold/codec'
import type { Actor, Simulation } from '@twofold/simulator'

/** The frames of one type that a party has sent in clear, oldest first. */
export function clearFrames(simulation: Simulation, from: Actor, type: MessageType): Uint8Array[] {
  return simulation.recorded
    .filter((item) => item.from === from && frameType(item.frame) === type)
    .map((item) => item.frame)
}

export function requests(simulation: Simulation, from: Actor): Uint8Array[] {
  return clearFrames(simulation, from, 5)
}

/** Every code that a party has met: links that ended, attempts that failed, commands that were refused, writes that were lost. */
export function codesOf(simulation: Simulation, actor: Actor): string[] {
  return simulation.party(actor).happenings.flatMap((item) => {
    if (item.kind === 'event') return item.event.name === 'failed' ? [item.event.code] : []
    return item.kind === 'data' ? [] : [item.code]
  })
}
