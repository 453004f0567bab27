import type { CryptoSuite } from '@twofold/interface'
import type { CiphersuiteImpl } from 'ts-mls'

const noBytes = new Uint8Array(0)

/**
 * A backend of ours as a provider of ts-mls, with nothing between: what a tuned native provider gives to ts-mls. Its key objects are
 * the serialized keys themselves, which ts-mls only passes on.
 */
export function tunedSuite({ id, hash, mac, kdf, aead, hpke, signature, random }: CryptoSuite): CiphersuiteImpl {
  const tuned = {
    id,
    hash: {
      digest: hash.digest,
      mac: mac.mac,
      verifyMac: (key: Uint8Array, tag: Uint8Array, data: Uint8Array) => mac.verify(key, data, tag),
    },
    kdf: { size: kdf.Nh, extract: kdf.extract, expand: kdf.expand },
    rng: { randomBytes: random },
    signature: {
      sign: signature.sign,
      verify: signature.verify,
      keygen: async () => {
        const { publicKey, privateKey } = await signature.generateKeyPair()
        return { publicKey, signKey: privateKey }
      },
    },
    hpke: {
      keyLength: aead.Nk,
      nonceLength: aead.Nn,
      ...keysAsTheyAre,
      generateKeyPair: hpke.kem.generateKeyPair,
      deriveKeyPair: hpke.kem.deriveKeyPair,
      seal: async (key: Uint8Array, plaintext: Uint8Array, info: Uint8Array, aad = noBytes) => {
        const { enc, ciphertext } = await hpke.seal(key, info, aad, plaintext)
        return { enc, ct: ciphertext }
      },
      open: (key: Uint8Array, enc: Uint8Array, ciphertext: Uint8Array, info: Uint8Array, aad = noBytes) =>
        hpke.open(key, enc, info, aad, ciphertext),
      encryptAead: (key: Uint8Array, nonce: Uint8Array, aad = noBytes, plaintext: Uint8Array) =>
        aead.seal(key, nonce, aad, plaintext),
      decryptAead: (key: Uint8Array, nonce: Uint8Array, aad = noBytes, ciphertext: Uint8Array) =>
        aead.open(key, nonce, aad, ciphertext),
    },
  }
  return tuned as unknown as CiphersuiteImpl
}

const same = (key: Uint8Array): Uint8Array => key

const keysAsTheyAre = {
  importPrivateKey: same,
  importPublicKey: same,
  exportPrivateKey: same,
  exportPublicKey: same,
}
