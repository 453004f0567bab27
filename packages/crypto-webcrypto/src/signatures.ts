import { chain, checkLength, type GroupName, groups, opaque, randomScalar } from '@twofold/hpke'
import { type RandomBytes, type Signature, type SignatureName, signatureSchemes } from '@twofold/interface'
import { decodeDer, encodeDer } from './ecdsa-der.ts'
import { keys, signatureKinds } from './keys.ts'
import type { Algorithm, Subtle } from './subtle.ts'

interface SignatureInfo {
  readonly algorithm: Algorithm
  /** The longest signature, in bytes. */
  readonly Nsig: number
  /** Of ECDSA. */
  readonly group?: GroupName
}

/** ECDSA with DER signatures (RFC 9420 section 5.1.1); ML-DSA hedged, with an empty context (FIPS 204). */
const schemes: Readonly<Record<SignatureName, SignatureInfo>> = {
  P256: { algorithm: { name: 'ECDSA', hash: 'SHA-256' }, Nsig: 72, group: 'P256' },
  P384: { algorithm: { name: 'ECDSA', hash: 'SHA-384' }, Nsig: 104, group: 'P384' },
  P521: { algorithm: { name: 'ECDSA', hash: 'SHA-512' }, Nsig: 139, group: 'P521' },
  Ed25519: { algorithm: 'Ed25519', Nsig: 64 },
  Ed448: { algorithm: 'Ed448', Nsig: 114 },
  MLDSA44: { algorithm: 'ML-DSA-44', Nsig: 2420 },
  MLDSA65: { algorithm: 'ML-DSA-65', Nsig: 3309 },
  MLDSA87: { algorithm: 'ML-DSA-87', Nsig: 4627 },
}

export function signature(subtle: Subtle, name: SignatureName, random: RandomBytes): Signature {
  const { algorithm, Nsig, group } = schemes[name]
  const { Npk, Nsk } = signatureKinds[name]
  const known = keys(subtle, signatureKinds[name])
  const fromWire = (bytes: Uint8Array) => (group === undefined ? bytes : decodeDer(bytes, groups[group].Nsk))
  const toWire = (bytes: Uint8Array) => (group === undefined ? bytes : encodeDer(bytes))
  return {
    scheme: signatureSchemes[name],
    Npk,
    Nsk,
    Nsig,
    generateKeyPair() {
      const privateKey = group === undefined ? new Uint8Array(random(Nsk)) : scalar(group, random)
      return opaque(() => chain(known.publicOf(privateKey), (publicKey) => ({ publicKey, privateKey })))
    },
    sign(privateKey, message) {
      checkLength(privateKey, Nsk)
      return opaque(async () => {
        const key = await known.privateKey(privateKey)
        return toWire(new Uint8Array(await subtle.sign(algorithm, key, message)))
      })
    },
    async verify(publicKey, message, signature) {
      try {
        return await subtle.verify(algorithm, await known.publicKey(publicKey), fromWire(signature), message)
      } catch {
        return false
      }
    },
  }
}

/** FIPS 186-5 appendix A.2.2, by rejection. */
function scalar(name: GroupName, random: RandomBytes): Uint8Array {
  const info = groups[name]
  for (;;) {
    const candidate = new Uint8Array(random(info.Nsk))
    candidate[0]! &= info.bitmask!
    try {
      return randomScalar(info, candidate)
    } catch {}
  }
}
