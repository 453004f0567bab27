import { ml_kem768, ml_kem1024 } from '@noble/post-quantum/ml-kem.js'
import type { CryptoSubject } from '@twofold/compliance/crypto'
import { agree, checkedRandom, composeKem, groups, hpke } from '@twofold/hpke'
import { group } from '../src/groups.ts'
import { nobleCrypto } from '../src/index.ts'
import { primitives } from '../src/provider.ts'
import { secureRandom } from '../src/random.ts'
import { signature } from '../src/signatures.ts'
import { aead, hash, kdf, mac } from '../src/symmetric.ts'

export const subject: CryptoSubject = {
  provider: nobleCrypto,
  parts: {
    hash,
    mac,
    kdf,
    aead,
    hpke,
    kem: (id, random = secureRandom) => composeKem(id, primitives, checkedRandom(random)),
    seedsEncap: () => true,
    dh: (name, privateKey, publicKey) => agree({ ...groups[name], ...group(name) }, privateKey, publicKey),
    decapExpanded: (set, dk, ciphertext) => (set === 768 ? ml_kem768 : ml_kem1024).decapsulate(ciphertext, dk),
    signature: (name, random = secureRandom) => signature(name, checkedRandom(random)),
  },
}
