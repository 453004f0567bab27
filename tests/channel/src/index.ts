import { type Endpoint, type EndpointOptions, endpoint } from '@twofold/channel'
import { nodeCrypto } from '@twofold/crypto-node'
import { type CryptoProvider, type Identity, signatureSchemes, toSuiteId } from '@twofold/interface'
import type { AuthenticationService, Store } from '@twofold/interface/io'
import { memoryStore } from '@twofold/store-memory'

/** A person with a name and an Ed25519 key. */
export async function person(name: string, crypto: CryptoProvider = nodeCrypto): Promise<Identity> {
  const suite = await crypto.suite(toSuiteId(0xf002))
  const { publicKey, privateKey } = await suite.signature.generateKeyPair()
  const credential = { kind: 'basic', identity: new TextEncoder().encode(name) } as const
  return { credential, keys: [{ scheme: signatureSchemes.Ed25519, publicKey, privateKey }] }
}

/** Accepts these people by name and key, and nobody else. */
export function knows(...people: Identity[]): AuthenticationService {
  return {
    async validate({ credential, signatureKey }) {
      for (const known of people) {
        const sameKey = known.keys.some((key) => Buffer.from(key.publicKey).equals(signatureKey))
        if (sameKey && credential.kind === 'basic' && nameOf(known) === text(credential.identity)) {
          return { kind: 'accept', identity: nameOf(known) }
        }
      }
      return { kind: 'reject', reason: 'nobody knows this key' }
    },
  }
}

export function nameOf(identity: Identity): string {
  return identity.credential.kind === 'basic' ? text(identity.credential.identity) : '?'
}

export interface Side {
  readonly identity: Identity
  readonly store: Store
  readonly endpoint: Endpoint
}

/** Two endpoints that know each other. */
export async function twoSides(
  options: Partial<EndpointOptions> = {},
): Promise<{ readonly alice: Side; readonly bob: Side }> {
  const [a, b] = [await person('alice'), await person('bob')]
  return { alice: side(a, knows(b), options), bob: side(b, knows(a), options) }
}

export function side(
  identity: Identity,
  authentication: AuthenticationService,
  options: Partial<EndpointOptions> = {},
): Side {
  const store = options.store ?? memoryStore()
  return { identity, store, endpoint: endpoint({ identity, authentication, crypto: nodeCrypto, ...options, store }) }
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}
