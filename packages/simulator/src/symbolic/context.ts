import type { SuiteId } from '@twofold/codec'
import type { Profile } from '@twofold/core'
import type { RandomBytes } from '@twofold/interface'

/** What every operation of one symbolic engine shares. */
export interface SymbolicContext {
  readonly suite: SuiteId
  readonly profile: Profile
  readonly random: RandomBytes
}
