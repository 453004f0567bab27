import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { type Event, endAll, finished, freshFolder, type Running } from '../src/index.ts'
import { friends, impostorOf, listener, person } from '../src/people.ts'

afterEach(endAll)

function event(run: Running, name: string): Event {
  const found = run.events().find((one) => one.event === name)
  if (found === undefined) throw new Error(`no event ${name} in ${run.stderr()}`)
  return found
}

test('moves bytes both ways, and both sides end when both directions have', async () => {
  const { alice, bob } = await friends()
  const [there, back] = [randomBytes(3_000_000), randomBytes(300_001)]
  const { listen, target } = await listener(bob, [], { input: back })
  const connect = alice.run(['connect', ...target], { input: there })
  expect(await Promise.all([connect.exit, listen.exit])).toEqual([0, 0])
  expect(listen.stdout().equals(there)).toBe(true)
  expect(connect.stdout().equals(back)).toBe(true)
  expect(connect.stderr()).toContain('0xF002')
  expect(connect.stderr()).toContain('post-quantum (hybrid)')
  expect(connect.stderr()).toMatch(/bob at .*new session/)
})

test('the end of stdin closes one direction only', async () => {
  const { alice, bob } = await friends()
  const { listen, target } = await listener(bob)
  const connect = alice.run(['connect', ...target], { input: 'question' })
  await listen.hasWritten('question'.length)
  listen.stdin.write('an answer, ')
  await connect.hasWritten('an answer, '.length)
  listen.stdin.end('in two parts')
  expect(await Promise.all([connect.exit, listen.exit])).toEqual([0, 0])
  expect(connect.stdout().toString()).toBe('an answer, in two parts')
})

test('with --json stderr is JSON lines and stdout the data alone', async () => {
  const { alice, bob } = await friends()
  const { listen, target } = await listener(bob, ['--json'], { input: 'back' })
  const connect = alice.run(['--json', 'connect', ...target], { input: 'there' })
  expect(await Promise.all([connect.exit, listen.exit])).toEqual([0, 0])
  expect([connect.stdout().toString(), listen.stdout().toString()]).toEqual(['back', 'there'])
  expect(connect.events().map((one) => one.event)).toEqual(['connected', 'end'])
  expect(event(connect, 'connected')).toMatchObject({ peer: 'bob', role: 'initiator', resumed: false, epoch: '1' })
  expect(event(listen, 'connected')).toMatchObject({ peer: 'alice', role: 'responder', suite: { id: 0xf002 } })
  expect(event(listen, 'end')).toEqual({ event: 'end', sentBytes: 4, receivedBytes: 5, complete: true })
})

test('--quiet leaves errors only', async () => {
  const { alice, bob } = await friends()
  const { listen, target } = await listener(bob, [], { input: '' })
  const connect = alice.run(['connect', ...target, '--quiet'], { input: '' })
  expect(await Promise.all([connect.exit, listen.exit])).toEqual([0, 0])
  expect(connect.stderr()).toBe('')
  expect((await finished('twofold', ['connect', ...target, '-q'], { env: alice.env })).stderr).not.toBe('')
})

test('--resume goes on with the session in a new epoch; --peer alone does too; --new does not', async () => {
  const { alice, bob } = await friends()
  async function meet(...args: string[]): Promise<readonly [Event, Event]> {
    const { listen, target } = await listener(bob, ['--json'], { input: 'back' })
    const connect = alice.run(['connect', '--json', ...args, ...target], { input: 'there' })
    expect(await Promise.all([connect.exit, listen.exit])).toEqual([0, 0])
    expect([connect.stdout().toString(), listen.stdout().toString()]).toEqual(['back', 'there'])
    return [event(connect, 'connected'), event(listen, 'connected')]
  }
  const [first] = await meet()
  const session = String(first.session)
  let epoch = BigInt(String(first.epoch))
  for (const args of [['--resume'], ['--resume', session], ['--resume', session.slice(0, 16)], ['--peer', 'bob']]) {
    const [here, there] = await meet(...args)
    expect(here).toMatchObject({ resumed: true, session, peer: 'bob' })
    expect(there).toMatchObject({ resumed: true, session, peer: 'alice', epoch: here.epoch })
    expect(BigInt(String(here.epoch))).toBeGreaterThan(epoch)
    epoch = BigInt(String(here.epoch))
  }
  const [renewed] = await meet('--peer', 'bob', '--new')
  expect(renewed).toMatchObject({ resumed: false, epoch: '1' })
  expect(renewed.session).not.toBe(session)
})

