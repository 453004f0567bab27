import { createHash } from 'node:crypto'
import type { NamedIdentity } from './identity-file.ts'

/** Of a public key, as a refusal names it: the scheme, then SHA-256 over the key in base64 without padding. */
export function fingerprint(scheme: string, publicKey: Uint8Array): string {
  return `${scheme} SHA256:${createHash('sha256').update(publicKey).digest('base64').replace(/=+$/, '')}`
}

/** One for each key. */
export function fingerprints({ keys }: NamedIdentity): string[] {
  return keys.map(({ scheme, publicKey }) => fingerprint(scheme, publicKey))
}
