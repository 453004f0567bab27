import { hostname, userInfo } from 'node:os'
import { type SignatureName, signatureSchemes } from '@twofold/interface'
import { usageError } from '../cli-error.ts'
import { type FileOptions, filesFor, keygenCommand } from '../files.ts'
import { fingerprint, fingerprints } from '../fingerprint.ts'
import { createIdentity, knownPeersLines, loadIdentity, type NamedIdentity, saveIdentity } from '../identity-file.ts'
import type { Io } from '../io.ts'
import type { Reporter } from '../reporter.ts'

export interface KeygenFlags extends FileOptions {
  readonly name?: string
  readonly scheme?: readonly string[]
  readonly force?: boolean
  readonly show?: boolean
}

/** Makes an identity, or shows the one there is; its known_peers lines go to stdout. */
export async function keygen(flags: KeygenFlags, io: Io, reporter: Reporter): Promise<void> {
  if (flags.show === true && (flags.force === true || flags.name !== undefined || flags.scheme !== undefined)) {
    throw usageError('--show is given beside --force, --name or --scheme', 'give one or the other')
  }
  const files = filesFor(flags)
  const named = flags.show === true ? await loadIdentity(files.identity) : await make(flags, files.identity)
  const lines = knownPeersLines(named)
  const verb = flags.show === true ? 'is' : 'was made'
  if (reporter.json) return void io.stdout.write(`${JSON.stringify(asJson(named, lines, files.identity))}\n`)
  const prints = fingerprints(named)
  const what = prints.length === 1 ? 'fingerprint' : 'fingerprints'
  reporter.say(
    'identity',
    `${named.name} ${verb} in ${files.identity}\n` +
      `  ${what}, to be compared by another way: ${prints.join(', ')}\n  for the other side's known_peers:`,
  )
  io.stdout.write(`${lines.join('\n')}\n`)
}

async function make(flags: KeygenFlags, path: string): Promise<NamedIdentity> {
  const named = await createIdentity(flags.name ?? defaultName(), (flags.scheme ?? ['Ed25519']).map(parseScheme))
  // Before it is saved: a name that no known_peers file can hold is refused here.
  knownPeersLines(named)
  if (await saveIdentity(path, named, flags.force === true)) return named
  throw usageError(
    `there is an identity at ${path} already`,
    `show it with ${keygenCommand(path, '--show')}; --force replaces it, and every peer must then pin the new key`,
  )
}

function asJson({ name, keys }: NamedIdentity, lines: readonly string[], path: string): object {
  const publicKeys = keys.map(({ scheme, publicKey }) => ({
    scheme,
    publicKey: Buffer.from(publicKey).toString('base64'),
    fingerprint: fingerprint(scheme, publicKey),
  }))
  return { identity: path, name, keys: publicKeys, knownPeers: lines }
}

function parseScheme(text: string): SignatureName {
  const found = Object.keys(signatureSchemes).find((name) => name.toLowerCase() === text.toLowerCase())
  if (found !== undefined) return found as SignatureName
  throw usageError(
    `there is no signature scheme ${JSON.stringify(text)}`,
    `there are ${Object.keys(signatureSchemes).join(', ')}`,
  )
}

/** user@host, without what a name may not hold. */
function defaultName(): string {
  const name = `${userName()}@${hostname()}`.replace(/[\s\p{Cc}\p{Cf}\uFFFD]/gu, '-')
  return name.startsWith('#') ? name.slice(1) : name
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    return 'user'
  }
}
