import { type CryptoSuite, TwofoldError } from '@twofold/interface'
import type { LibrarySuite } from './library.ts'

const noBytes = new Uint8Array(0)

/**
 * A suite of ours in the shape that ts-mls asks for. Its key objects are our serialized keys themselves: nothing is
 * imported or exported, and the identity of a private key's array stays the same for as long as it is used.
 */
export function librarySuite(suite: CryptoSuite): LibrarySuite {
  return {
    id: suite.id,
    hash: {
      digest: (data) => suite.hash.digest(data),
      mac: (key, data) => suite.mac.mac(key, data),
      verifyMac: (key, tag, data) => suite.mac.verify(key, data, tag),
    },
    kdf: {
      size: suite.kdf.Nh,
      extract: (salt, ikm) => suite.kdf.extract(salt, ikm),
      expand: (prk, info, length) => suite.kdf.expand(prk, info, length),
    },
    rng: { randomBytes: (length) => suite.random(length) },
    signature: signatureOf(suite),
    hpke: hpkeOf(suite),
  }
}

function signatureOf(suite: CryptoSuite): LibrarySuite['signature'] {
  return {
    sign: (privateKey, message) => suite.signature.sign(privateKey, message),
    verify: (publicKey, message, signature) => suite.signature.verify(publicKey, message, signature),
    keygen: async () => {
      const { publicKey, privateKey } = await suite.signature.generateKeyPair()
      return { publicKey, signKey: privateKey }
    },
  }
}

function hpkeOf(suite: CryptoSuite): LibrarySuite['hpke'] {
  const { hpke, aead } = suite
  return {
    keyLength: aead.Nk,
    nonceLength: aead.Nn,
    importPrivateKey: (key) => key,
    importPublicKey: (key) => key,
    exportPrivateKey: (key) => key,
    exportPublicKey: (key) => key,
    generateKeyPair: () => hpke.kem.generateKeyPair(),
    deriveKeyPair: (ikm) => hpke.kem.deriveKeyPair(ikm),
    seal: async (publicKey, plaintext, info, aad = noBytes) => {
      const { enc, ciphertext } = await hpke.seal(publicKey, info, aad, plaintext)
      return { enc, ct: ciphertext }
    },
    open: (privateKey, enc, ciphertext, info, aad = noBytes) => hpke.open(privateKey, enc, info, aad, ciphertext),
    encryptAead: (key, nonce, aad = noBytes, plaintext) => aead.seal(key, nonce, aad, plaintext),
    decryptAead: (key, nonce, aad = noBytes, ciphertext) => aead.open(key, nonce, aad, ciphertext),
    exportSecret: refuseExternalInit,
    importSecret: refuseExternalInit,
  }
}

// RFC 9420 section 8.3: only an external commit needs the HPKE export interface, and nobody may join a two-party group.
function refuseExternalInit(): never {
  throw new TwofoldError('PEER_FORBIDDEN_PROPOSAL', 'an external commit cannot join a two-party group')
}
