import type { Kdf, Kem, KeyPair, MaybePromise, RandomBytes } from '@twofold/interface'
import { concat, I2OSP } from './bytes.ts'
import { chain } from './chain.ts'
import { agree, checkGroupKey, type GroupInfo, isScalar, type RawGroup } from './dh-group.ts'
import { checkLength, opaque } from './failure.ts'
import { kemSuiteId, labeledExpand, labeledExtract } from './labeled.ts'
import { remember } from './remember.ts'

export interface DhKemParts {
  /** RFC 9180 section 7.1. */
  readonly id: number
  readonly group: GroupInfo & RawGroup
  /** The KDF of the KEM, which need not be that of the HPKE suite. */
  readonly kdf: Kdf
  readonly random: RandomBytes
}

const none = new Uint8Array(0)

/** DHKEM (RFC 9180 section 4.1) above a raw group. Key pairs are made by DeriveKeyPair from `Nsk` random bytes. */
export function dhKem({ id, group, kdf, random }: DhKemParts): Kem {
  const { Npk, Nsk } = group
  const Nsecret = kdf.Nh
  const suiteId = kemSuiteId(id)
  const extractEaePrk = labeledExtract(kdf, suiteId, 'eae_prk')
  const expandSharedSecret = labeledExpand(kdf, suiteId, 'shared_secret', Nsecret)
  const derivePrivateKey = privateKeyDerivation(group, kdf, suiteId)
  const check = checkGroupKey(group)
  const publicKeyOf = remember((privateKey) => group.publicKey(privateKey))

  function derive(ikm: Uint8Array): MaybePromise<KeyPair> {
    return chain(derivePrivateKey(ikm), (privateKey) =>
      chain(publicKeyOf(privateKey), (publicKey) => ({ publicKey: new Uint8Array(publicKey), privateKey })),
    )
  }

  /** RFC 9180 section 4.1, ExtractAndExpand of the DH result and kem_context. */
  function extractAndExpand(privateKey: Uint8Array, publicKey: Uint8Array, enc: Uint8Array, pkR: Uint8Array) {
    return chain(agree(group, privateKey, publicKey), (dh) =>
      chain(extractEaePrk(none, dh), (prk) => expandSharedSecret(prk, concat(enc, pkR))),
    )
  }

  return {
    id,
    Nsecret,
    Nenc: Npk,
    Npk,
    Nsk,
    generateKeyPair() {
      const ikm = random(Nsk)
      return opaque(() => derive(ikm))
    },
    deriveKeyPair: (ikm) => opaque(() => derive(ikm)),
    checkPublicKey(publicKey) {
      checkLength(publicKey, Npk)
      return opaque(() => check(publicKey))
    },
    encap(publicKey) {
      checkLength(publicKey, Npk)
      const ikm = random(Nsk)
      return opaque(() =>
        chain(derive(ikm), (ephemeral) =>
          chain(extractAndExpand(ephemeral.privateKey, publicKey, ephemeral.publicKey, publicKey), (sharedSecret) => ({
            sharedSecret,
            enc: ephemeral.publicKey,
          })),
        ),
      )
    },
    decap(enc, privateKey) {
      checkLength(enc, Npk)
      checkLength(privateKey, Nsk)
      return opaque(() => chain(publicKeyOf(privateKey), (pkR) => extractAndExpand(privateKey, enc, enc, pkR)))
    },
  }
}

/** RFC 9180 section 7.1.3. */
function privateKeyDerivation(
  group: GroupInfo,
  kdf: Kdf,
  suiteId: Uint8Array,
): (ikm: Uint8Array) => MaybePromise<Uint8Array> {
  const extract = labeledExtract(kdf, suiteId, 'dkp_prk')
  if (group.order === undefined) {
    const expand = labeledExpand(kdf, suiteId, 'sk', group.Nsk)
    return (ikm) => chain(extract(none, ikm), (prk) => expand(prk, none))
  }
  const expand = labeledExpand(kdf, suiteId, 'candidate', group.Nsk)
  const candidate = (prk: Uint8Array, counter: number): MaybePromise<Uint8Array> => {
    if (counter > 255) throw new RangeError('DeriveKeyPairError')
    return chain(expand(prk, I2OSP(counter, 1)), (bytes) => {
      bytes[0]! &= group.bitmask ?? 0xff
      return isScalar(group, bytes) ? bytes : candidate(prk, counter + 1)
    })
  }
  return (ikm) => chain(extract(none, ikm), (prk) => candidate(prk, 0))
}
