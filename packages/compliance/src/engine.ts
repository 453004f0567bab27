import type { Case } from './case.ts'
import { commitCases } from './engine/commits.ts'
import { exportCases } from './engine/exports.ts'
import { handshakeCases } from './engine/handshake.ts'
import { hostileCases } from './engine/hostile.ts'
import { storageCases } from './engine/storage.ts'
import type { EngineSubject } from './engine/subject.ts'

export type { Case } from './case.ts'
export type { EngineState, EngineSubject, TestedCommit, TestedEngine, TestedLeaf } from './engine/subject.ts'

/** What every engine that core may ask for MLS must do. A case throws where the engine does not. */
export const engineCases: readonly Case<EngineSubject>[] = [
  ...handshakeCases,
  ...commitCases,
  ...exportCases,
  ...storageCases,
  ...hostileCases,
]
