import {
  type CiphersuiteImpl,
  type CiphersuiteName,
  type ClientState,
  createApplicationMessage,
  createCommit,
  createGroup,
  decode,
  defaultCapabilities,
  defaultCredentialTypes,
  defaultCryptoProvider,
  defaultLifetime,
  defaultProposalTypes,
  encode,
  generateKeyPackageWithKey,
  getCiphersuiteImpl,
  joinGroup,
  type MlsContext,
  type MlsFramedMessage,
  type MlsMessage,
  mlsMessageDecoder,
  mlsMessageEncoder,
  processMessage,
  protocolVersions,
  unsafeTestingAuthenticationService,
  wireformats,
} from 'ts-mls'
import { messageLength } from './case.ts'
import type { EnginePair } from './engine-pair.ts'

/** Two parties of ts-mls as it comes, with its defaults, messages encoded and decoded. */
export interface TsMlsPair extends EnginePair {
  /** An application message of the one side, read by the other. */
  message(): Promise<void>
}

interface States {
  readonly author: ClientState
  readonly reader: ClientState
}

type SignatureKeys = Awaited<ReturnType<CiphersuiteImpl['signature']['keygen']>>

/** A suite of ts-mls with the provider that comes with it. */
export function defaultSuiteOf(name: CiphersuiteName): Promise<CiphersuiteImpl> {
  return getCiphersuiteImpl(name, defaultCryptoProvider)
}

export async function tsMlsPair(cipherSuite: CiphersuiteImpl): Promise<TsMlsPair> {
  const context: MlsContext = { cipherSuite, authService: unsafeTestingAuthenticationService }
  const [initiator, responder] = [await cipherSuite.signature.keygen(), await cipherSuite.signature.keygen()]
  const handshake = () => joinedStates(context, initiator, responder)
  let forUpdates = await handshake()
  let forMessages = await handshake()
  const plaintext = cipherSuite.rng.randomBytes(messageLength)
  return {
    handshake: async () => void (await handshake()),
    update: async () => {
      forUpdates = await updated(context, forUpdates)
    },
    message: async () => {
      forMessages = await sent(context, forMessages, plaintext)
    },
  }
}

async function joinedStates(context: MlsContext, initiator: SignatureKeys, responder: SignatureKeys): Promise<States> {
  const [guest, host] = [
    await keyPackage(context, initiator, 'initiator'),
    await keyPackage(context, responder, 'responder'),
  ]
  const hello = overTheWire({
    version: protocolVersions.mls10,
    wireformat: wireformats.mls_key_package,
    keyPackage: guest.publicPackage,
  })
  if (hello.wireformat !== wireformats.mls_key_package) throw new Error('no key package')
  const alone = await createGroup({
    context,
    groupId: context.cipherSuite.rng.randomBytes(32),
    keyPackage: host.publicPackage,
    privateKeyPackage: host.privatePackage,
  })
  const added = await createCommit({
    context,
    state: alone,
    extraProposals: [{ proposalType: defaultProposalTypes.add, add: { keyPackage: hello.keyPackage } }],
    ratchetTreeExtension: true,
  })
  const answer = overTheWire(added.welcome!)
  if (answer.wireformat !== wireformats.mls_welcome) throw new Error('no welcome')
  const joined = await joinGroup({
    context,
    welcome: answer.welcome,
    keyPackage: guest.publicPackage,
    privateKeys: guest.privatePackage,
  })
  return { author: joined, reader: added.newState }
}

function keyPackage({ cipherSuite }: MlsContext, signatureKeyPair: SignatureKeys, name: string) {
  return generateKeyPackageWithKey({
    credential: { credentialType: defaultCredentialTypes.basic, identity: new TextEncoder().encode(name) },
    capabilities: defaultCapabilities(),
    lifetime: defaultLifetime(),
    signatureKeyPair,
    cipherSuite,
  })
}

async function updated(context: MlsContext, { author, reader }: States): Promise<States> {
  const made = await createCommit({ context, state: author })
  const applied = await processMessage({ context, state: reader, message: framedOverTheWire(made.commit) })
  if (applied.kind !== 'newState') throw new Error('a commit was not applied')
  return { author: applied.newState, reader: made.newState }
}

async function sent(context: MlsContext, { author, reader }: States, message: Uint8Array): Promise<States> {
  const made = await createApplicationMessage({ context, state: author, message })
  const read = await processMessage({ context, state: reader, message: framedOverTheWire(made.message) })
  if (read.kind !== 'applicationMessage') throw new Error('a message was not read')
  return { author: made.newState, reader: read.newState }
}

function framedOverTheWire(message: MlsFramedMessage): MlsFramedMessage {
  const read = overTheWire(message)
  if (read.wireformat === wireformats.mls_private_message || read.wireformat === wireformats.mls_public_message)
    return read
  throw new Error('no framed message')
}

function overTheWire(message: MlsMessage): MlsMessage {
  const read = decode(mlsMessageDecoder, encode(mlsMessageEncoder, message))
  if (read === undefined) throw new Error('a message does not decode')
  return read
}
