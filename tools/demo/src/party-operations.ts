import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { addKnownPeer, formatKnownPeer, knownPeers, parseKnownPeers } from '@twofold/as-known-peers'
import { type Channel, type Endpoint, endpoint } from '@twofold/channel'
import { codeOf } from '@twofold/interface'
import type { AuthenticationService, Store } from '@twofold/interface/io'
import { sqliteStore } from '@twofold/store-sqlite'
import { tcpTransport } from '@twofold/transport-tcp'
import { fastestBackend } from './backend.ts'
import { type Conversation, type ConversationEvents, conversation } from './conversation.ts'
import { inbox } from './inbox.ts'
import { mailbox } from './mailbox.ts'
import { partyKeys } from './party-identity.ts'
import type { ConnectInput, DemoSecret, Met, Operation, Received, Refusal, Requests, StartInput } from './requests.ts'

export type Operations = {
  readonly [Name in Operation]: (input: Requests[Name]['input']) => Promise<Requests[Name]['output']>
}

/** What `start` set up. */
interface Started {
  readonly endpoint: Endpoint
  readonly store: Store
  readonly folder: string
}

/** The channel that is used now. */
interface Talk {
  readonly channel: Channel
  readonly conversation: Conversation
}

const label = 'twofold demo'
const secretBytes = 32
const noContext = new Uint8Array(0)
const crypto = fastestBackend()

/** The operations of one party over the state that they share. */
export function partyOperations(progress: ConversationEvents['progress']): Operations {
  const met = mailbox<Met>()
  const refusals = mailbox<Refusal>()
  const received = mailbox<Received>()
  const endings = mailbox<{ code: string | null }>()
  const state: { started?: Started; talk?: Talk; reason: string } = { reason: '' }

  function started(): Started {
    if (state.started === undefined) throw new Error('start comes first')
    return state.started
  }

  function talk(): Talk {
    if (state.talk === undefined) throw new Error('there is no channel')
    return state.talk
  }

  function adopt(channel: Channel): Met {
    const files = inbox(join(started().folder, 'received'))
    state.talk = { channel, conversation: conversation(channel, files, { progress, received: received.put }) }
    void talk().conversation.over.then((error) =>
      endings.put({ code: codeOf(error) ?? (error === undefined ? null : String(error)) }),
    )
    return describe(channel)
  }

  async function acceptAll(channels: AsyncIterable<Channel>): Promise<void> {
    for await (const channel of channels) met.put(adopt(channel))
  }

  return {
    async start(input) {
      state.started = await open(input, (reason) => {
        state.reason = reason
      })
      const sessions = await state.started.endpoint.sessions()
      return { line: await lineOf(input), sessions: sessions.length }
    },
    async trust({ line }) {
      for (const peer of parseKnownPeers(line).peers) await addKnownPeer(knownPeersOf(started().folder), peer)
      return null
    },
    async listen() {
      const listener = await started().endpoint.listen({
        transport: tcpTransport({ port: 0 }),
        onFailure: ({ code }) => refusals.put({ code, reason: state.reason }),
      })
      void acceptAll(listener)
      return { port: Number(listener.address.split(':').at(-1)) }
    },
    accept: () => met.take(),
    refusal: () => refusals.take(),
    connect: async (input) => adopt(await dial(started().endpoint, input)),
    send: (input) => talk().conversation.send(input),
    receive: () => received.take(),
    update: async () => ({ epoch: String(await talk().channel.update()) }),
    secret: () => demoSecret(talk().channel),
    ended: () => endings.take(),
    async stop() {
      await state.started?.endpoint.close()
      await state.started?.store.close()
      return null
    },
  }
}

function knownPeersOf(folder: string): string {
  return join(folder, 'known_peers')
}

async function lineOf({ folder, name }: StartInput): Promise<string> {
  const { signature } = await partyKeys(folder, crypto)
  return formatKnownPeer({ name, scheme: 'Ed25519', key: signature.publicKey })
}

async function open({ folder, name }: StartInput, onRefusal: (reason: string) => void): Promise<Started> {
  const { scheme, signature, storeKey } = await partyKeys(folder, crypto)
  const store = sqliteStore({ path: join(folder, 'sessions.db'), key: storeKey })
  const identity = {
    credential: { kind: 'basic' as const, identity: new Uint8Array(Buffer.from(name)) },
    keys: [{ scheme, ...signature }],
  }
  const authentication = tellingRefusals(knownPeers({ path: knownPeersOf(folder) }), onRefusal)
  return { endpoint: endpoint({ identity, crypto, store, authentication }), store, folder }
}

function tellingRefusals(service: AuthenticationService, onRefusal: (reason: string) => void): AuthenticationService {
  return {
    async validate(question, signal) {
      const verdict = await service.validate(question, signal)
      if (verdict.kind !== 'accept') onRefusal(verdict.reason)
      return verdict
    },
  }
}

async function dial(opened: Endpoint, { port, expected, resume }: ConnectInput): Promise<Channel> {
  const transport = tcpTransport({ port })
  if (!resume) return await opened.connect({ transport, expected })
  const [stored, ...others] = await opened.sessions()
  if (stored === undefined || others.length > 0) throw new Error(`${others.length} sessions where one is stored`)
  return await opened.connect({ transport, expected, session: stored.session })
}

async function demoSecret(channel: Channel): Promise<DemoSecret> {
  const { epoch } = channel
  const secret = await channel.export(label, noContext, secretBytes)
  if (channel.epoch !== epoch) return await demoSecret(channel)
  const first8 = Buffer.from(secret.subarray(0, 8)).toString('hex')
  return { epoch: String(epoch), first8, sha256: createHash('sha256').update(secret).digest('hex') }
}

function describe({ peer, role, suite, session, resumed, epoch, handshake }: Channel): Met {
  return {
    peer: peer.identity,
    role,
    suite: { id: suite.id, name: suite.name, postQuantum: suite.postQuantum },
    backend: crypto.name,
    session,
    resumed,
    epoch: String(epoch),
    ...handshake,
  }
}