test('--resume without a session, and with one that the peer does not hold', async () => {
  const { alice, bob } = await friends()
  const nothing = await finished('twofold', ['connect', '--resume'], { env: alice.env })
  expect(nothing).toMatchObject({ exit: 2, stderr: expect.stringContaining('no stored session') })

  const { listen, target } = await listener(bob, [], { input: '' })
  expect(await alice.run(['connect', ...target], { input: '' }).exit).toBe(0)
  expect(await listen.exit).toBe(0)
  const other = ['--store', join(await freshFolder(), 'empty.db')]
  const forgetful = await listener(bob, other, { input: '' })
  const refused = await finished('twofold', ['connect', '--resume', ...forgetful.target], { env: alice.env })
  expect(refused).toMatchObject({ exit: 6, stderr: expect.stringContaining('--new') })
  // Not told to resume at any price, it makes a new session.
  expect(await alice.run(['connect', '--peer', 'bob', ...forgetful.target], { input: '' }).exit).toBe(0)
  expect(await forgetful.listen.exit).toBe(0)
})

test('a peer with another key under a known name is refused on both sides', async () => {
  const { alice, bob } = await friends()
  const impostor = await impostorOf('alice')
  await impostor.knows(bob.line)
  const { listen, target } = await listener(bob, [], { input: 'a secret' })
  const connect = impostor.run(['connect', ...target], { input: 'hello' })
  expect(await Promise.all([connect.exit, listen.exit])).toEqual([3, 3])
  expect([connect.stdout().length, listen.stdout().length]).toEqual([0, 0])
  expect(listen.stderr()).toContain('another key')
  // Nobody should paste an impostor's key.
  expect(listen.stderr()).not.toContain(impostor.line)
  expect(alice.line).not.toBe(impostor.line)
})

test('an impostor that listens is refused on both sides', async () => {
  const { alice } = await friends()
  const impostor = await impostorOf('bob')
  await impostor.knows(alice.line)
  const { listen, target } = await listener(impostor, [], { input: 'hello' })
  const connect = alice.run(['connect', ...target], { input: 'a secret' })
  expect(await Promise.all([connect.exit, listen.exit])).toEqual([3, 3])
  expect([connect.stdout().length, listen.stdout().length]).toEqual([0, 0])
  expect(connect.stderr()).toContain('another key')
})

test('a known peer that is not the one expected is refused', async () => {
  const { alice, bob } = await friends()
  const carol = await person('carol')
  await alice.knows(carol.line)
  const { listen, target } = await listener(bob, [], { input: '' })
  const connect = alice.run(['connect', '--peer', 'carol', ...target], { input: 'for carol' })
  expect(await Promise.all([connect.exit, listen.exit])).toEqual([3, 3])
  expect(listen.stdout()).toHaveLength(0)
})

test('for an unknown peer the line to add is printed, and it is the right one', async () => {
  const [alice, bob] = await Promise.all([person('alice'), person('bob')])
  await alice.knows(bob.line)
  const first = await listener(bob, [], { input: '' })
  const refused = alice.run(['connect', ...first.target], { input: '' })
  expect(await Promise.all([refused.exit, first.listen.exit])).toEqual([3, 3])
  expect(refused.stderr()).toContain(alice.line)
  const [, line = ''] = /^ {2}(alice Ed25519 \S+)$/m.exec(first.listen.stderr()) ?? []
  expect(line).toBe(alice.line)
  await bob.knows(line)
  const second = await listener(bob, [], { input: '' })
  expect(await alice.run(['connect', ...second.target], { input: '' }).exit).toBe(0)
  expect(await second.listen.exit).toBe(0)
})

test('--keep serves one peer after the other, strangers notwithstanding, until interrupted', async () => {
  const { alice, bob } = await friends()
  const stranger = await person('stranger')
  await stranger.knows(bob.line)
  const { listen, target } = await listener(bob, ['--keep'], { input: '' })
  expect(await alice.run(['connect', ...target], { input: 'first, ' }).exit).toBe(0)
  expect(await stranger.run(['connect', ...target], { input: 'not this, ' }).exit).toBe(3)
  expect(await alice.run(['connect', '--peer', 'bob', ...target], { input: 'second' }).exit).toBe(0)
  await listen.hasWritten('first, second'.length)
  listen.kill('SIGINT')
  expect(await listen.exit).toBe(0)
  expect(listen.stdout().toString()).toBe('first, second')
})

test('another suite, and another backend on the other side', async () => {
  const { alice, bob } = await friends()
  const { listen, target } = await listener(bob, ['--suite', '0xf001,0xf002', '--backend', 'noble'], { input: 'b' })
  const connect = alice.run(['connect', '--suite', '0xF001', '--json', ...target], { input: 'a' })
  expect(await Promise.all([connect.exit, listen.exit])).toEqual([0, 0])
  expect(event(connect, 'connected')).toMatchObject({ suite: { id: 0xf001 } })
  expect([connect.stdout().toString(), listen.stdout().toString()]).toEqual(['b', 'a'])
})

