import type { CryptoSuite, SuiteInfo } from '@twofold/interface'
import type { Backend } from './cases.ts'
import { corePair } from './core-pair.ts'
import { type EnginePair, enginePair } from './engine-pair.ts'
import type { Profile } from './report.ts'

/** How often each kind of call was made. */
export type Calls = Map<string, number>

/** The same suite, with every call into it counted by kind: "hash.digest", "hpke.seal". What HPKE does inside is HPKE's. */
export function counted(suite: CryptoSuite, calls: Calls): CryptoSuite {
  const { hpke } = suite
  const count = (kind: string): void => void calls.set(kind, (calls.get(kind) ?? 0) + 1)
  return {
    ...suite,
    hash: wrap('hash', suite.hash, count),
    mac: wrap('mac', suite.mac, count),
    kdf: wrap('kdf', suite.kdf, count),
    aead: wrap('aead', suite.aead, count),
    signature: wrap('signature', suite.signature, count),
    hpke: { ...wrap('hpke', hpke, count), kem: wrap('kem', hpke.kem, count) },
    random: (length) => {
      count('random')
      return suite.random(length)
    },
  }
}

function wrap<T extends object>(name: string, part: T, count: (kind: string) => void): T {
  const entries = Object.entries(part).map(([key, value]) => {
    if (typeof value !== 'function') return [key, value]
    return [
      key,
      (...args: unknown[]) => {
        count(`${name}.${key}`)
        return value.apply(part, args)
      },
    ]
  })
  return Object.fromEntries(entries) as T
}

/** Counts one handshake and one update, by the engine and through core. The numbers are the same in every run and by every backend. */
export async function profileOf({ provider }: Backend, info: SuiteInfo): Promise<Profile[]> {
  const calls: Calls = new Map()
  const suite = counted(await provider.suite(info.id), calls)
  const pairs: (readonly [Profile['layer'], EnginePair])[] = [
    ['engine', await enginePair(suite)],
    ['core', await corePair(suite)],
  ]
  const profiles: Profile[] = []
  for (const operation of ['handshake', 'update'] as const) {
    for (const [layer, pair] of pairs) {
      calls.clear()
      await pair[operation]()
      profiles.push({ operation, layer, suite: info.name, calls: Object.fromEntries([...calls].sort()) })
    }
  }
  return profiles
}
