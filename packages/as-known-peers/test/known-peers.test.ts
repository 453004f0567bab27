import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addKnownPeer, type KnownPeer, knownPeers } from '@twofold/as-known-peers'
import {
  type AuthQuestion,
  type AuthVerdict,
  type Credential,
  defaultSuite,
  signatureSchemes,
} from '@twofold/interface'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'twofold-peers-'))
  path = join(folder, 'known_peers')
})
afterEach(() => rmSync(folder, { recursive: true }))

const keyA = new Uint8Array(32).fill(1)
const keyB = new Uint8Array(32).fill(2)
const line = (name: string, key: Uint8Array): string => `${name} Ed25519 ${Buffer.from(key).toString('base64')}\n`
const basic = (name: string | Uint8Array): Credential => ({
  kind: 'basic',
  identity: typeof name === 'string' ? new TextEncoder().encode(name) : name,
})

function question(part: Partial<AuthQuestion> = {}): AuthQuestion {
  return {
    reason: 'key-package',
    role: 'responder',
    suite: defaultSuite,
    credential: basic('alice'),
    signatureScheme: signatureSchemes.Ed25519,
    signatureKey: keyA,
    ...part,
  }
}

function ask(part?: Partial<AuthQuestion>): Promise<AuthVerdict> {
  return knownPeers({ path }).validate(question(part), new AbortController().signal)
}

const rejection = (...texts: string[]): AuthVerdict => ({
  kind: 'reject',
  reason: expect.stringMatching(new RegExp(texts.join('.*'), 's')) as string,
})

describe('a verdict', () => {
  beforeEach(() => writeFileSync(path, `# ours\n${line('alice', keyA)}${line('bob', keyB)}${line('zoë', keyA)}`))

  test('accepts a pinned name with its key, and says by which line', async () => {
    expect(await ask()).toEqual({ kind: 'accept', identity: 'alice', evidence: `${path}, line 2` })
    expect(await ask({ credential: basic('zoë') })).toMatchObject({ kind: 'accept', identity: 'zoë' })
    expect(await ask({ expected: 'alice' })).toMatchObject({ kind: 'accept' })
  })

  test('accepts any of several pins of a name', async () => {
    writeFileSync(path, line('alice', keyB) + line('alice', keyA))
    expect(await ask()).toMatchObject({ kind: 'accept', evidence: `${path}, line 2` })
  })

  test("rejects a name with another key, and another peer's key, loudly", async () => {
    expect(await ask({ signatureKey: new Uint8Array(32).fill(9) })).toEqual(
      rejection('WARNING', 'line 2', 'Ed25519 SHA256:'),
    )
    expect(await ask({ signatureKey: keyB })).toEqual(rejection('WARNING'))
    expect(await ask({ signatureKey: keyA.subarray(0, 31) })).toEqual(rejection('WARNING'))
    expect(await ask({ signatureKey: new Uint8Array(0) })).toEqual(rejection('WARNING'))
  })

  test('rejects the right key under another scheme', async () => {
    expect(await ask({ signatureScheme: signatureSchemes.P256 })).toEqual(rejection('WARNING', 'P256 SHA256:'))
    expect(await ask({ signatureScheme: 0xffff })).toEqual(rejection('WARNING', 'unknown SHA256:'))
  })

  test('rejects an unknown name and says what to do', async () => {
    expect(await ask({ credential: basic('carol') })).toEqual(rejection('"carol" is not in', 'fingerprint', 'add'))
    expect(await ask({ credential: basic('Alice') })).toEqual(rejection('not in'))
    expect(await ask({ credential: basic('alice\0') })).toEqual(rejection('not in'))
    expect(await ask({ credential: basic('') })).toEqual(rejection('no basic credential with a name'))
  })

  test('a name that only looks the same is another one', async () => {
    expect(await ask({ credential: basic('zoe\u0308') })).toEqual(rejection('not in'))
    expect(await ask({ credential: basic('\ufeffalice') })).toEqual(rejection('not in'))
  })

  test('rejects bytes that are no UTF-8, though they decode to a known name', async () => {
    writeFileSync(path, line('a\u0301', keyA))
    expect(await ask({ credential: basic(new Uint8Array([0x61, 0xff])) })).toEqual(rejection('no basic credential'))
    expect(await ask({ credential: basic(new Uint8Array([0xc1, 0xa1])) })).toEqual(rejection('no basic credential'))
  })

  test('rejects everybody but whom the application dialed, pinned or not', async () => {
    expect(await ask({ expected: 'bob' })).toEqual(rejection('"bob" was dialed, but "alice" answered'))
    expect(await ask({ expected: '' })).toEqual(rejection('was dialed'))
    expect(await ask({ expected: 'ALICE' })).toEqual(rejection('was dialed'))
  })

  test('rejects a pinned peer that turns into another pinned peer', async () => {
    const previous = { credential: basic('bob'), signatureKey: keyB }
    expect(await ask({ reason: 'update', previous })).toEqual(rejection('changed its name'))
    const x509 = { credential: { kind: 'x509', certificates: [] } as const, signatureKey: keyA }
    expect(await ask({ reason: 'update', previous: x509 })).toEqual(rejection('changed its name'))
    const same = { credential: basic('alice'), signatureKey: keyB }
    expect(await ask({ reason: 'update', previous: same })).toMatchObject({ kind: 'accept' })
  })

  test('rejects other credentials', async () => {
    expect(await ask({ credential: { kind: 'x509', certificates: [keyA] } })).toEqual(rejection('basic credential'))
    const unknown: Credential = { kind: 'unknown', type: 9, data: new TextEncoder().encode('alice') }
    expect(await ask({ credential: unknown })).toEqual(rejection('basic credential'))
  })

  test('tells of a line that it did not understand', async () => {
    writeFileSync(path, `alice Ed25519 AAAA\n`)
    expect(await ask()).toEqual(rejection('line 1', '32 bytes'))
  })

  test('shows a hostile name without its control characters, and short', async () => {
    const verdict = await ask({ credential: basic(`\u001b[2J\u202e${'x'.repeat(10_000)}`) })
    expect(verdict.kind === 'reject' && verdict.reason.length).toBeLessThan(500)
    expect(verdict.kind === 'reject' && /[\p{Cc}\p{Cf}]/u.test(verdict.reason)).toBe(false)
  })
})

