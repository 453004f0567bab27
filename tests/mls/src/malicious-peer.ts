import { toGroupId } from '@twofold/codec'
import type { Engine, GroupState } from '@twofold/core'
import type { Identity, Secret } from '@twofold/interface'
import * as tsMls from 'ts-mls'
import { inner } from './inner.ts'
import type { Subject } from './subject.ts'

/*
 * A peer that holds valid keys and does not play by the rules: ts-mls by itself, with its own provider, so that every
 * signature, tag and ciphertext of an attack is right.
 */

type Suite = tsMls.CiphersuiteImpl
export type PeerState = tsMls.ClientState

export interface MaliciousPeer {
  readonly suite: Suite
  readonly state: PeerState
}

export const suiteName = 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519'

export const mark: tsMls.CustomExtension = tsMls.makeCustomExtension({
  extensionType: 0xf2f0,
  extensionData: Uint8Array.of(1),
})

export const honestCapabilities: tsMls.Capabilities = {
  versions: [tsMls.protocolVersions.mls10],
  ciphersuites: [1],
  extensions: [0xf2f0],
  proposals: [],
  credentials: [1, 2],
}

export function contextOf(suite: Suite, externalPsks: Record<string, Uint8Array> = {}): tsMls.MlsContext {
  return {
    cipherSuite: suite,
    authService: tsMls.unsafeTestingAuthenticationService,
    externalPsks,
    clientConfig: {
      keyRetentionConfig: tsMls.defaultKeyRetentionConfig,
      lifetimeConfig: tsMls.defaultLifetimeConfig,
      keyPackageEqualityConfig: tsMls.defaultKeyPackageEqualityConfig,
      paddingConfig: { kind: 'alwaysPad', paddingLength: 0 },
    },
  }
}

export interface PeerPackage {
  readonly publicPackage: tsMls.KeyPackage
  readonly privatePackage: tsMls.PrivateKeyPackage
}

export function lifetimeNow(seconds: number): tsMls.Lifetime {
  const now = BigInt(Math.floor(Date.now() / 1000))
  return { notBefore: now - 1n, notAfter: now + BigInt(seconds) }
}

export interface LeafOptions {
  readonly capabilities?: tsMls.Capabilities
  readonly lifetime?: tsMls.Lifetime
  readonly leafNodeExtensions?: tsMls.CustomExtension[]
}

export function peerPackage(suite: Suite, name: string, options: LeafOptions = {}): Promise<PeerPackage> {
  return tsMls.generateKeyPackage({
    credential: {
      credentialType: tsMls.defaultCredentialTypes.basic,
      identity: new TextEncoder().encode(name),
    },
    cipherSuite: suite,
    capabilities: honestCapabilities,
    lifetime: lifetimeNow(300),
    leafNodeExtensions: [mark],
    ...options,
  })
}

export function encodeMessage(message: tsMls.MlsMessage): Uint8Array {
  return tsMls.encode(tsMls.mlsMessageEncoder, message)
}

/** What an honest initiator offers to the malicious peer. */
export interface Victim {
  readonly identity: Identity
  readonly message: Uint8Array
  readonly secrets: Secret
  readonly keyPackage: tsMls.KeyPackage
  readonly at: number
}

export async function victim(subject: Subject): Promise<Victim> {
  const identity = await subject.identity('victim')
  const at = Date.now()
  const made = await subject.engine.createKeyPackage({
    identity,
    suites: [subject.engine.suite],
    at,
    lifetimeMs: 600_000,
  })
  const decoded = tsMls.decode(tsMls.mlsMessageDecoder, made.message.slice())
  if (decoded?.wireformat !== tsMls.wireformats.mls_key_package) throw new Error('the victim made no key package')
  return { identity, at, keyPackage: decoded.keyPackage, ...made }
}

export interface WelcomeOptions {
  readonly groupId?: Uint8Array
  readonly leaf?: LeafOptions
  readonly groupExtensions?: tsMls.GroupContextExtension[]
  /** Beside the Add of the victim. */
  readonly proposals?: tsMls.Proposal[]
  readonly externalPsks?: Record<string, Uint8Array>
  readonly withoutTree?: boolean
  /** Empty commits before the victim is added. */
  readonly epochsBefore?: number
  /** Changes the suite for the commit that makes the Welcome. */
  readonly hook?: (suite: Suite, own: PeerPackage) => Suite
}

