import { createPrivateKey } from 'node:crypto'
import type { CryptoSubject } from '@twofold/compliance/crypto'
import { nobleCrypto } from '@twofold/crypto-noble'
import { agree, checkedRandom, composeKem, findKem, groups, hpke } from '@twofold/hpke'
import { type CryptoSuite, defaultSuite } from '@twofold/interface'
import { group } from '../src/groups.ts'
import { webCrypto } from '../src/index.ts'
import { primitives } from '../src/provider.ts'
import { signature } from '../src/signatures.ts'
import { runtimeSubtle } from '../src/subtle.ts'
import { aead, hash } from '../src/symmetric.ts'

const runtime = runtimeSubtle()
if (runtime === undefined) throw new Error('these tests need crypto.subtle')
export const subtle = runtime

const { random: secureRandom } = nobleCrypto.suite(defaultSuite)

/** What our suites take from noble on every runtime. */
function fill(has: (suite: CryptoSuite) => boolean): CryptoSuite | undefined {
  return nobleCrypto.suites.map((id) => nobleCrypto.suite(id)).find(has)
}

const kdf = (id: number) => fill((suite) => suite.kdf.id === id)?.kdf
const ofLength = { 'SHA-256': 32, 'SHA-384': 48, 'SHA-512': 64 } as const
const parts = primitives(subtle, kdf)

/** PKCS #8 of an expanded key (RFC 9935): only vectors have one, and WebCrypto takes none; it does take node's object. */
function expandedKey(set: 768 | 1024, dk: Uint8Array): Promise<CryptoKey> {
  const sized = (tag: number, content: Buffer) =>
    Buffer.concat([Buffer.from([tag, 0x82, content.length >> 8, content.length & 0xff]), content])
  const algorithm = Buffer.from(`020100300b06096086480165030404${set === 768 ? '02' : '03'}`, 'hex')
  const key = sized(0x30, Buffer.concat([algorithm, sized(0x04, sized(0x04, Buffer.from(dk)))]))
  const object = createPrivateKey({ key, format: 'der', type: 'pkcs8' })
  const toCryptoKey = object.toCryptoKey.bind(object) as unknown as (
    algorithm: string,
    extractable: boolean,
    usages: readonly string[],
  ) => CryptoKey
  return Promise.resolve(toCryptoKey(`ML-KEM-${set}`, false, ['decapsulateBits']))
}

export const subject: CryptoSubject = {
  provider: webCrypto,
  parts: {
    hash: (name) => hash(subtle, name, fill((suite) => suite.hash.Nh === ofLength[name])!.hash),
    mac: (name) => fill((suite) => suite.mac.Nh === ofLength[name])!.mac,
    kdf,
    aead: (id) => aead(subtle, id),
    hpke,
    kem: (id, random = secureRandom) => composeKem(id, parts, checkedRandom(random)),
    seedsEncap: (id) => findKem(id)?.kind === 'dh',
    dh: (name, privateKey, publicKey) => agree({ ...groups[name], ...group(subtle, name) }, privateKey, publicKey),
    async decapExpanded(set, dk, ciphertext) {
      const key = await expandedKey(set, dk)
      return new Uint8Array(await subtle.decapsulateBits!(`ML-KEM-${set}`, key, ciphertext))
    },
    signature: (name, random = secureRandom) => signature(subtle, name, checkedRandom(random)),
  },
}