describe('the file', () => {
  test('when it is missing everybody is rejected and told how to make it', async () => {
    expect(await ask()).toEqual(rejection('there is no file', 'name scheme base64-key'))
  })

  test('that cannot be read is unavailable, and never an acceptance', async () => {
    mkdirSync(path)
    expect(await ask()).toEqual({ kind: 'unavailable', reason: expect.stringContaining('EISDIR') })
  })

  test('that is absurdly long is unavailable', async () => {
    writeFileSync(path, Buffer.alloc(16 * 1024 * 1024 + 1, '#'))
    expect(await ask()).toMatchObject({ kind: 'unavailable' })
  })

  test('is read again when it changed, vanished and came back', async () => {
    const service = knownPeers({ path })
    const kind = async (): Promise<string> => (await service.validate(question(), new AbortController().signal)).kind
    expect(await kind()).toBe('reject')
    writeFileSync(path, line('alice', keyA))
    expect(await kind()).toBe('accept')
    writeFileSync(path, line('alice', keyB))
    expect(await kind()).toBe('reject')
    await addKnownPeer(path, { name: 'carol', scheme: 'Ed25519', key: keyA })
    expect(await kind()).toBe('reject')
    writeFileSync(path, line('alice', keyA))
    expect(await kind()).toBe('accept')
    rmSync(path)
    expect(await kind()).toBe('reject')
  })

  test('is read again even when time and length were set back', async () => {
    const service = knownPeers({ path })
    writeFileSync(path, line('alice', keyA))
    const then = new Date(1_700_000_000_000)
    utimesSync(path, then, then)
    expect((await service.validate(question(), new AbortController().signal)).kind).toBe('accept')
    await new Promise((resolve) => setTimeout(resolve, 20))
    writeFileSync(path, line('alice', keyB))
    utimesSync(path, then, then)
    expect((await service.validate(question(), new AbortController().signal)).kind).toBe('reject')
  })

  test('an abort rejects with its reason', async () => {
    const reason = new Error('enough')
    await expect(knownPeers({ path }).validate(question(), AbortSignal.abort(reason))).rejects.toBe(reason)
  })

  test('options are checked', () => {
    expect(() => knownPeers({ path: '' })).toThrow(expect.objectContaining({ code: 'USAGE_INVALID_ARGUMENT' }))
    const misspelt = { path, pth: 'x' }
    expect(() => knownPeers(misspelt)).toThrow(expect.objectContaining({ code: 'USAGE_UNKNOWN_OPTION' }))
  })
})

