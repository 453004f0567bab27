import { sign, verify } from 'node:crypto'
import { checkLength, type GroupName, groups, opaque, randomScalar } from '@twofold/hpke'
import { type RandomBytes, type Signature, type SignatureName, signatureSchemes } from '@twofold/interface'
import { plain } from './bytes.ts'
import { keyKinds, keys } from './keys.ts'

interface SignatureInfo {
  /** The digest that node:crypto is told; none where the scheme has its own. */
  readonly digest: string | null
  /** The longest signature, in bytes. */
  readonly Nsig: number
  readonly group?: GroupName
}

/** ECDSA with DER signatures (RFC 9420 section 5.1.1); ML-DSA hedged, with an empty context (FIPS 204). */
const schemes: Readonly<Record<SignatureName, SignatureInfo>> = {
  P256: { digest: 'sha256', Nsig: 72, group: 'P256' },
  P384: { digest: 'sha384', Nsig: 104, group: 'P384' },
  P521: { digest: 'sha512', Nsig: 139, group: 'P521' },
  Ed25519: { digest: null, Nsig: 64 },
  Ed448: { digest: null, Nsig: 114 },
  MLDSA44: { digest: null, Nsig: 2420 },
  MLDSA65: { digest: null, Nsig: 3309 },
  MLDSA87: { digest: null, Nsig: 4627 },
}

export function signature(name: SignatureName, random: RandomBytes): Signature {
  const { digest, Nsig, group } = schemes[name]
  const { Npk, Nsk } = keyKinds[name]
  const known = keys(keyKinds[name])
  return {
    scheme: signatureSchemes[name],
    Npk,
    Nsk,
    Nsig,
    generateKeyPair() {
      const privateKey = group === undefined ? new Uint8Array(random(Nsk)) : scalar(group, random)
      return opaque(() => ({ publicKey: known.publicOf(privateKey), privateKey }))
    },
    sign(privateKey, message) {
      checkLength(privateKey, Nsk)
      return opaque(() => plain(sign(digest, message, known.privateKey(privateKey))))
    },
    verify(publicKey, message, signature) {
      try {
        return verify(digest, message, known.publicKey(publicKey), signature)
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
