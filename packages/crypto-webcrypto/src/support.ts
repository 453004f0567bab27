import { equalBytes, findKem, type GroupName, groups, I2OSP, type MlKemSet, mlKemSets } from '@twofold/hpke'
import type { RandomBytes, SuiteInfo } from '@twofold/interface'
import { group } from './groups.ts'
import { mlKem } from './ml-kem.ts'
import { signature } from './signatures.ts'
import type { Subtle } from './subtle.ts'
import { aead } from './symmetric.ts'

/** One algorithm of a suite, and whether the runtime's WebCrypto does it here. */
export interface Part {
  readonly kind: 'ml-kem' | 'group' | 'aead' | 'signature'
  /** For people. */
  readonly name: string
  readonly native: boolean
}

interface Requirement {
  readonly kind: Part['kind']
  readonly name: string
  attempt(): Promise<boolean>
}

/** Finds out what a runtime has, by doing each operation once: versions and lists of names were seen to say otherwise. */
export function probe(subtle: Subtle, random: RandomBytes): (info: SuiteInfo) => Promise<readonly Part[]> {
  const verdicts = new Map<string, Promise<boolean>>()

  function works({ name, attempt }: Requirement): Promise<boolean> {
    const verdict = verdicts.get(name) ?? succeeds(attempt)
    verdicts.set(name, verdict)
    return verdict
  }

  return async (info) => {
    const parts = requirements(subtle, random, info).map(async (requirement) => {
      const { kind, name } = requirement
      return { kind, name, native: await works(requirement) }
    })
    return wholeKem(await Promise.all(parts))
  }
}

/** noble lends ML-KEM to a hybrid, but no curve: without its curve a hybrid is noble's as a whole. */
function wholeKem(parts: readonly Part[]): readonly Part[] {
  if (parts.every(({ kind, native }) => kind !== 'group' || native)) return parts
  return parts.map((part) => (part.kind === 'ml-kem' ? { ...part, native: false } : part))
}

async function succeeds(attempt: Requirement['attempt']): Promise<boolean> {
  try {
    return await attempt()
  } catch {
    return false
  }
}

function requirements(subtle: Subtle, random: RandomBytes, info: SuiteInfo): readonly Requirement[] {
  const scheme = info.signature
  return [
    ...kemRequirements(subtle, random, info.kem),
    { kind: 'aead', name: aeadNames[info.aead] ?? `AEAD ${info.aead}`, attempt: () => tryAead(subtle, info.aead) },
    { kind: 'signature', name: `${scheme} signatures`, attempt: () => trySignature(subtle, random, scheme) },
  ]
}

function kemRequirements(subtle: Subtle, random: RandomBytes, id: number): readonly Requirement[] {
  const ofGroup = (name: GroupName): Requirement => ({
    kind: 'group',
    name: `${name} key agreement`,
    attempt: () => tryGroup(subtle, name),
  })
  const ofMlKem = (set: MlKemSet): Requirement => ({
    kind: 'ml-kem',
    name: `ML-KEM-${set}`,
    attempt: () => tryMlKem(subtle, random, set),
  })
  const info = findKem(id)
  switch (info?.kind) {
    case undefined:
      return [{ kind: 'group', name: `KEM ${id}`, attempt: async () => false }]
    case 'dh':
      return [ofGroup(info.group)]
    case 'ml-kem':
      return [ofMlKem(info.mlKem)]
    case 'hybrid':
      return [ofMlKem(info.mlKem), ofGroup(info.group)]
    default:
      return info satisfies never
  }
}

const empty = new Uint8Array(0)

/** The scalar one: RFC 7748 clamps it, on the other curves it gives the base point. */
async function tryGroup(subtle: Subtle, name: GroupName): Promise<boolean> {
  const raw = group(subtle, name)
  const scalar = I2OSP(1, groups[name].Nsk)
  const shared = await raw.dh(scalar, await raw.publicKey(scalar))
  return shared.length === groups[name].Nsk
}

async function tryMlKem(subtle: Subtle, random: RandomBytes, set: MlKemSet): Promise<boolean> {
  const raw = mlKem(subtle, set)
  if (raw === undefined) return false
  const seed = random(64)
  const { sharedSecret, ciphertext } = await raw.encap(await raw.publicKey(seed), empty)
  if (!equalBytes(await raw.decap(ciphertext, seed), sharedSecret)) return false
  // FIPS 203 section 7.2: an implementation that takes unreduced keys is not one to use.
  const unreduced = new Uint8Array(mlKemSets[set].Npk).fill(0xff)
  const takesIt = await succeeds(async () => (await raw.encap(unreduced, empty)) !== undefined)
  return !takesIt
}

async function tryAead(subtle: Subtle, id: number): Promise<boolean> {
  const algorithm = aead(subtle, id)
  if (algorithm === undefined) return false
  const [key, nonce] = [new Uint8Array(algorithm.Nk), new Uint8Array(algorithm.Nn)]
  const sealed = await algorithm.seal(key, nonce, empty, empty)
  return sealed.length === algorithm.Nt && (await algorithm.open(key, nonce, empty, sealed)).length === 0
}

async function trySignature(subtle: Subtle, random: RandomBytes, name: SuiteInfo['signature']): Promise<boolean> {
  const scheme = signature(subtle, name, random)
  const { publicKey, privateKey } = await scheme.generateKeyPair()
  if (publicKey.length !== scheme.Npk) return false
  return scheme.verify(publicKey, empty, await scheme.sign(privateKey, empty))
}

const aeadNames: Readonly<Record<number, string>> = { 1: 'AES-128-GCM', 2: 'AES-256-GCM', 3: 'ChaCha20-Poly1305' }
