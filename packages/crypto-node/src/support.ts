import { equalBytes, findKem, type GroupName, groups, I2OSP, type KemPrimitives, type MlKemSet } from '@twofold/hpke'
import { type MaybePromise, type SuiteInfo, TwofoldError } from '@twofold/interface'
import { group } from './groups.ts'
import { mlKem } from './ml-kem.ts'
import { secureRandom } from './random.ts'
import { signature } from './signatures.ts'
import { aead, hash, kdf, sha3_256, shake256 } from './symmetric.ts'

/** What KEMs are put together from. */
export const primitives: KemPrimitives = { group, mlKem, kdf, shake256, sha3_256 }

const verdicts = new Map<string, boolean>()

/** Whether the runtime can do it, found out by doing it once: versions and lists of names were seen to say otherwise. */
function works(what: string, attempt: () => unknown): boolean {
  let verdict = verdicts.get(what)
  if (verdict === undefined) {
    verdict = succeeds(attempt)
    verdicts.set(what, verdict)
  }
  return verdict
}

function succeeds(attempt: () => unknown): boolean {
  try {
    return attempt() !== false
  } catch {
    return false
  }
}

const empty = new Uint8Array(0)

function tryMlKem(set: MlKemSet): unknown {
  const raw = mlKem(set)
  const seed = secureRandom(64)
  const { sharedSecret, ciphertext } = now(raw.encap(now(raw.publicKey(seed)), empty))
  return equalBytes(now(raw.decap(ciphertext, seed)), sharedSecret)
}

/** The scalar one: RFC 7748 clamps it, on the other curves it gives the base point. */
function tryGroup(name: GroupName): unknown {
  const raw = group(name)
  const scalar = I2OSP(1, groups[name].Nsk)
  return now(raw.dh(scalar, now(raw.publicKey(scalar)))).length > 0
}

/** All of this answers at once. */
function now<T>(value: MaybePromise<T>): T {
  if (value instanceof Promise) throw new TwofoldError('BUG_INVARIANT', 'an operation of node:crypto gave a promise')
  return value
}

function trySignature(name: SuiteInfo['signature']): unknown {
  const scheme = signature(name, secureRandom)
  const { publicKey, privateKey } = now(scheme.generateKeyPair())
  return scheme.verify(publicKey, empty, now(scheme.sign(privateKey, empty)))
}

function tryAead(id: number): unknown {
  const algorithm = aead(id)
  if (algorithm === undefined) return false
  const nonce = new Uint8Array(algorithm.Nn)
  const key = new Uint8Array(algorithm.Nk)
  return algorithm.open(key, nonce, empty, now(algorithm.seal(key, nonce, empty, empty)))
}

/** The names of what the suite needs and the runtime lacks. */
export function missing(info: SuiteInfo): readonly string[] {
  return requirements(info)
    .filter(([name, attempt]) => !works(name, attempt))
    .map(([name]) => name)
}

type Requirement = readonly [name: string, attempt: () => unknown]

function requirements(info: SuiteInfo): readonly Requirement[] {
  return [
    ['crypto.hash', () => hash(info.hash).digest(empty)],
    ...kemRequirements(info.kem),
    [aeadNames[info.aead] ?? `AEAD ${info.aead}`, () => tryAead(info.aead)],
    [`${info.signature} signatures`, () => trySignature(info.signature)],
  ]
}

function kemRequirements(id: number): readonly Requirement[] {
  const info = findKem(id)
  switch (info?.kind) {
    case undefined:
      return [[`KEM ${id}`, () => false]]
    case 'dh':
      return [[`${info.group} key agreement`, () => tryGroup(info.group)]]
    case 'ml-kem':
      return [sha3, [`ML-KEM-${info.mlKem}`, () => tryMlKem(info.mlKem)]]
    case 'hybrid':
      return [
        sha3,
        [`ML-KEM-${info.mlKem}`, () => tryMlKem(info.mlKem)],
        [`${info.group} key agreement`, () => tryGroup(info.group)],
      ]
    default:
      return info satisfies never
  }
}

const sha3: Requirement = ['SHA-3', () => sha3_256(empty).length === 32 && shake256(empty, 96).length === 96]

const aeadNames: Readonly<Record<number, string>> = { 1: 'AES-128-GCM', 2: 'AES-256-GCM', 3: 'ChaCha20-Poly1305' }

/** Whether all randomness of the suite can come from outside: OpenSSL draws its own for ML-KEM, ECDSA and ML-DSA. */
export function isSeedable(info: SuiteInfo): boolean {
  return findKem(info.kem)?.kind === 'dh' && info.signature.startsWith('Ed')
}
