import { codeOf, type ErrorCode } from '@twofold/interface'

export function assert(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(what)
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}

export function assertSame(a: Uint8Array, b: Uint8Array, what: string): void {
  assert(sameBytes(a, b), `${what}: the bytes differ`)
}

export function assertDifferent(a: Uint8Array, b: Uint8Array, what: string): void {
  assert(!sameBytes(a, b), `${what}: the bytes are the same`)
}

/** What a peer's bytes may be refused with. */
const peerCodes = /^(DECODE_.+|PEER_.+|CRYPTO_FAILED)$/

/** Runs `work`, which must throw with a code for bytes of a peer. */
export async function assertRefused(what: string, work: () => unknown): Promise<void> {
  const code = await codeThrown(what, work)
  assert(code !== undefined && peerCodes.test(code), `${what}: refused with ${code ?? 'an error without a code'}`)
}

export async function assertThrows(what: string, expected: ErrorCode, work: () => unknown): Promise<void> {
  const code = await codeThrown(what, work)
  assert(code === expected, `${what}: ${code ?? 'an error without a code'} in place of ${expected}`)
}

async function codeThrown(what: string, work: () => unknown): Promise<ErrorCode | undefined> {
  try {
    await work()
  } catch (error) {
    return codeOf(error)
  }
  throw new Error(`${what}: was accepted`)
}