/** A group of the malicious peer's with the victim in it, and the Welcome for it. */
export async function hostileWelcome(
  invited: Victim,
  options: WelcomeOptions = {},
): Promise<{ readonly welcome: Uint8Array; readonly peer: MaliciousPeer; readonly parsed: tsMls.Welcome }> {
  const suite = await tsMls.getCiphersuiteImpl(suiteName)
  const own = await peerPackage(suite, 'mallory', options.leaf)
  const context = contextOf(suite, options.externalPsks)
  let state = await tsMls.createGroup({
    context,
    groupId: options.groupId ?? new Uint8Array(32).fill(9),
    keyPackage: own.publicPackage,
    privateKeyPackage: own.privatePackage,
    extensions: options.groupExtensions ?? [],
  })
  for (let i = 0; i < (options.epochsBefore ?? 0); i++) {
    state = (await tsMls.createCommit({ context, state })).newState
  }
  const added = await tsMls.createCommit({
    context: { ...context, cipherSuite: options.hook?.(suite, own) ?? suite },
    state,
    extraProposals: [
      { proposalType: tsMls.defaultProposalTypes.add, add: { keyPackage: invited.keyPackage } },
      ...(options.proposals ?? []),
    ],
    ratchetTreeExtension: options.withoutTree !== true,
  })
  if (added.welcome === undefined) throw new Error('nobody was added')
  return {
    welcome: encodeMessage(added.welcome),
    peer: { suite, state: added.newState },
    parsed: added.welcome.welcome,
  }
}

export interface Attacked {
  readonly engine: Engine
  readonly peer: MaliciousPeer
  readonly victimState: GroupState
  /** The malicious peer's leaf. */
  readonly peerIndex: number
}

/** A group of an honest initiator, which is the victim, and the malicious peer as its responder. */
export async function attackedInitiator(subject: Subject): Promise<Attacked> {
  const invited = await victim(subject)
  const { welcome, peer } = await hostileWelcome(invited)
  const { message: keyPackage, secrets, at } = invited
  const { state } = await subject.engine.join({ welcome, keyPackage, secrets, at })
  return { engine: subject.engine, peer, victimState: state, peerIndex: 0 }
}

/** A group of an honest responder, which is the victim, and the malicious peer as its initiator. */
export async function attackedResponder(subject: Subject): Promise<Attacked> {
  const suite = await tsMls.getCiphersuiteImpl(suiteName)
  const own = await peerPackage(suite, 'mallory')
  const keyPackage = encodeMessage({
    version: tsMls.protocolVersions.mls10,
    wireformat: tsMls.wireformats.mls_key_package,
    keyPackage: own.publicPackage,
  })
  const { welcome, state } = await subject.engine.createGroup({
    groupId: toGroupId(new Uint8Array(32).fill(3)),
    identity: await subject.identity('victim'),
    suites: [subject.engine.suite],
    keyPackage,
    at: Date.now(),
    lifetimeMs: 600_000,
  })
  const decoded = tsMls.decode(tsMls.mlsMessageDecoder, welcome.slice())
  if (decoded?.wireformat !== tsMls.wireformats.mls_welcome) throw new Error('the victim made no welcome')
  const joined = await tsMls.joinGroup({
    context: contextOf(suite),
    welcome: decoded.welcome,
    keyPackage: own.publicPackage,
    privateKeys: own.privatePackage,
  })
  return { engine: subject.engine, peer: { suite, state: joined }, victimState: state, peerIndex: 1 }
}

export type Framing = 'private' | 'public'

/** A commit that ts-mls makes willingly, with right signatures and tags throughout. */
export async function commitOf(
  peer: MaliciousPeer,
  framing: Framing,
  options: Partial<tsMls.CreateCommitOptions> & {
    readonly externalPsks?: Record<string, Uint8Array>
    readonly suite?: Suite
  } = {},
): Promise<Uint8Array> {
  const { externalPsks, suite, ...rest } = options
  const { commit } = await tsMls.createCommit({
    context: contextOf(suite ?? peer.suite, externalPsks),
    state: peer.state,
    wireAsPublicMessage: framing === 'public',
    ...rest,
  })
  return encodeMessage(commit)
}

interface Forging {
  createContentCommitSignature(...args: unknown[]): Promise<{ signature: Uint8Array; framedContent: object }>
}

interface Protecting {
  protect(...args: unknown[]): Promise<{ privateMessage: tsMls.PrivateMessage }>
}

interface ProtectingPublic {
  protectPublicMessage(...args: unknown[]): Promise<tsMls.PublicMessage>
}