test('a suite that is not post-quantum comes with a warning, even when quiet', async () => {
  const { alice, bob } = await friends()
  const { listen, target } = await listener(bob, ['--suite', '1'], { input: '' })
  const connect = alice.run(['connect', '-q', '--suite', '1', ...target], { input: '' })
  expect(await Promise.all([connect.exit, listen.exit])).toEqual([0, 0])
  expect(connect.stderr()).toContain('not post-quantum')
})

test('without a common suite both say so', async () => {
  const { alice, bob } = await friends()
  const { listen, target } = await listener(bob, ['--keep'])
  const connect = await finished('twofold', ['connect', '--suite', '1', ...target], { env: alice.env })
  expect(connect).toMatchObject({ exit: 6, stdout: '', stderr: expect.stringContaining('--suite') })
  await listen.says(/an attempt from .* failed/)
})

test('over a Unix socket', async () => {
  const { alice, bob } = await friends()
  const path = join(await freshFolder(), 'socket')
  const listen = bob.run(['listen', '--path', path], { input: 'back' })
  await listen.says(/listening/)
  const connect = alice.run(['connect', '--path', path], { input: 'there' })
  expect(await Promise.all([connect.exit, listen.exit])).toEqual([0, 0])
  expect([connect.stdout().toString(), listen.stdout().toString()]).toEqual(['back', 'there'])
})

test('a transfer that was cut short is an error, and can be gone on with', async () => {
  const { alice, bob } = await friends()
  const { listen, target } = await listener(bob, [], { input: '' })
  const connect = alice.run(['connect', ...target])
  connect.stdin.write('the first half')
  await listen.hasWritten('the first half'.length)
  connect.kill('SIGKILL')
  expect(await listen.exit).toBe(4)
  expect(listen.stdout().toString()).toBe('the first half')
  const [, session = ''] = (await listen.says(/connect --resume ([0-9a-f]+)/)) ?? []
  const second = await listener(bob, [], { input: '' })
  expect(await alice.run(['connect', '--resume', session, ...second.target], { input: 'the rest' }).exit).toBe(0)
  expect(await second.listen.exit).toBe(0)
  expect(second.listen.stdout().toString()).toBe('the rest')
})

test('an interrupt ends the channel in order', async () => {
  const { alice, bob } = await friends()
  const { listen, target } = await listener(bob)
  const connect = alice.run(['connect', ...target])
  connect.stdin.write('hello')
  await listen.hasWritten('hello'.length)
  connect.kill('SIGINT')
  expect(await connect.exit).toBe(130)
  expect(await listen.exit).toBe(0)
})

test('an interrupt while nobody has come', async () => {
  const bob = await person('bob')
  const { listen } = await listener(bob)
  listen.kill('SIGTERM')
  expect(await listen.exit).toBe(130)
})

test('nobody listens', async () => {
  const alice = await person('alice')
  const run = await finished('twofold', ['connect', '127.0.0.1', '9'], { env: alice.env })
  expect(run).toMatchObject({ exit: 4, stdout: '', stderr: expect.stringContaining('twofold listen') })
})

test('what listens is something else', async () => {
  const alice = await person('alice')
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.end(Buffer.from([0, 0, 3, 7, 1, 0]))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const run = await finished('twofold', ['connect', '127.0.0.1', String(port), '--json'], { env: alice.env })
  server.close()
  expect(run).toMatchObject({ exit: 6, stdout: '' })
  expect(JSON.parse(run.stderr)).toMatchObject({ event: 'error', code: 'DECODE_UNKNOWN_VERSION', exit: 6 })
})

test.each([
  ['open', undefined, 5_000_000],
  ['at its end', '', 5_000_000],
  ['at its end, and one record comes', '', 1_000],
])('who cannot write what comes makes the sender fail too: stdin is %s', async (_what, input, size) => {
  const { alice, bob } = await friends()
  const { listen, target } = await listener(bob, [], input === undefined ? {} : { input })
  listen.closeStdout()
  const connect = alice.run(['connect', ...target], { input: randomBytes(size) })
  expect(await Promise.all([connect.exit, listen.exit])).toEqual([4, 7])
  expect(listen.stderr()).toMatch(/stdout was closed/)
  expect(listen.stderr()).not.toContain('report')
})

