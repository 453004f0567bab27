import { expect, test } from 'vitest'
import { createPeer, type Peer } from '../src/peer.ts'
import { connect, deliver, expectAgreed, type Fields, makePair, names, ok, outOf, status, toHexText } from './pair.ts'

const settings: Fields[] = ['bare', 'framed'].flatMap((profile) =>
  ['0xF001', 0xf002, 1].map((suite) => ({ profile, suite, backend: 'node' })),
)

test.each(settings)('handshake and updates each way: $profile $suite', async (given) => {
  for (const commits of ['private', 'public']) {
    const pair = await makePair({ ...given, commits })
    await connect(pair)
    await expectAgreed(pair, '1')
    await deliver(pair, pair.initiator, outOf(await ok(pair.initiator, { op: 'update' })))
    await expectAgreed(pair, '2')
    await deliver(pair, pair.responder, outOf(await ok(pair.responder, { op: 'update' })))
    await expectAgreed(pair, '3')
  }
})

test.each(settings)('crossing updates, resumption after a cut and a restart: $profile $suite', async (given) => {
  const pair = await makePair(given)
  await connect(pair)
  const [ours, theirs] = [await ok(pair.initiator, { op: 'update' }), await ok(pair.responder, { op: 'update' })]
  expect(await status(pair.responder)).toMatchObject({ pending: true })
  expect((await deliver(pair, pair.responder, outOf(theirs))).flatMap(outOf)).toEqual([])
  await deliver(pair, pair.initiator, outOf(ours))
  await expectAgreed(pair, '2')

  let epoch = 2
  for (const interruption of ['disconnect', 'restart']) {
    for (const asks of [pair.initiator, pair.responder]) {
      await ok(pair.initiator, { op: interruption })
      await ok(pair.responder, { op: interruption })
      expect(await status(asks)).toMatchObject({ epoch: `${epoch}`, phase: 'resuming' })
      await deliver(pair, asks, outOf(await ok(asks, { op: 'resume' })))
      epoch += 2
      await expectAgreed(pair, `${epoch}`)
    }
  }
})

test.each(['bare', 'framed'])('resumption is asked by both at once: %s', async (profile) => {
  const pair = await makePair({ profile, backend: 'node' })
  await connect(pair)
  await ok(pair.initiator, { op: 'disconnect' })
  await ok(pair.responder, { op: 'disconnect' })
  const [ours, theirs] = [await ok(pair.initiator, { op: 'resume' }), await ok(pair.responder, { op: 'resume' })]
  await deliver(pair, pair.responder, outOf(theirs))
  await deliver(pair, pair.initiator, outOf(ours))
  await expectAgreed(pair, '3')
})

test.each([
  'bare',
  'framed',
])('a request opens a new link where the old one still counts as live: %s', async (profile) => {
  const pair = await makePair({ profile, backend: 'node' })
  await connect(pair)
  await ok(pair.responder, { op: 'disconnect' })
  expect(await status(pair.initiator)).toMatchObject({ phase: 'established' })
  await deliver(pair, pair.responder, outOf(await ok(pair.responder, { op: 'resume' })))
  await expectAgreed(pair, '3')
})

test.each([
  'bare',
  'framed',
])('a lost update is repeated byte for byte as a request, after a restart too: %s', async (profile) => {
  const pair = await makePair({ profile, backend: 'node', commits: 'public', time: Date.now() })
  await connect(pair)
  const lost = await ok(pair.initiator, { op: 'update' })
  await ok(pair.initiator, { op: 'restart' })
  expect(await status(pair.initiator)).toMatchObject({ epoch: '1', pending: true, phase: 'resuming' })
  const asked = await ok(pair.initiator, { op: 'resume' })
  if (profile === 'bare') expect(outOf(asked)[0]?.body).toBe(outOf(lost)[0]?.body)
  const again = await ok(pair.initiator, { op: 'resume' })
  expect(outOf(again)).toEqual(outOf(asked))
  await ok(pair.responder, { op: 'disconnect' })
  await deliver(pair, pair.initiator, outOf(again))
  await expectAgreed(pair, '3')
})

test('bare: a Welcome, an update and its EpochKeyUpdate are the bare structs of the draft', async () => {
  const pair = await makePair({ profile: 'bare', commits: 'public', backend: 'node' })
  await connect(pair)
  await deliver(pair, pair.initiator, outOf(await ok(pair.initiator, { op: 'update' })))
  expect(pair.transcript.map(({ type }) => type)).toEqual([
    'client_hello',
    'server_hello',
    'connection_update',
    'epoch_key_update',
  ])
  // MLSMessage: version mls10, then the wire format; the EpochKeyUpdate is the new epoch alone.
  const starts = pair.transcript.map(({ body }) => body.slice(0, 8))
  expect(starts).toEqual(['00010005', '00010003', '00010001', '00000000'])
  expect(pair.transcript[3]?.body).toBe('0000000000000002')
})

