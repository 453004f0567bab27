import type { SuiteId } from './brands.ts'
import type { Codec } from './codec.ts'
import { optional, struct, vector } from './combinators.ts'
import { maxHash, maxMessage, maxSignature } from './limits.ts'
import { type HpkeCiphertext, hpkeCiphertext, type PreSharedKeyId, preSharedKeyId } from './mls-commit.ts'
import { type Extension, extensions, type GroupContext, groupContext } from './mls-leaf.ts'
import { opaque, suiteId, uint32 } from './primitives.ts'

const hash: Codec<Uint8Array> = opaque({ max: maxHash })

/**
 * RFC 9420 section 12.4.3:
 * struct { GroupContext group_context; Extension extensions<V>; MAC confirmation_tag; uint32 signer; opaque signature<V>; } GroupInfo
 */
export interface GroupInfo {
  readonly groupContext: GroupContext
  readonly extensions: readonly Extension[]
  readonly confirmationTag: Uint8Array
  /** The leaf index of who signed. */
  readonly signer: number
  readonly signature: Uint8Array
}
export const groupInfo: Codec<GroupInfo> = struct('GroupInfo', {
  groupContext,
  extensions,
  confirmationTag: hash,
  signer: uint32,
  signature: opaque({ max: maxSignature }),
})

/**
 * RFC 9420 section 12.4.3.1:
 * struct { opaque joiner_secret<V>; optional<PathSecret> path_secret; PreSharedKeyID psks<V>; } GroupSecrets
 * struct { opaque path_secret<V>; } PathSecret
 */
export interface GroupSecrets {
  readonly joinerSecret: Uint8Array
  readonly pathSecret: Uint8Array | undefined
  readonly psks: readonly PreSharedKeyId[]
}
export const groupSecrets: Codec<GroupSecrets> = struct('GroupSecrets', {
  joinerSecret: hash,
  pathSecret: optional(hash),
  psks: vector(preSharedKeyId, { max: maxMessage }),
})

/** RFC 9420 section 12.4.3.1:  struct { KeyPackageRef new_member; HPKECiphertext encrypted_group_secrets; } EncryptedGroupSecrets */
export interface EncryptedGroupSecrets {
  readonly newMember: Uint8Array
  readonly encryptedGroupSecrets: HpkeCiphertext
}
export const encryptedGroupSecrets: Codec<EncryptedGroupSecrets> = struct('EncryptedGroupSecrets', {
  newMember: hash,
  encryptedGroupSecrets: hpkeCiphertext,
})

/**
 * RFC 9420 section 12.4.3.1:
 * struct { CipherSuite cipher_suite; EncryptedGroupSecrets secrets<V>; opaque encrypted_group_info<V>; } Welcome
 */
export interface Welcome {
  readonly suite: SuiteId
  readonly secrets: readonly EncryptedGroupSecrets[]
  readonly encryptedGroupInfo: Uint8Array
}
export const welcome: Codec<Welcome> = struct('Welcome', {
  suite: suiteId,
  secrets: vector(encryptedGroupSecrets, { max: maxMessage }),
  encryptedGroupInfo: opaque({ max: maxMessage }),
})
