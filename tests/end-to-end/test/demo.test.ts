import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { endAll, type Finished, finished } from '../src/index.ts'

afterEach(endAll)

interface Secret {
  readonly epoch: string
  readonly first8: string
  readonly sha256: string
}

interface Both<T> {
  readonly alice: T
  readonly bob: T
}

interface Met {
  readonly peer: string
  readonly suite: { readonly id: number; readonly postQuantum: string }
  readonly session: string
  readonly resumed: boolean
  readonly epoch: string
  readonly sentBytes: number
  readonly receivedBytes: number
  readonly ms: number
}

interface OneWay {
  readonly bytes: number
  readonly sentSha256: string
  readonly receivedSha256: string
}

interface Update {
  readonly by: string
  readonly from: string
  readonly to: string
  readonly confirmed: readonly string[]
  readonly secret: Both<Secret>
}

/** What `--json` promises. */
interface Report {
  readonly ok: boolean
  readonly seconds: number
  readonly backend: string
  readonly handshake: Both<Met> & { readonly clientHelloBytes: number; readonly serverHelloBytes: number }
  readonly transfer: {
    readonly file: { readonly bytes: number; readonly sha256: string }
    readonly aliceToBob: OneWay
    readonly bobToAlice: OneWay
  }
  readonly updates: readonly Update[]
  readonly crash: {
    readonly killedPid: number
    readonly restartedPid: number
    readonly signal: string
    readonly endedWith: string
    readonly epochBefore: string
    readonly receivedBeforeBytes: number
    readonly wentOnFromBytes: number
    readonly totalBytes: number
    readonly recordBytesAfter: number
    readonly resumption: Both<Met> & { readonly requestBytes: number; readonly responseBytes: number }
    readonly receivedSha256: string
    readonly secret: Both<Secret>
  }
  readonly eavesdropper: {
    readonly totalBytes: number
    readonly frames: number
    readonly byType: readonly { readonly type: string; readonly frames: number; readonly bytes: number }[]
    readonly piecesSought: number
    readonly piecesFound: number
    readonly sawInitiatorName: boolean
    readonly sawResponderName: boolean
  }
  readonly impostor: { readonly bob: { readonly code: string }; readonly impostor: { readonly code: string } }
  readonly checks: readonly { readonly what: string; readonly ok: boolean }[]
}