test('framed: updates and EpochKeyUpdates travel in sealed records, all else in frames', async () => {
  const pair = await makePair({ profile: 'framed', commits: 'public', backend: 'node' })
  await connect(pair)
  const update = await ok(pair.initiator, { op: 'update' })
  expect(outOf(update).map(({ type }) => type)).toEqual(['record'])
  const frame = outOf(update)[0]?.body ?? ''
  // Version, type record, epoch 1; after the header no public commit is to be seen.
  expect(frame.slice(0, 6)).toBe('010801')
  expect(frame).not.toContain('00010001')
  await deliver(pair, pair.initiator, outOf(update))
  expect(pair.transcript.slice(0, 2).map(({ body }) => body.slice(0, 4))).toEqual(['0101', '0102'])
  expect(new Set(pair.transcript.slice(2).map(({ type }) => type))).toEqual(new Set(['record']))
})

test('the connected and epoch events name the peer and the epoch', async () => {
  const pair = await makePair({ profile: 'framed', backend: 'node' })
  const answers = await deliver(pair, pair.initiator, outOf(await ok(pair.initiator, { op: 'hello' })))
  const joined = answers.find((answer) => names(answer).includes('connected'))
  expect(joined).toMatchObject({
    epoch: '1',
    phase: 'established',
    events: [
      { name: 'connected', epoch: '1', identity: toHexText('bob') },
      { name: 'epoch', epoch: '1' },
    ],
  })
})

test('a seed gives the same bytes in two runs, and different ones to two peers and to two seeds', async () => {
  const run = async (seed: string, profile: string) => {
    const pair = await makePair({ seed, profile, backend: 'noble', suite: 0xf001 })
    await connect(pair)
    await deliver(pair, pair.responder, outOf(await ok(pair.responder, { op: 'update' })))
    await ok(pair.initiator, { op: 'restart' })
    await ok(pair.responder, { op: 'restart' })
    await deliver(pair, pair.initiator, outOf(await ok(pair.initiator, { op: 'resume' })))
    await expectAgreed(pair, '4')
    return pair.transcript
  }
  for (const profile of ['bare', 'framed']) {
    const first = await run('00ff', profile)
    expect(await run('00ff', profile)).toEqual(first)
    expect((await run('00fe', profile))[0]).not.toEqual(first[0])
  }
})

test('a seed goes with node where OpenSSL draws nothing itself, and is refused elsewhere', async () => {
  const given = { op: 'new', role: 'initiator', identity: '61', backend: 'node', seed: '01' }
  expect(await createPeer().handle({ ...given, suite: 0xf002 })).toMatchObject({
    ok: false,
    code: 'USAGE_SEED_UNSUPPORTED',
  })
  const hello = async () => {
    const peer = createPeer()
    await ok(peer, { ...given, suite: 1 })
    return outOf(await ok(peer, { op: 'hello' }))
  }
  expect(await hello()).toEqual(await hello())
})

test.each([
  ['noble', 'node'],
  ['webcrypto', 'node'],
  ['noble', 'webcrypto'],
])('%s and %s understand each other', async (first, second) => {
  const pair = await makePair({ backend: first, profile: 'framed' }, { backend: second })
  await connect(pair)
  await expectAgreed(pair, '1')
})

test('after a restart exports wait for the resumption', async () => {
  const pair = await makePair({ backend: 'node' })
  await connect(pair)
  const before = await status(pair.initiator)
  await ok(pair.initiator, { op: 'restart' })
  expect(await status(pair.initiator)).toEqual({ ...before, phase: 'resuming' })
  const exporter = { op: 'export', label: 'x', context: '', length: 16 }
  expect(await pair.initiator.handle(exporter)).toMatchObject({ ok: false, code: 'USAGE_EXPORT_UNAVAILABLE' })
})

async function refused(peer: Peer, request: unknown, code: string): Promise<void> {
  const before = await status(peer)
  expect(await peer.handle(request), JSON.stringify(request).slice(0, 100)).toMatchObject({ ok: false, code })
  expect(await status(peer)).toEqual(before)
}

