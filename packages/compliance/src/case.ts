import { codeOf, type ErrorCode } from '@twofold/interface'

/** One thing that a contract asks for. It passes when `run` resolves, and fails when it rejects. */
export interface Case<Subject, Feature extends string = never> {
  readonly name: string
  /** What a subject must offer for this case to make sense; a runner reports the others as skipped. */
  readonly requires?: readonly Feature[]
  run(subject: Subject): Promise<void>
}

/** How long anything that must happen may take, in ms, on a slow machine. */
export const patienceMs = 10_000

/** How long to watch that something does not happen, in ms. */
export const watchMs = 150

export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message)
}

export function assertEqual(actual: unknown, expected: unknown, what: string): void {
  assert(Object.is(actual, expected), `${what}: expected ${String(expected)}, got ${String(actual)}`)
}

export function assertBytes(actual: Uint8Array | undefined, expected: Uint8Array, what: string): void {
  assert(actual instanceof Uint8Array, `${what}: expected ${expected.length} bytes, got ${String(actual)}`)
  assertEqual(actual.length, expected.length, `${what}: length`)
  const at = actual.findIndex((byte, index) => byte !== expected[index])
  assert(at === -1, `${what}: differs at byte ${at}`)
}

/** The promise must reject with one of these codes, in time. */
export async function assertRejects(
  promise: Promise<unknown>,
  codes: readonly ErrorCode[],
  what: string,
): Promise<void> {
  const error = await inTime(rejection(promise), what)
  const code = codeOf(error)
  assert(code !== undefined && codes.includes(code), `${what}: expected ${codes.join(' or ')}, got ${describe(error)}`)
}

/** What it rejected with; undefined when it resolved. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error ?? 'nothing',
  )
}

/** Fails a case that would hang, with the name of what it waited for. */
export async function inTime<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: nothing happened for ${patienceMs} ms`)), patienceMs)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/** Whether it settles within `watchMs`. */
export async function settlesSoon(promise: Promise<unknown>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), watchMs)
  })
  const settled = rejection(promise).then(() => true)
  return Promise.race([settled, late]).finally(() => clearTimeout(timer))
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Bytes that differ from place to place and from seed to seed. */
export function patterned(length: number, seed = 0): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >>> 8) * 7 + seed * 101) & 0xff
  return bytes
}

function describe(error: unknown): string {
  return error === undefined ? 'no rejection' : `${codeOf(error) ?? 'no code'} (${String(error)})`
}
