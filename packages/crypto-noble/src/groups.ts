import { x448 } from '@noble/curves/ed448.js'
import { x25519 } from '@noble/curves/ed25519.js'
import { p256, p384, p521 } from '@noble/curves/nist.js'
import { checkLength, type GroupName, groups, type RawGroup } from '@twofold/hpke'

type Montgomery = typeof x25519
type Weierstrass = typeof p256

/** RFC 7748. */
function montgomery(curve: Montgomery): RawGroup {
  return {
    publicKey: (privateKey) => curve.getPublicKey(privateKey),
    dh: (privateKey, publicKey) => curve.getSharedSecret(privateKey, publicKey),
  }
}

/** SEC 1 uncompressed points only; the secret is the x-coordinate (RFC 9180 section 4.1). */
function weierstrass(curve: Weierstrass, Npk: number): RawGroup {
  return {
    publicKey: (privateKey) => curve.getPublicKey(privateKey, false),
    dh(privateKey, publicKey) {
      checkLength(publicKey, Npk)
      return curve.getSharedSecret(privateKey, publicKey, true).slice(1)
    },
  }
}

export function group(name: GroupName): RawGroup {
  switch (name) {
    case 'X25519':
      return montgomery(x25519)
    case 'X448':
      return montgomery(x448)
    case 'P256':
      return weierstrass(p256, groups.P256.Npk)
    case 'P384':
      return weierstrass(p384, groups.P384.Npk)
    case 'P521':
      return weierstrass(p521, groups.P521.Npk)
    default:
      return name satisfies never
  }
}
