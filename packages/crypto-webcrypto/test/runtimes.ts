import type { Subtle } from '../src/subtle.ts'

const newer = /^(ML-|X448|Ed448|ChaCha20)/
const newest = new Set(['getPublicKey', 'encapsulateBits', 'decapsulateBits'])

function algorithmNames(values: readonly unknown[]): readonly string[] {
  return values.map((value) =>
    typeof value === 'object' ? String((value as { name?: unknown })?.name) : String(value),
  )
}

/** A runtime that behaves like `subtle` but refuses algorithms whose name matches, and has no methods of these names. */
export function without(subtle: Subtle, refused: RegExp, methods: ReadonlySet<string> = new Set()): Subtle {
  return new Proxy(subtle, {
    get(target, property) {
      const method: unknown = methods.has(String(property)) ? undefined : Reflect.get(target, property)
      if (typeof method !== 'function') return undefined
      return async (...values: readonly unknown[]): Promise<unknown> => {
        if (algorithmNames(values).some((name) => refused.test(name))) throw new Error('NotSupportedError')
        return method.apply(target, values)
      }
    },
  })
}

/** Like the browsers of today and Node 22: no post-quantum algorithms, no 448, no ChaCha, no getPublicKey. */
export function likeOlderBrowsers(subtle: Subtle): Subtle {
  return without(subtle, newer, newest)
}
