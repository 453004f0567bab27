import { formatKnownPeer } from '@twofold/as-known-peers'
import {
  type Identity,
  type KeyPair,
  type SignatureKey,
  type SignatureName,
  signatureSchemes,
  suites,
} from '@twofold/interface'
import { backends } from './backend.ts'
import { usageError } from './cli-error.ts'
import { keygenCommand } from './files.ts'
import { readPrivateFile, writePrivateFile } from './private-file.ts'

/** Of the identity file; another number is another format. */
const version = 1
const what = 'the identity file'

/** A name and one key per signature scheme. */
export interface NamedIdentity {
  readonly name: string
  readonly keys: readonly NamedKey[]
}

export interface NamedKey {
  readonly scheme: SignatureName
  readonly publicKey: Uint8Array
  readonly privateKey: Uint8Array
}

/** Fresh keys, one for each scheme. */
export async function createIdentity(name: string, schemes: readonly SignatureName[]): Promise<NamedIdentity> {
  const keys = [...new Set(schemes)].map(async (scheme) => ({ scheme, ...(await keyPair(scheme)) }))
  return { name, keys: await Promise.all(keys) }
}

/** By the first suite of that scheme that a backend serves. */
async function keyPair(scheme: SignatureName): Promise<KeyPair> {
  for (const { id, signature } of suites) {
    const crypto = signature === scheme ? backends.find((backend) => backend.suites.includes(id)) : undefined
    if (crypto !== undefined) return await (await crypto.suite(id)).signature.generateKeyPair()
  }
  throw usageError(`no backend here makes ${scheme} keys`, 'leave that scheme out, or take a newer Node.js')
}

/** Our lines for the other side's known_peers, one for each key. Throws `USAGE_INVALID_ARGUMENT` for a name that it cannot hold. */
export function knownPeersLines({ name, keys }: NamedIdentity): string[] {
  return keys.map(({ scheme, publicKey }) => formatKnownPeer({ name, scheme, key: publicKey }))
}

/** What an endpoint wants. */
export function toIdentity({ name, keys }: NamedIdentity): Identity {
  return {
    credential: { kind: 'basic', identity: new Uint8Array(Buffer.from(name, 'utf8')) },
    keys: keys.map(({ scheme, ...pair }): SignatureKey => ({ scheme: signatureSchemes[scheme], ...pair })),
  }
}

/** False when there is one already that may not be replaced. */
export async function saveIdentity(path: string, identity: NamedIdentity, replace: boolean): Promise<boolean> {
  const keys = identity.keys.map(({ scheme, publicKey, privateKey }) => ({
    scheme,
    publicKey: base64(publicKey),
    privateKey: base64(privateKey),
  }))
  const text = `${JSON.stringify({ version, name: identity.name, keys }, null, 2)}\n`
  return await writePrivateFile(path, Buffer.from(text), replace)
}

/** Refuses a file that is missing, open to others, or not one of ours. */
export async function loadIdentity(path: string): Promise<NamedIdentity> {
  const bytes = await readPrivateFile(path, what)
  if (bytes === undefined) throw usageError(`there is no identity at ${path}`, `make one: ${keygenCommand(path)}`)
  return parse(path, Buffer.from(bytes).toString('utf8'))
}

function parse(path: string, text: string): NamedIdentity {
  const content = parseJson(text)
  if (content?.version !== undefined && content.version !== version) {
    throw usageError(`${what} ${path} has format ${content.version}, this version reads ${version}`, 'upgrade twofold')
  }
  const keys = Array.isArray(content?.keys) ? content.keys.map(parseKey) : []
  if (
    content?.version !== version ||
    typeof content.name !== 'string' ||
    keys.length === 0 ||
    keys.includes(undefined)
  ) {
    throw usageError(
      `${what} ${path} is damaged`,
      `bring it back from a copy, or make a new one: ${keygenCommand(path, '--force')}`,
    )
  }
  return { name: content.name, keys: keys as NamedKey[] }
}

function parseJson(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function parseKey(entry: unknown): NamedKey | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined
  const { scheme, publicKey, privateKey } = entry as Record<string, unknown>
  if (typeof scheme !== 'string' || !Object.hasOwn(signatureSchemes, scheme)) return undefined
  const pair = { publicKey: fromBase64(publicKey), privateKey: fromBase64(privateKey) }
  if (pair.publicKey === undefined || pair.privateKey === undefined) return undefined
  return { scheme: scheme as SignatureName, publicKey: pair.publicKey, privateKey: pair.privateKey }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}

function fromBase64(text: unknown): Uint8Array | undefined {
  if (typeof text !== 'string' || text === '') return undefined
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? new Uint8Array(bytes) : undefined
}
