import type { CryptoProvider, MaybePromise, SuiteId } from '@twofold/interface'

/** The packages `@twofold/crypto-node`, `@twofold/crypto-webcrypto` and `@twofold/crypto-noble`. */
export type BackendName = 'node' | 'webcrypto' | 'noble'

/** Fastest first. */
export const backendNames: readonly BackendName[] = ['node', 'webcrypto', 'noble']

/** Whether a backend is worth choosing for a suite, and the reason, in words for people. */
export interface Verdict {
  readonly serves: boolean
  readonly why: string
}

export interface Backend {
  readonly provider: CryptoProvider
  judge(id: SuiteId): MaybePromise<Verdict>
}

/** How each backend is brought in, when first asked for. Rejects, with a text for people, where it cannot be. */
export type Loaders = Readonly<Record<BackendName, () => Promise<Backend>>>

export const loaders: Loaders = {
  node: () => loadNode(globalThis),
  webcrypto: loadWebCrypto,
  noble: loadNoble,
}

/** What serves the suite as a whole, or says why not. */
function plainly(provider: CryptoProvider, praise: string): Backend {
  return {
    provider,
    judge(id) {
      const reason = provider.whyNot(id)
      return { serves: reason === undefined, why: reason ?? praise }
    },
  }
}

/** Where node:crypto is not built in, the package is not even asked for. */
export async function loadNode(scope: object): Promise<Backend> {
  if (!hasNodeCrypto(scope)) throw new Error('this runtime has no node:crypto')
  // import('@twofold/crypto-node') in a form that bundlers for browsers do not follow: they would stumble over node:crypto.
  const specifier: string = '@twofold/crypto-node'
  const { nodeCrypto } = (await import(/* @vite-ignore */ /* webpackIgnore: true */ specifier)) as {
    readonly nodeCrypto: CryptoProvider
  }
  return plainly(nodeCrypto, 'node:crypto does all of it')
}

interface Process {
  getBuiltinModule?(name: string): unknown
}

function hasNodeCrypto(scope: object): boolean {
  const { process } = scope as { readonly process?: Process }
  return process?.getBuiltinModule?.('node:crypto') !== undefined
}

async function loadNoble(): Promise<Backend> {
  const { nobleCrypto } = await import('@twofold/crypto-noble')
  return plainly(nobleCrypto, 'JavaScript does all of it, on every runtime')
}

async function loadWebCrypto(): Promise<Backend> {
  const { webCrypto } = await import('@twofold/crypto-webcrypto')
  return webCryptoBackend(webCrypto)
}

/** What of `@twofold/crypto-webcrypto` is asked for. */
export interface PartsProvider extends CryptoProvider {
  parts(id: SuiteId): Promise<readonly { readonly name: string; readonly native: boolean }[]>
}

/** It serves every suite; one of which it has no part itself is noble's, which answers at once. */
export function webCryptoBackend(provider: PartsProvider): Backend {
  return {
    provider,
    async judge(id) {
      const reason = provider.whyNot(id)
      if (reason !== undefined) return { serves: false, why: reason }
      const parts = await provider.parts(id)
      const lacking = parts.filter(({ native }) => !native).map(({ name }) => name)
      if (lacking.length === 0) return { serves: true, why: 'WebCrypto does all of it' }
      const names = lacking.join(', ')
      if (lacking.length < parts.length) return { serves: true, why: `WebCrypto does all but ${names}` }
      return { serves: false, why: `WebCrypto lacks ${names}, which is all of it` }
    },
  }
}
