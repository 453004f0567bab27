import { composeKem, findKem, type KemPrimitives } from '@twofold/hpke'
import type { SuiteInfo } from '@twofold/interface'
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

function tryKem(id: number): unknown {
  const kem = composeKem(id, primitives, secureRandom)
  if (kem === undefined) return false
  const { publicKey, privateKey } = kem.generateKeyPair() as { publicKey: Uint8Array; privateKey: Uint8Array }
  const { enc, sharedSecret } = kem.encap(publicKey) as { enc: Uint8Array; sharedSecret: Uint8Array }
  return Buffer.compare(kem.decap(enc, privateKey) as Uint8Array, sharedSecret) === 0
}

function trySignature(name: SuiteInfo['signature']): unknown {
  const scheme = signature(name, secureRandom)
  const { publicKey, privateKey } = scheme.generateKeyPair() as { publicKey: Uint8Array; privateKey: Uint8Array }
  return scheme.verify(publicKey, empty, scheme.sign(privateKey, empty) as Uint8Array)
}

function tryAead(id: number): unknown {
  const algorithm = aead(id)
  if (algorithm === undefined) return false
  const nonce = new Uint8Array(algorithm.Nn)
  const key = new Uint8Array(algorithm.Nk)
  return algorithm.open(key, nonce, empty, algorithm.seal(key, nonce, empty, empty) as Uint8Array)
}

/** The names of what the suite needs and the runtime lacks. */
export function missing(info: SuiteInfo): readonly string[] {
  const lacks: string[] = []
  if (!works('crypto.hash', () => hash('SHA-256').digest(empty))) lacks.push('crypto.hash')
  if (!works(`KEM ${info.kem}`, () => tryKem(info.kem))) lacks.push(kemName(info.kem))
  if (!works(`AEAD ${info.aead}`, () => tryAead(info.aead))) lacks.push(aeadNames[info.aead] ?? `AEAD ${info.aead}`)
  if (!works(info.signature, () => trySignature(info.signature))) lacks.push(info.signature)
  return lacks
}

const aeadNames: Readonly<Record<number, string>> = { 1: 'AES-128-GCM', 2: 'AES-256-GCM', 3: 'ChaCha20-Poly1305' }

function kemName(id: number): string {
  const info = findKem(id)
  switch (info?.kind) {
    case undefined:
      return `KEM ${id}`
    case 'dh':
      return info.group
    case 'ml-kem':
      return `ML-KEM-${info.mlKem}`
    case 'hybrid':
      return `ML-KEM-${info.mlKem} with ${info.group}`
    default:
      return info satisfies never
  }
}

/** Whether all randomness of the suite can come from outside: OpenSSL draws its own for ML-KEM, ECDSA and ML-DSA. */
export function isSeedable(info: SuiteInfo): boolean {
  return findKem(info.kem)?.kind === 'dh' && info.signature.startsWith('Ed')
}
