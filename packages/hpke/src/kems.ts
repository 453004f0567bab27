import type { Kdf, Kem, RandomBytes } from '@twofold/interface'
import { type GroupInfo, type GroupName, groups, type RawGroup } from './dh-group.ts'
import { dhKem } from './dh-kem.ts'
import { hybridKem } from './hybrid-kem.ts'
import type { Xof } from './labeled.ts'
import { type MlKemInfo, type MlKemSet, mlKemKem, mlKemSets, type RawMlKem } from './ml-kem.ts'

/** What a KEM is made of (RFC 9180 section 7.1, draft-ietf-hpke-pq section 8). */
export type KemInfo =
  | { readonly kind: 'dh'; readonly id: number; readonly group: GroupName; readonly kdf: number }
  | { readonly kind: 'ml-kem'; readonly id: number; readonly mlKem: MlKemSet }
  | {
      readonly kind: 'hybrid'
      readonly id: number
      readonly mlKem: MlKemSet
      readonly group: GroupName
      readonly label: string
    }

export const kems: readonly KemInfo[] = [
  { kind: 'dh', id: 0x0010, group: 'P256', kdf: 1 },
  { kind: 'dh', id: 0x0011, group: 'P384', kdf: 2 },
  { kind: 'dh', id: 0x0012, group: 'P521', kdf: 3 },
  { kind: 'dh', id: 0x0020, group: 'X25519', kdf: 1 },
  { kind: 'dh', id: 0x0021, group: 'X448', kdf: 3 },
  { kind: 'ml-kem', id: 0x0041, mlKem: 768 },
  { kind: 'ml-kem', id: 0x0042, mlKem: 1024 },
  { kind: 'hybrid', id: 0x0050, mlKem: 768, group: 'P256', label: 'MLKEM768-P256' },
  { kind: 'hybrid', id: 0x0051, mlKem: 1024, group: 'P384', label: 'MLKEM1024-P384' },
  { kind: 'hybrid', id: 0x647a, mlKem: 768, group: 'X25519', label: '\\.//^\\' },
]

export function findKem(id: number): KemInfo | undefined {
  return kems.find((info) => info.id === id)
}

/** The parts from which a backend's KEMs are put together; undefined for what it lacks. */
export interface KemPrimitives {
  group(name: GroupName): RawGroup | undefined
  mlKem(set: MlKemSet): RawMlKem | undefined
  kdf(id: number): Kdf | undefined
  readonly shake256: Xof
  readonly sha3_256: (data: Uint8Array) => Uint8Array
}

/** The KEM with that id above a backend's primitives; undefined where a part is missing. */
export function composeKem(id: number, primitives: KemPrimitives, random: RandomBytes): Kem | undefined {
  const info = findKem(id)
  if (info === undefined) return undefined
  const { shake256, sha3_256 } = primitives
  const mlKem = info.kind === 'dh' ? undefined : mlKemOf(info.mlKem, primitives)
  const group = info.kind === 'ml-kem' ? undefined : groupOf(info.group, primitives)
  switch (info.kind) {
    case 'dh': {
      const kdf = primitives.kdf(info.kdf)
      return group && kdf && dhKem({ id, group, kdf, random })
    }
    case 'ml-kem':
      return mlKem && mlKemKem({ id, mlKem, shake256, random })
    case 'hybrid':
      return mlKem && group && hybridKem({ id, label: info.label, mlKem, group, shake256, sha3_256, random })
    default:
      return info satisfies never
  }
}

function groupOf(name: GroupName, primitives: KemPrimitives): (GroupInfo & RawGroup) | undefined {
  const raw = primitives.group(name)
  return raw && { ...groups[name], ...raw }
}

function mlKemOf(set: MlKemSet, primitives: KemPrimitives): (MlKemInfo & RawMlKem) | undefined {
  const raw = primitives.mlKem(set)
  return raw && { ...mlKemSets[set], ...raw }
}