describe('addKnownPeer', () => {
  const alice: KnownPeer = { name: 'alice', scheme: 'Ed25519', key: keyA, comment: 'first' }

  test('makes the file for its owner alone', async () => {
    await addKnownPeer(path, alice)
    expect(readFileSync(path, 'utf8')).toBe(`${line('alice', keyA).trim()} first\n`)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(await ask()).toMatchObject({ kind: 'accept' })
  })

  test('keeps everything else byte for byte, and tightens the permissions', async () => {
    const before = Buffer.concat([
      Buffer.from('# ours\r\nnonsense\n\n'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from(' no end of line'),
    ])
    writeFileSync(path, before)
    chmodSync(path, 0o644)
    await addKnownPeer(path, alice)
    const after = readFileSync(path)
    expect(Buffer.compare(after.subarray(0, before.length), before)).toBe(0)
    expect(after.subarray(before.length).toString()).toBe(`\n${line('alice', keyA).trim()} first\n`)
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  test('changes nothing when the key is pinned already, and refuses to pin another one', async () => {
    await addKnownPeer(path, alice)
    const before = readFileSync(path, 'utf8')
    await addKnownPeer(path, { ...alice, comment: 'second' })
    const overwriting = addKnownPeer(path, { ...alice, key: keyB })
    await expect(overwriting).rejects.toMatchObject({ code: 'USAGE_INVALID_ARGUMENT' })
    expect(readFileSync(path, 'utf8')).toBe(before)
    expect(readdirSync(folder)).toEqual(['known_peers'])
  })

  test('adds a key of another scheme', async () => {
    await addKnownPeer(path, alice)
    await addKnownPeer(path, { name: 'alice', scheme: 'P256', key: new Uint8Array(65).fill(4) })
    expect(
      await ask({ signatureScheme: signatureSchemes.P256, signatureKey: new Uint8Array(65).fill(4) }),
    ).toMatchObject({
      kind: 'accept',
    })
  })

  test('twenty at once all arrive', async () => {
    const names = Array.from({ length: 20 }, (_, n) => `peer-${n}`)
    await Promise.all(names.map((name) => addKnownPeer(path, { name, scheme: 'Ed25519', key: keyA })))
    const found = readFileSync(path, 'utf8').trim().split('\n')
    expect(found.map((entry) => entry.split(' ')[0]).sort()).toEqual(names.sort())
  })

  test('writes through a symbolic link', async () => {
    const target = join(folder, 'elsewhere')
    writeFileSync(target, '# ours\n')
    symlinkSync(target, path)
    await addKnownPeer(path, alice)
    expect(readFileSync(target, 'utf8')).toContain('alice')
  })

  test('a draft that a crash left is named, and the file stays as it is', async () => {
    writeFileSync(`${path}.new`, 'half')
    const adding = addKnownPeer(path, alice)
    await expect(adding).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringContaining(`${path}.new`),
    })
    expect(readdirSync(folder)).toEqual(['known_peers.new'])
  })

  test('a folder that is not there is STORE_FAILED with its cause', async () => {
    const adding = addKnownPeer(join(folder, 'nowhere', 'known_peers'), alice)
    await expect(adding).rejects.toMatchObject({ code: 'STORE_FAILED', cause: { code: 'ENOENT' } })
  })
})
