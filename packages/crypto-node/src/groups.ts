import { diffieHellman } from 'node:crypto'
import type { GroupName, RawGroup } from '@twofold/hpke'
import { plain } from './bytes.ts'
import { keyKinds, keys } from './keys.ts'

/** Scalar multiplication by OpenSSL; for the curves of NIST the shared secret is the x-coordinate (RFC 9180 section 4.1). */
export function group(name: GroupName): RawGroup {
  const known = keys(keyKinds[name])
  return {
    publicKey: known.publicOf,
    dh: (privateKey, publicKey) =>
      plain(diffieHellman({ privateKey: known.privateKey(privateKey), publicKey: known.publicKey(publicKey) })),
  }
}
