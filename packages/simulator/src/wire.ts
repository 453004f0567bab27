/** The two honest parties of a simulation. */
export type Actor = 'alice' | 'bob'

export function otherActor(actor: Actor): Actor {
  return actor === 'alice' ? 'bob' : 'alice'
}

/** What is under way in one direction; undefined is the end of the link. */
export type InFlight = Uint8Array | undefined

/** A connection between the two, or between one and an attacker. It holds what was sent and not delivered yet. */
export interface Wire {
  readonly name: string
  readonly ordered: boolean
  readonly reliable: boolean
  /** The link number of each honest end that is still up. */
  readonly ends: Map<Actor, number>
  /** What is under way to each. */
  readonly under: Readonly<Record<Actor, InFlight[]>>
}

export function newWire(name: string, ordered: boolean, reliable: boolean): Wire {
  return { name, ordered, reliable, ends: new Map(), under: { alice: [], bob: [] } }
}

/** Whether anything can still arrive. */
export function isBusy(wire: Wire): boolean {
  return [...wire.ends.keys()].some((actor) => wire.under[actor].length > 0)
}
