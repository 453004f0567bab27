import type { Kem, RandomBytes } from '@twofold/interface'
import { hex, join } from './bytes.ts'
import type { CryptoParts, VectorContext } from './subject.ts'
import { assertBytes, assertThrows, Tallier } from './tally.ts'

interface HpkeVector {
  readonly kem_id: number
  readonly kdf_id: number
  readonly aead_id: number
  readonly info: string
  readonly ikmE: string
  readonly ikmR: string
  readonly skRm: string
  readonly pkRm: string
  readonly enc: string
  readonly shared_secret: string
  readonly encryptions: readonly { readonly aad: string; readonly ct: string; readonly pt: string }[]
  readonly exports: readonly {
    readonly exporter_context: string
    readonly L: number
    readonly exported_value: string
  }[]
}

/** Bytes of `seed`, in order; throws when they are used up. */
export function replay(seed: Uint8Array): RandomBytes {
  let offset = 0
  return (length) => {
    if (offset + length > seed.length) throw new Error('the vector has no more randomness')
    offset += length
    return seed.slice(offset - length, offset)
  }
}

/** A name and two results for each vector: its KEM, and the key schedule with messages and exports. */
export async function runHpke(parts: CryptoParts, content: unknown): Promise<Tallier> {
  const tally = new Tallier()
  for (const [index, vector] of (content as readonly HpkeVector[]).entries()) {
    const name = `#${index} ${vector.kem_id.toString(16)}/${vector.kdf_id}/${vector.aead_id}`
    await runKem(parts, vector, name, tally)
    await runSchedule(parts, vector, name, tally)
  }
  return tally
}

async function runKem(parts: CryptoParts, vector: HpkeVector, name: string, tally: Tallier): Promise<void> {
  const kem = parts.kem(vector.kem_id)
  if (kem === undefined) return tally.skip(`no KEM 0x${vector.kem_id.toString(16)}`)
  // X448: the private key of the vector is clamped, a scalar is the same number with or without.
  const comparesPrivateKey = vector.kem_id !== 0x21
  await tally.vector(`${name} DeriveKeyPair`, async () => {
    const pair = await kem.deriveKeyPair(hex(vector.ikmR))
    assertBytes(pair.publicKey, hex(vector.pkRm), 'pkRm')
    if (comparesPrivateKey) assertBytes(pair.privateKey, hex(vector.skRm), 'skRm')
  })
  await tally.vector(`${name} Decap`, async () => {
    assertBytes(await kem.decap(hex(vector.enc), hex(vector.skRm)), hex(vector.shared_secret), 'shared_secret')
  })
  await runEncap(parts, vector, name, tally)
}

async function runEncap(parts: CryptoParts, vector: HpkeVector, name: string, tally: Tallier): Promise<void> {
  if (!parts.seedsEncap(vector.kem_id)) return tally.skip('Encap draws its own randomness')
  await tally.vector(`${name} Encap`, async () => {
    const { enc, sharedSecret } = await seeded(parts, vector).encap(hex(vector.pkRm))
    assertBytes(enc, hex(vector.enc), 'enc')
    assertBytes(sharedSecret, hex(vector.shared_secret), 'shared_secret')
  })
}

/** For MLKEM768-P256 the file gives three candidates for a scalar where the KEM draws four; the first one is taken. */
function seeded(parts: CryptoParts, vector: HpkeVector): Kem {
  const ikmE = hex(vector.ikmE)
  return parts.kem(vector.kem_id, replay(vector.kem_id === 0x50 ? join(ikmE, new Uint8Array(32)) : ikmE)) as Kem
}

async function runSchedule(parts: CryptoParts, vector: HpkeVector, name: string, tally: Tallier): Promise<void> {
  const kem = parts.kem(vector.kem_id)
  const kdf = parts.kdf(vector.kdf_id)
  const aead = parts.aead(vector.aead_id)
  if (kem === undefined) return
  if (kdf === undefined) return tally.skip(`key schedule: KDF 0x${vector.kdf_id.toString(16)} is one-stage`)
  if (aead === undefined) return tally.skip(`key schedule: no AEAD 0x${vector.aead_id.toString(16)}`)
  const info = hex(vector.info)
  await tally.vector(`${name} receiver`, async () => {
    const receiver = await parts.hpke({ kem, kdf, aead }).setupBaseR(hex(vector.enc), hex(vector.skRm), info)
    await checkReceiver(receiver, vector)
  })
  if (!parts.seedsEncap(vector.kem_id)) return
  await tally.vector(`${name} sender`, async () => {
    const suite = parts.hpke({ kem: seeded(parts, vector), kdf, aead })
    const { enc, context } = await suite.setupBaseS(hex(vector.pkRm), info)
    assertBytes(enc, hex(vector.enc), 'enc')
    await checkSender(context, vector)
  })
}

async function checkReceiver(context: VectorContext, vector: HpkeVector): Promise<void> {
  for (const [i, { aad, ct, pt }] of vector.encryptions.entries()) {
    const wrong = hex(ct)
    wrong[0]! ^= 1
    if (i === 0) await assertThrows(() => context.open(hex(aad), wrong), 'an altered ciphertext')
    assertBytes(await context.open(hex(aad), hex(ct)), hex(pt), `pt ${i}`)
  }
  await checkExports(context, vector)
}

async function checkSender(context: VectorContext, vector: HpkeVector): Promise<void> {
  for (const [i, { aad, ct, pt }] of vector.encryptions.entries()) {
    assertBytes(await context.seal(hex(aad), hex(pt)), hex(ct), `ct ${i}`)
  }
  await checkExports(context, vector)
}

async function checkExports(context: VectorContext, vector: HpkeVector): Promise<void> {
  for (const { exporter_context, L, exported_value } of vector.exports) {
    assertBytes(await context.export(hex(exporter_context), L), hex(exported_value), 'exported_value')
  }
}