test('so does a connector that cannot', async () => {
  const { alice, bob } = await friends()
  const { listen, target } = await listener(bob, [], { input: randomBytes(3_000_000) })
  const connect = alice.run(['connect', ...target])
  connect.closeStdout()
  expect(await Promise.all([connect.exit, listen.exit])).toEqual([7, 4])
})

test('refusals say what to compare, once, and what may be the matter', async () => {
  const [alice, bob] = await Promise.all([person('alice'), person('bob')])
  await alice.knows(bob.line)
  const shown = await finished('twofold', ['keygen', '--show'], { env: alice.env })
  const [print = ''] = /Ed25519 SHA256:[A-Za-z0-9+/]{43}/.exec(shown.stderr) ?? []
  expect(print).not.toBe('')
  const json = await finished('twofold', ['keygen', '--show', '--json'], { env: alice.env })
  expect(json.stderr).toBe('')
  expect(JSON.parse(json.stdout)).toMatchObject({ keys: [{ fingerprint: print }] })
  for (const peers of [undefined, '# nobody\n']) {
    if (peers !== undefined) await writeFile(join(bob.folder, 'known_peers'), peers)
    const { listen, target } = await listener(bob, [], { input: '' })
    const connect = alice.run(['connect', ...target], { input: '' })
    expect(await Promise.all([connect.exit, listen.exit])).toEqual([3, 3])
    expect(listen.stderr().split(print)).toHaveLength(2)
    expect(connect.stderr()).toContain('expected somebody else')
    expect(connect.stderr()).toContain(print)
  }
})

test('sessions are listed and forgotten, and each side is told what it can do', async () => {
  const { alice, bob } = await friends()
  const { listen, target } = await listener(bob, ['--keep'], { input: '' })
  const sessions = async () => {
    const { exit, stdout } = await finished('twofold', ['sessions', '--json'], { env: alice.env })
    expect(exit).toBe(0)
    return JSON.parse(stdout) as { session: string; peer: string }[]
  }
  expect(await sessions()).toEqual([])
  for (let i = 0; i < 2; i++) expect(await alice.run(['connect', ...target], { input: '' }).exit).toBe(0)
  const [one, other] = await sessions()
  expect(one).toMatchObject({ peer: 'bob', role: 'initiator', suite: { id: 0xf002 }, epoch: '1' })
  const text = await finished('twofold', ['sessions'], { env: alice.env })
  expect(text.stdout).toMatch(/^[0-9a-f]{16} {2}bob {2}0xF002 MLS_\S+, epoch 1, initiator$/m)
  const prefix = one?.session.slice(0, 16) ?? ''
  expect(await finished('twofold', ['forget', prefix], { env: alice.env })).toMatchObject({ exit: 0, stdout: '' })
  expect(await sessions()).toEqual([other])
  expect(await finished('twofold', ['forget', prefix], { env: alice.env })).toMatchObject({ exit: 2 })
  expect(await finished('twofold', ['forget', '--all'], { env: bob.env })).toMatchObject({ exit: 0 })
  const resume = await finished('twofold', ['connect', '--resume', ...target], { env: alice.env })
  expect(resume).toMatchObject({ exit: 6, stderr: expect.stringContaining('the other side does not hold') })
  await listen.says(/\n {2}this side does not hold it/)
  expect(await finished('twofold', ['forget', '--all'], { env: alice.env })).toMatchObject({ exit: 0 })
  expect(await sessions()).toEqual([])
})

test('a session whose suite is not accepted any more is not gone on with', async () => {
  const { alice, bob } = await friends()
  const first = await listener(bob, ['--suite', '1'], { input: '' })
  const connect = alice.run(['connect', '-q', '--suite', '1', ...first.target], { input: '' })
  expect(await Promise.all([connect.exit, first.listen.exit])).toEqual([0, 0])
  expect(connect.stderr().match(/not post-quantum/g)).toHaveLength(1)
  const { listen, target } = await listener(bob, ['--keep'], { input: '' })
  const run = (...args: string[]) => finished('twofold', ['connect', ...args, ...target], { env: alice.env })
  expect(await run('--resume')).toMatchObject({ exit: 2, stderr: expect.stringMatching(/--suite 1`.*twofold forget/) })
  expect(await run('--peer', 'bob')).toMatchObject({
    exit: 0,
    stderr: expect.stringMatching(/new session.*\n.*0xF002/),
  })
  const list = await finished('twofold', ['sessions'], { env: alice.env })
  const [, old = ''] = /^([0-9a-f]{16}) {2}bob {2}1 /m.exec(list.stdout) ?? []
  expect(await run('--resume', old, '--suite', '1')).toMatchObject({
    exit: 6,
    stderr: expect.stringContaining('the listener must accept'),
  })
  await listen.says(/\n {2}to allow it, name the suite by --suite here/)
})
