import { codeOf, type ErrorCode } from '@twofold/interface'
import { expect } from 'vitest'
import { type Attacked, commitOf } from './malicious-peer.ts'

/** An attack must not buy more of our time than this, in ms; the loops that are guarded against take seconds. */
const patienceMs = 1000

/** The code with which `work` throws; fails when it does not, or takes long. */
export async function codeOfRefusal(work: () => unknown): Promise<ErrorCode | undefined> {
  const start = performance.now()
  const error = await thrownBy(work)
  expect(performance.now() - start, 'ms until it was refused').toBeLessThan(patienceMs)
  return codeOf(error)
}

async function thrownBy(work: () => unknown): Promise<unknown> {
  try {
    await work()
  } catch (error) {
    return error
  }
  return expect.fail('it was accepted')
}

/** The victim refuses the message with `code`, its state stays as it was, and an honest commit verifies afterwards. */
export async function expectRefused(attacked: Attacked, message: Uint8Array, code: ErrorCode): Promise<void> {
  const { engine, victimState, peer } = attacked
  const before = engine.encode(victimState, { exporter: true })
  expect(await codeOfRefusal(() => engine.verify(victimState, message))).toBe(code)
  expect(engine.encode(victimState, { exporter: true })).toEqual(before)
  const { next } = await engine.verify(victimState, await commitOf(peer, 'private'))
  expect(engine.epoch(next)).toBe(engine.epoch(victimState) + 1n)
}