test.each(['bare', 'framed'])('an error leaves the state as it was: %s', async (profile) => {
  const pair = await makePair({ profile, backend: 'node', commits: 'public' })
  const { initiator, responder } = pair
  await refused(responder, { op: 'hello' }, 'USAGE_NOT_NOW')
  await refused(initiator, { op: 'update' }, 'USAGE_NO_SESSION')
  await refused(initiator, { op: 'export', label: 'x', context: '', length: 1 }, 'USAGE_EXPORT_UNAVAILABLE')
  const hello = outOf(await ok(initiator, { op: 'hello' }))[0]!
  await refused(initiator, { op: 'hello' }, 'USAGE_NOT_NOW')
  const bent = `${hello.body.slice(0, -2)}${hello.body.endsWith('00') ? '01' : '00'}`
  await refused(responder, { op: 'receive', ...hello, body: bent }, 'CRYPTO_FAILED')
  await deliver(pair, initiator, [hello])
  await expectAgreed(pair, '1')

  await refused(initiator, { op: 'nope' }, 'USAGE_INVALID_ARGUMENT')
  await refused(initiator, { op: 'update', whatever: 1 }, 'USAGE_UNKNOWN_OPTION')
  await refused(initiator, { op: 'new', role: 'initiator', identity: '61' }, 'USAGE_NOT_NOW')
  await refused(initiator, [], 'USAGE_INVALID_ARGUMENT')
  await refused(initiator, { op: 'receive', type: 'client_hello', body: '0' }, 'USAGE_INVALID_ARGUMENT')
  await refused(
    initiator,
    { op: 'receive', type: 'toString', body: '' },
    profile === 'bare' ? 'USAGE_INVALID_ARGUMENT' : 'DECODE_TRUNCATED',
  )
  await refused(initiator, { op: 'export', label: 'x', context: '', length: 0 }, 'USAGE_INVALID_ARGUMENT')

  // A spoilt update, and then the true one: the failure has cost nothing.
  const update = outOf(await ok(responder, { op: 'update' }))[0]!
  const spoilt = `${update.body.slice(0, -2)}${update.body.endsWith('00') ? '01' : '00'}`
  await refused(initiator, { op: 'receive', ...update, body: spoilt }, 'CRYPTO_FAILED')
  await deliver(pair, responder, [update])
  await expectAgreed(pair, '2')
})

test('framed: the type of a frame is the one that the request says, and reserved labels are not exported', async () => {
  const pair = await makePair({ profile: 'framed', backend: 'node' })
  const hello = outOf(await ok(pair.initiator, { op: 'hello' }))[0]!
  await refused(pair.responder, { op: 'receive', type: 'server_hello', body: hello.body }, 'USAGE_INVALID_ARGUMENT')
  await deliver(pair, pair.initiator, [hello])
  const reserved = { op: 'export', label: 'MLS-TLS c ap traffic', context: '', length: 48 }
  await refused(pair.initiator, reserved, 'USAGE_RESERVED_LABEL')
  const replayed = pair.transcript.find(({ type }) => type === 'record')
  await refused(pair.responder, { op: 'receive', ...replayed }, 'PEER_BAD_RECORD')
})

test('a replayed request does not disturb a live link', async () => {
  for (const profile of ['bare', 'framed']) {
    const pair = await makePair({ profile, backend: 'node' })
    await connect(pair)
    await ok(pair.initiator, { op: 'disconnect' })
    const request = outOf(await ok(pair.initiator, { op: 'resume' }))
    await deliver(pair, pair.initiator, request)
    await deliver(pair, pair.initiator, outOf(await ok(pair.initiator, { op: 'update' })))
    await refused(pair.responder, { op: 'receive', ...request[0] }, 'PEER_STALE')
    await expectAgreed(pair, '4')
    await deliver(pair, pair.responder, outOf(await ok(pair.responder, { op: 'update' })))
    await expectAgreed(pair, '5')
  }
})

test('new refuses what it does not know', async () => {
  const given = { op: 'new', role: 'initiator', identity: '61' }
  const code = async (more: Fields) => ((await createPeer().handle({ ...given, ...more })) as Fields).code
  expect(await code({ suite: 0x1234 })).toBe('USAGE_SUITE_UNSUPPORTED')
  expect(await code({ backend: 'openssl' })).toBe('USAGE_INVALID_ARGUMENT')
  expect(await code({ role: 'both' })).toBe('USAGE_INVALID_ARGUMENT')
  expect(await code({ seed: '' })).toBe('USAGE_INVALID_ARGUMENT')
  expect(await code({ seeds: '00' })).toBe('USAGE_UNKNOWN_OPTION')
  expect(await code({ suite: 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519' })).toBeUndefined()
  expect(((await createPeer().handle({ op: 'status' })) as Fields).code).toBe('USAGE_NOT_NOW')
})

test('the id is echoed, and the peer says whom it accepts', async () => {
  const said: string[] = []
  const peer = createPeer({ warn: (text) => said.push(text) })
  expect(await peer.handle({ id: 'a', op: 'new', role: 'initiator', identity: '61' })).toEqual({ id: 'a', ok: true })
  expect(await peer.handle({ id: 7, op: 'nope' })).toMatchObject({ id: 7, ok: false })
  expect(said.join()).toContain('accepts everyone')
})
