import type { Kem, KeyPair, MaybePromise, RandomBytes } from '@twofold/interface'
import { ascii, concat, copyOf } from './bytes.ts'
import { chain } from './chain.ts'
import { agree, checkGroupKey, type GroupInfo, type RawGroup, randomScalar } from './dh-group.ts'
import { checkLength, opaque } from './failure.ts'
import { kemSuiteId, labeledDerive, type Xof } from './labeled.ts'
import { checkMlKemKey, type MlKemInfo, mlKemSeedLength, type RawMlKem } from './ml-kem.ts'
import { remember } from './remember.ts'

export interface HybridKemParts {
  /** draft-ietf-hpke-pq section 8.2. */
  readonly id: number
  /** draft-irtf-cfrg-concrete-hybrid-kems: the domain separation of the combiner, ASCII. */
  readonly label: string
  readonly mlKem: MlKemInfo & RawMlKem
  readonly group: GroupInfo & RawGroup
  readonly shake256: Xof
  readonly sha3_256: (data: Uint8Array) => Uint8Array
  readonly random: RandomBytes
}

/**
 * A hybrid of ML-KEM and a Diffie-Hellman group (draft-ietf-hpke-pq section 4, draft-irtf-cfrg-concrete-hybrid-kems;
 * with X25519 it is X-Wing, draft-connolly-cfrg-xwing-kem). The private key is the 32-byte seed; its halves are derived
 * when they are needed and remembered by the identity of the array.
 */
export function hybridKem({ id, label, mlKem, group, shake256, sha3_256, random }: HybridKemParts): Kem {
  const Nsk = 32
  const Npk = mlKem.Npk + group.Npk
  const Nenc = mlKem.Nct + group.Npk
  const domain = ascii(label)
  const checkGroup = checkGroupKey(group)
  const deriveSeed = labeledDerive(shake256, kemSuiteId(id), 'DeriveKeyPair', Nsk)

  const privateHalves = remember((seed) => {
    const expanded = shake256(seed, mlKemSeedLength + group.Nseed)
    const scalar = randomScalar(group, expanded.subarray(mlKemSeedLength))
    return { mlKem: copyOf(expanded, 0, mlKemSeedLength), group: scalar, groupPublic: group.publicKey(scalar) }
  })
  const publicHalves = remember((publicKey) => split(publicKey, mlKem.Npk))

  function keyPair(privateKey: Uint8Array): MaybePromise<KeyPair> {
    const halves = privateHalves(privateKey)
    return chain(mlKem.publicKey(halves.mlKem), (first) =>
      chain(halves.groupPublic, (second) => ({ publicKey: concat(first, second), privateKey })),
    )
  }

  /** The combiner that binds the group's ciphertext and public key (C2PRI); ML-KEM binds its own. */
  function combine(mlKemSecret: Uint8Array, dh: Uint8Array, groupEnc: Uint8Array, groupPublic: Uint8Array): Uint8Array {
    return sha3_256(concat(mlKemSecret, dh, groupEnc, groupPublic, domain))
  }

  function encapTo(publicKey: Uint8Array, randomness: Uint8Array, scalar: Uint8Array) {
    const [mlKemPublic, groupPublic] = publicHalves(publicKey)
    return chain(mlKem.encap(mlKemPublic, randomness), ({ sharedSecret, ciphertext }) =>
      chain(group.publicKey(scalar), (groupEnc) =>
        chain(agree(group, scalar, groupPublic), (dh) => ({
          sharedSecret: combine(sharedSecret, dh, groupEnc, groupPublic),
          enc: concat(ciphertext, groupEnc),
        })),
      ),
    )
  }

  return {
    id,
    Nsecret: 32,
    Nenc,
    Npk,
    Nsk,
    generateKeyPair() {
      const seed = new Uint8Array(random(Nsk))
      return opaque(() => keyPair(seed))
    },
    deriveKeyPair: (ikm) => opaque(() => keyPair(deriveSeed(ikm))),
    checkPublicKey(publicKey) {
      checkLength(publicKey, Npk)
      const [mlKemPublic, groupPublic] = publicHalves(publicKey)
      return opaque(() => chain(checkMlKemKey(mlKem, random, mlKemPublic), () => checkGroup(groupPublic)))
    },
    encap(publicKey) {
      checkLength(publicKey, Npk)
      const randomness = random(mlKem.Nrandom)
      const seed = random(group.Nseed)
      return opaque(() => encapTo(publicKey, randomness, randomScalar(group, seed)))
    },
    decap(enc, privateKey) {
      checkLength(enc, Nenc)
      checkLength(privateKey, Nsk)
      return opaque(() => {
        const [ciphertext, groupEnc] = split(enc, mlKem.Nct)
        const halves = privateHalves(privateKey)
        return chain(mlKem.decap(ciphertext, halves.mlKem), (sharedSecret) =>
          chain(agree(group, halves.group, groupEnc), (dh) =>
            chain(halves.groupPublic, (groupPublic) => combine(sharedSecret, dh, groupEnc, groupPublic)),
          ),
        )
      })
    },
  }
}

function split(bytes: Uint8Array, at: number): readonly [Uint8Array, Uint8Array] {
  return [copyOf(bytes, 0, at), copyOf(bytes, at)]
}
