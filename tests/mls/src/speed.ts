import { toGroupId, toSuiteId } from '@twofold/codec'
import type { Engine, GroupState } from '@twofold/core'
import { nodeCrypto } from '@twofold/crypto-node'
import { mlsEngine } from '@twofold/mls'
import * as tsMls from 'ts-mls'
import { contextOf, lifetimeNow } from './malicious-peer.ts'
import { newIdentity } from './subject.ts'

/* Times of the engine beside ts-mls with its default provider, in one run. Prints medians in ms, and ratios. */

const rounds = Number(process.argv[2] ?? 100)

interface Workload {
  readonly handshake: () => Promise<unknown>
  readonly update: () => Promise<unknown>
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

/** Medians of both, in turns, so that what else the machine does meets both alike; a first third of the rounds warms up. */
async function compare(a: () => Promise<unknown>, b: () => Promise<unknown>): Promise<readonly [number, number]> {
  const times: [number[], number[]] = [[], []]
  for (let i = -rounds / 3; i < rounds; i++) {
    const [first, second] = [await timed(a), await timed(b)]
    if (i < 0) continue
    times[0].push(first)
    times[1].push(second)
  }
  const [ours, theirs] = times.map((list) => list.sort((x, y) => x - y)[Math.floor(list.length / 2)]!)
  return [ours!, theirs!]
}

interface Pair {
  readonly author: GroupState
  readonly reader: GroupState
}

async function ours(): Promise<Workload> {
  const suite = await nodeCrypto.suite(toSuiteId(0xf002))
  const engine = mlsEngine({ suite, profile: 'framed' })
  const [guest, host] = [await newIdentity(suite, 'guest'), await newIdentity(suite, 'host')]
  const at = Date.now()
  const groupId = toGroupId(new Uint8Array(32))
  const common = { suites: [engine.suite], at, lifetimeMs: 600_000 }
  const handshake = async (): Promise<Pair> => {
    const offered = await engine.createKeyPackage({ identity: guest, ...common })
    const keyPackage = offered.message
    await engine.inspectKeyPackage(keyPackage, at)
    const made = await engine.createGroup({ groupId, identity: host, keyPackage, ...common })
    const joined = await engine.join({ welcome: made.welcome, keyPackage, secrets: offered.secrets, at })
    return { author: made.state, reader: joined.state }
  }
  let pair = await handshake()
  const update = async () => {
    pair = await updated(engine, pair)
  }
  return { handshake, update }
}

async function updated(engine: Engine, { author, reader }: Pair): Promise<Pair> {
  const { message, next } = await engine.commit(author, 'private')
  const verified = await engine.verify(reader, message)
  return { author: verified.next, reader: next }
}

async function theirs(): Promise<Workload> {
  const suite = await tsMls.getCiphersuiteImpl('MLS_256_XWING_AES256GCM_SHA512_Ed25519')
  const context = contextOf(suite)
  const capabilities = {
    versions: [1 as const],
    ciphersuites: [suite.id],
    extensions: [],
    proposals: [],
    credentials: [1],
  }
  const credential = { credentialType: tsMls.defaultCredentialTypes.basic, identity: new Uint8Array(5) }
  const leaf = { credential, capabilities, lifetime: lifetimeNow(600), cipherSuite: suite }
  const handshake = async () => {
    const guest = await tsMls.generateKeyPackage(leaf)
    const host = await tsMls.generateKeyPackage(leaf)
    const alone = await tsMls.createGroup({
      context,
      groupId: new Uint8Array(32),
      keyPackage: host.publicPackage,
      privateKeyPackage: host.privatePackage,
    })
    const added = await tsMls.createCommit({
      context,
      state: alone,
      extraProposals: [{ proposalType: 1, add: { keyPackage: guest.publicPackage } }],
      ratchetTreeExtension: true,
    })
    const joined = await tsMls.joinGroup({
      context,
      welcome: added.welcome!.welcome,
      keyPackage: guest.publicPackage,
      privateKeys: guest.privatePackage,
    })
    return { author: added.newState, reader: joined }
  }
  let pair = await handshake()
  const update = async () => {
    const made = await tsMls.createCommit({ context, state: pair.author })
    const read = await tsMls.processMessage({ context, state: pair.reader, message: made.commit })
    pair = { author: read.newState, reader: made.newState }
  }
  return { handshake, update }
}

const [mine, plain] = [await ours(), await theirs()]
for (const what of ['handshake', 'update'] as const) {
  const [a, b] = await compare(mine[what], plain[what])
  console.log(`${what}: ${a.toFixed(2)} ms, ts-mls default ${b.toFixed(2)} ms, ratio ${(a / b).toFixed(3)}`)
}