describe('npm start -s -- --json', () => {
  let run: Finished
  let report: Report

  beforeAll(async () => {
    run = await finished('demo', ['--json'])
    report = JSON.parse(run.stdout) as Report
  })

  test('ends well, with one JSON object on stdout and the timeline on stderr', () => {
    expect(run.exit).toBe(0)
    expect(report.ok).toBe(true)
    expect(report.checks.filter(({ ok }) => !ok)).toEqual([])
    expect(report.checks.length).toBeGreaterThan(25)
    expect(run.stderr).toContain('First handshake')
    expect(run.stderr).not.toContain('ExperimentalWarning')
  })

  test('a first handshake with the default suite', () => {
    const { alice, bob, clientHelloBytes, serverHelloBytes } = report.handshake
    expect([alice.peer, bob.peer]).toEqual(['bob@demo', 'alice@demo'])
    expect(alice.suite).toMatchObject({ id: 0xf002, postQuantum: 'hybrid' })
    expect(bob.suite).toEqual(alice.suite)
    expect([alice.resumed, bob.resumed]).toEqual([false, false])
    expect(alice.session).toMatch(/^[0-9a-f]{64}$/)
    expect(bob.session).toBe(alice.session)
    // A KeyPackage holds two public keys of ML-KEM-768 (1184 bytes), a Welcome one of them and two encapsulated ones.
    expect(clientHelloBytes).toBeGreaterThan(2 * 1184)
    expect(serverHelloBytes).toBeGreaterThan(1184 + 2 * 1088)
    expect(alice.receivedBytes).toBeGreaterThanOrEqual(serverHelloBytes)
    expect(bob.receivedBytes).toBeGreaterThanOrEqual(clientHelloBytes)
    expect(Math.min(alice.ms, bob.ms)).toBeGreaterThan(0)
  })

  test('a real file both ways', () => {
    const { file, aliceToBob, bobToAlice } = report.transfer
    expect(file.bytes).toBeGreaterThan(100_000)
    for (const way of [aliceToBob, bobToAlice]) {
      expect(way).toMatchObject({ bytes: file.bytes, sentSha256: file.sha256, receivedSha256: file.sha256 })
    }
  })

  test('updates by each side and by both at once', () => {
    expect(report.updates.map(({ by }) => by)).toEqual(['alice', 'bob', 'both'])
    let epoch = BigInt(report.handshake.alice.epoch)
    const secrets = new Set<string>()
    for (const { from, to, confirmed, secret } of report.updates) {
      expect(BigInt(from)).toBe(epoch)
      expect(BigInt(to)).toBeGreaterThanOrEqual(epoch + BigInt(confirmed.length))
      expect(secret.alice).toEqual(secret.bob)
      expect(secret.alice).toMatchObject({ epoch: to, first8: expect.stringMatching(/^[0-9a-f]{16}$/) })
      secrets.add(secret.alice.sha256)
      epoch = BigInt(to)
    }
    expect(secrets.size).toBe(3)
    expect(report.updates[2]?.confirmed).toHaveLength(2)
  })

  test('a kill in the middle, and on from where the receiver stood', () => {
    const { crash, transfer, updates, handshake } = report
    expect(crash.signal).toBe('SIGKILL')
    expect(crash.restartedPid).not.toBe(crash.killedPid)
    expect(crash.endedWith).toMatch(/^TRANSPORT_/)
    expect(crash.receivedBeforeBytes).toBeGreaterThan(0)
    expect(crash.receivedBeforeBytes).toBeLessThan(crash.totalBytes)
    expect(crash.wentOnFromBytes).toBe(crash.receivedBeforeBytes)
    expect(crash.recordBytesAfter).toBeGreaterThan(crash.totalBytes - crash.wentOnFromBytes)
    expect(crash.recordBytesAfter).toBeLessThan(crash.totalBytes)
    expect(crash.epochBefore).toBe(updates[2]?.to)
    for (const met of [crash.resumption.alice, crash.resumption.bob]) {
      expect(met).toMatchObject({ resumed: true, session: handshake.alice.session })
      expect(BigInt(met.epoch)).toBeGreaterThan(BigInt(crash.epochBefore))
    }
    expect(crash.resumption.requestBytes).toBeGreaterThan(1184)
    expect(crash.resumption.responseBytes).toBeGreaterThan(1184)
    expect(crash.receivedSha256).toBe(transfer.file.sha256)
    expect(crash.secret.alice).toEqual(crash.secret.bob)
  })

  test('what an eavesdropper sees, and an impostor', () => {
    const { eavesdropper, transfer, impostor } = report
    expect(eavesdropper.totalBytes).toBeGreaterThan(3 * transfer.file.bytes)
    const inFrames = eavesdropper.byType.reduce((sum, { frames, bytes }) => sum + 3 * frames + bytes, 0)
    expect(inFrames).toBe(eavesdropper.totalBytes)
    const types = new Set(eavesdropper.byType.map(({ type }) => type))
    expect([...types].sort()).toEqual([
      'client_hello',
      'record',
      'resumption_request',
      'resumption_response',
      'server_hello',
    ])
    expect(eavesdropper).toMatchObject({ piecesFound: 0, sawInitiatorName: true, sawResponderName: false })
    expect(eavesdropper.piecesSought).toBeGreaterThan(0)
    expect(impostor).toMatchObject({ bob: { code: 'AUTH_REJECTED' }, impostor: { code: 'PEER_REJECTED' } })
  })
})

test('npm start tells the story on stdout', async () => {
  const run = await finished('demo', [])
  expect(run).toMatchObject({ exit: 0, stderr: '' })
  expect(run.stdout).toMatch(/Every step did what it says: (\d+) of \1 checks/)
  expect(run.stdout).not.toContain('✗')
})

test('--help, and wrong usage', async () => {
  expect(await finished('demo', ['--help'])).toMatchObject({
    exit: 0,
    stderr: '',
    stdout: expect.stringMatching(/^Usage/),
  })
  expect(await finished('demo', ['--jsno'])).toMatchObject({
    exit: 2,
    stdout: '',
    stderr: expect.stringContaining('--help'),
  })
})
