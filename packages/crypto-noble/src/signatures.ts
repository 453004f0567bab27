import { ed448 } from '@noble/curves/ed448.js'
import { ed25519 } from '@noble/curves/ed25519.js'
import { p256, p384, p521 } from '@noble/curves/nist.js'
import { ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js'
import { checkLength, type GroupName, groups, opaque, randomScalar, remember } from '@twofold/hpke'
import { type RandomBytes, type Signature, type SignatureName, signatureSchemes } from '@twofold/interface'

/** What a signature scheme adds to the frame that all share. */
interface RawSignature {
  readonly Npk: number
  readonly Nsk: number
  readonly Nsig: number
  privateKey(random: RandomBytes): Uint8Array
  publicKey(privateKey: Uint8Array): Uint8Array
  sign(privateKey: Uint8Array, message: Uint8Array, random: RandomBytes): Uint8Array
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
}

/** RFC 8032; the strict rules for verification, not those of ZIP 215, which take keys of small order. */
function edwards(curve: typeof ed25519, length: number): RawSignature {
  return {
    Npk: length,
    Nsk: length,
    Nsig: 2 * length,
    privateKey: (random) => new Uint8Array(random(length)),
    publicKey: (privateKey) => curve.getPublicKey(privateKey),
    sign: (privateKey, message) => curve.sign(message, privateKey),
    verify: (publicKey, message, signature) => curve.verify(signature, message, publicKey, { zip215: false }),
  }
}

/** ECDSA with DER signatures and uncompressed points (RFC 9420 section 5.1.1); nonces of RFC 6979; high S is accepted. */
function ecdsa(curve: typeof p256, name: GroupName, Nsig: number): RawSignature {
  const info = groups[name]
  return {
    Npk: info.Npk,
    Nsk: info.Nsk,
    Nsig,
    privateKey: (random) => ecdsaPrivateKey(name, random),
    publicKey: (privateKey) => curve.getPublicKey(privateKey, false),
    sign: (privateKey, message) => curve.sign(message, privateKey, { format: 'der', lowS: false }),
    verify(publicKey, message, signature) {
      checkLength(publicKey, info.Npk)
      return curve.verify(signature, message, publicKey, { format: 'der', lowS: false })
    },
  }
}

/** FIPS 186-5 appendix A.2.2, by rejection. */
function ecdsaPrivateKey(name: GroupName, random: RandomBytes): Uint8Array {
  const info = groups[name]
  for (;;) {
    const candidate = new Uint8Array(random(info.Nsk))
    candidate[0]! &= info.bitmask!
    try {
      return randomScalar(info, candidate)
    } catch {}
  }
}

/** ML-DSA (FIPS 204) with an empty context, hedged; the private key is the 32-byte seed. */
function mlDsa(algorithm: typeof ml_dsa44): RawSignature {
  const expand = remember((seed) => algorithm.keygen(seed))
  return {
    Npk: algorithm.lengths.publicKey!,
    Nsk: 32,
    Nsig: algorithm.lengths.signature!,
    privateKey: (random) => new Uint8Array(random(32)),
    publicKey: (seed) => new Uint8Array(expand(seed).publicKey),
    sign: (seed, message, random) =>
      algorithm.sign(message, expand(seed).secretKey, { extraEntropy: new Uint8Array(random(32)) }),
    verify: (publicKey, message, signature) => algorithm.verify(signature, message, publicKey),
  }
}

const schemes: Readonly<Record<SignatureName, () => RawSignature>> = {
  P256: () => ecdsa(p256, 'P256', 72),
  P384: () => ecdsa(p384, 'P384', 104),
  P521: () => ecdsa(p521, 'P521', 139),
  Ed25519: () => edwards(ed25519, 32),
  Ed448: () => edwards(ed448, 57),
  MLDSA44: () => mlDsa(ml_dsa44),
  MLDSA65: () => mlDsa(ml_dsa65),
  MLDSA87: () => mlDsa(ml_dsa87),
}

export function signature(name: SignatureName, random: RandomBytes): Signature {
  const raw = schemes[name]()
  return {
    scheme: signatureSchemes[name],
    Npk: raw.Npk,
    Nsk: raw.Nsk,
    Nsig: raw.Nsig,
    generateKeyPair() {
      const privateKey = raw.privateKey(random)
      return { publicKey: raw.publicKey(privateKey), privateKey }
    },
    sign(privateKey, message) {
      checkLength(privateKey, raw.Nsk)
      return opaque(() => raw.sign(privateKey, message, random))
    },
    verify(publicKey, message, signature) {
      try {
        return raw.verify(publicKey, message, signature)
      } catch {
        return false
      }
    },
  }
}
