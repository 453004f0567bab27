export type { Core, Happening, OpenQuestion, Party, PartyLink } from './party.ts'
export { type SeededRandom, seededRandom } from './random.ts'
export {
  type Action,
  type Outcome,
  type RecordedFrame,
  type Simulation,
  type SimulationOptions,
  simulate,
  simulationBegin,
} from './simulate.ts'
export type { SimulatedStore, StoreFailure } from './store.ts'
export type { UnsafeCommitOptions } from './symbolic/commit.ts'
export { type SymbolicEngine, type SymbolicEngineOptions, symbolicEngine, symbolicIdentity } from './symbolic/engine.ts'
export { type SymbolicSuiteOptions, symbolicSuite } from './symbolic/suite.ts'
export { symbolicSimulation, type WalkNetwork, type WalkOptions, type WalkResult, walk } from './walk.ts'
export { InvariantError } from './watch.ts'
export { type Actor, otherActor, type Wire } from './wire.ts'