export interface Forgery {
  readonly proposals?: readonly unknown[]
  readonly path?: tsMls.UpdatePath
  /** The sender; the malicious peer's own leaf unless given. */
  readonly leafIndex?: number
}

/**
 * A commit that ts-mls would not make: signed, encrypted or tagged as a member's, with whatever content. Its confirmation tag is made
 * up, so what refuses it must do so before the key schedule.
 */
export async function forgeCommit(peer: MaliciousPeer, framing: Framing, forgery: Forgery): Promise<Uint8Array> {
  const { suite, state } = peer
  const { createContentCommitSignature } = await inner<Forging>('framedContent.js')
  const leafIndex = forgery.leafIndex ?? state.privatePath.leafIndex
  const { signature, framedContent } = await createContentCommitSignature(
    state.groupContext,
    `mls_${framing}_message`,
    { proposals: forgery.proposals ?? [], path: forgery.path },
    { senderType: tsMls.senderTypes.member, leafIndex },
    new Uint8Array(0),
    state.signaturePrivateKey,
    suite.signature,
  )
  const auth = { contentType: tsMls.contentTypes.commit, signature, confirmationTag: new Uint8Array(32) }
  return framing === 'public'
    ? sealPublic(peer, framedContent, auth)
    : sealPrivate(peer, { ...framedContent, auth }, leafIndex)
}

async function sealPublic({ suite, state }: MaliciousPeer, content: object, auth: object): Promise<Uint8Array> {
  const { protectPublicMessage } = await inner<ProtectingPublic>('messageProtectionPublic.js')
  const signed = { wireformat: tsMls.wireformats.mls_public_message, content, auth }
  const { membershipKey } = state.keySchedule
  return encodeMessage({
    version: tsMls.protocolVersions.mls10,
    wireformat: tsMls.wireformats.mls_public_message,
    publicMessage: await protectPublicMessage(membershipKey, state.groupContext, signed, suite),
  })
}

async function sealPrivate({ suite, state }: MaliciousPeer, content: object, leafIndex: number): Promise<Uint8Array> {
  const { protect } = await inner<Protecting>('messageProtection.js')
  const { privateMessage } = await protect(
    state.keySchedule.senderDataSecret,
    new Uint8Array(0),
    state.groupContext,
    state.secretTree,
    content,
    leafIndex,
    { kind: 'alwaysPad', paddingLength: 0 },
    suite,
  )
  return encodePrivate(privateMessage)
}

export function encodePrivate(privateMessage: tsMls.PrivateMessage): Uint8Array {
  return encodeMessage({
    version: tsMls.protocolVersions.mls10,
    wireformat: tsMls.wireformats.mls_private_message,
    privateMessage,
  })
}

interface SenderData {
  encryptSenderData(...args: unknown[]): Promise<Uint8Array>
}

/** The same PrivateMessage, with other sender data encrypted as a member does. */
export async function withSender(
  peer: MaliciousPeer,
  message: Uint8Array,
  leafIndex: number,
  generation = 0,
): Promise<Uint8Array> {
  const decoded = tsMls.decode(tsMls.mlsMessageDecoder, message.slice())
  if (decoded?.wireformat !== tsMls.wireformats.mls_private_message) throw new Error('not a PrivateMessage')
  const { privateMessage } = decoded
  const { encryptSenderData } = await inner<SenderData>('privateMessage.js')
  const encryptedSenderData = await encryptSenderData(
    peer.state.keySchedule.senderDataSecret,
    { leafIndex, generation, reuseGuard: new Uint8Array(4) },
    privateMessage,
    privateMessage.ciphertext,
    peer.suite,
  )
  return encodePrivate({ ...privateMessage, encryptedSenderData })
}

/** A PrivateMessage whose content is `plaintext`, byte for byte, under the keys of the peer's first handshake message. */
export async function sealRaw(peer: MaliciousPeer, plaintext: Uint8Array): Promise<Uint8Array> {
  const { hpke } = peer.suite
  const replacing: Suite = {
    ...peer.suite,
    hpke: {
      ...hpke,
      // The commit's content is sealed with additional data and is longer than sender data, which has 12 bytes.
      encryptAead: (key, nonce, aad, given) =>
        hpke.encryptAead(key, nonce, aad, aad !== undefined && given.length > 12 ? plaintext : given),
    },
  }
  return commitOf(peer, 'private', { suite: replacing })
}
