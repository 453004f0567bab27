import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type CryptoProvider, defaultSuite, type KeyPair, signatureSchemes } from '@twofold/interface'

/** What a party keeps on its disk beside its sessions, hexadecimal. */
interface Saved {
  readonly publicKey: string
  readonly privateKey: string
  readonly storeKey: string
}

export interface PartyKeys {
  readonly scheme: number
  readonly signature: KeyPair
  readonly storeKey: Uint8Array
}

/** The party's keys, made at its first start. */
export async function partyKeys(folder: string, crypto: CryptoProvider): Promise<PartyKeys> {
  const path = join(folder, 'keys.json')
  const text = await readFile(path, 'utf8').catch(() => undefined)
  const saved = text === undefined ? await make(path, crypto) : (JSON.parse(text) as Saved)
  const { publicKey, privateKey, storeKey } = saved
  const signature = { publicKey: bytes(publicKey), privateKey: bytes(privateKey) }
  return { scheme: signatureSchemes.Ed25519, signature, storeKey: bytes(storeKey) }
}

async function make(path: string, crypto: CryptoProvider): Promise<Saved> {
  const pair = await (await crypto.suite(defaultSuite)).signature.generateKeyPair()
  const saved = {
    publicKey: hex(pair.publicKey),
    privateKey: hex(pair.privateKey),
    storeKey: randomBytes(32).toString('hex'),
  }
  await writeFile(path, JSON.stringify(saved), { mode: 0o600 })
  return saved
}

function hex(value: Uint8Array): string {
  return Buffer.from(value).toString('hex')
}

function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'hex'))
}
