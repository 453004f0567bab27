import { createPrivateKey, decapsulate } from 'node:crypto'
import type { CryptoSubject } from '@twofold/compliance/crypto'
import { agree, checkedRandom, composeKem, findKem, groups, hpke } from '@twofold/hpke'
import { group } from '../src/groups.ts'
import { nodeCrypto } from '../src/index.ts'
import { secureRandom } from '../src/random.ts'
import { signature } from '../src/signatures.ts'
import { primitives } from '../src/support.ts'
import { aead, hash, kdf, mac } from '../src/symmetric.ts'

/** PKCS #8 of an expanded key (RFC 9935): only vectors have one. */
function expandedKey(set: 768 | 1024, dk: Uint8Array) {
  const sized = (tag: number, content: Buffer) =>
    Buffer.concat([Buffer.from([tag, 0x82, content.length >> 8, content.length & 0xff]), content])
  const algorithm = Buffer.from(`020100300b06096086480165030404${set === 768 ? '02' : '03'}`, 'hex')
  return sized(0x30, Buffer.concat([algorithm, sized(0x04, sized(0x04, Buffer.from(dk)))]))
}

export const subject: CryptoSubject = {
  provider: nodeCrypto,
  parts: {
    hash,
    mac,
    kdf,
    aead,
    hpke,
    kem: (id, random = secureRandom) => composeKem(id, primitives, checkedRandom(random)),
    seedsEncap: (id) => findKem(id)?.kind === 'dh',
    dh: (name, privateKey, publicKey) => agree({ ...groups[name], ...group(name) }, privateKey, publicKey),
    decapExpanded(set, dk, ciphertext) {
      const key = createPrivateKey({ key: expandedKey(set, dk), format: 'der', type: 'pkcs8' })
      return new Uint8Array(decapsulate(key, ciphertext))
    },
    signature: (name, random = secureRandom) => signature(name, checkedRandom(random)),
  },
}
