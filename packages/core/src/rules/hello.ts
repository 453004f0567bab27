import { encode, type GroupId, toGroupId, toSuiteId } from '@twofold/codec'
import { type AuthQuestion, findSuite, type SuiteId, TwofoldError } from '@twofold/interface'
import { equalBytes, isLarger } from '../bytes.ts'
import {
  ask,
  closeOthers,
  type Draft,
  deliver,
  dropOffer,
  installKeys,
  linkOf,
  send,
  sessionOf,
  setLink,
} from '../draft.ts'
import type { Engine, LeafInfo } from '../engine.ts'
import type { LinkId } from '../names.ts'
import type { Found, Offer, Pending, Question, Session } from '../session.ts'
import { helloId, seenHello as seenHelloCodec } from '../stored.ts'
import { credentialOf } from './commit.ts'
import { sendEpochKeyUpdate } from './epoch-key-update.ts'

/** Sends a ClientHello for the most preferred suite that policy allows (docs: first handshake). */
export async function sayHello(draft: Draft, link: LinkId, expected: string | undefined): Promise<void> {
  const { config } = draft.env
  const suite = config.suites[0]
  if (suite === undefined) throw new TwofoldError('USAGE_INVALID_ARGUMENT', 'the list of cipher suites is empty')
  const engine = await engineFor(draft, suite, 'USAGE_SUITE_UNSUPPORTED')
  const { message, secrets } = await engine.createKeyPackage({
    identity: config.identity,
    suites: config.suites,
    at: draft.at,
    lifetimeMs: config.keyPackageLifetimeMs,
  })
  const hash = await draft.env.sha256(message)
  const expiresAt = draft.at + config.handshakeTimeoutMs
  draft.offer = { engine, suite, message, hash, secrets, link, expected, madeAt: draft.at, expiresAt }
  setLink(draft, link, { phase: 'hello' })
  send(draft, link, 'client_hello', message)
}

async function engineFor(
  draft: Draft,
  suite: SuiteId,
  code: 'USAGE_SUITE_UNSUPPORTED' | 'PEER_SUITE_REFUSED',
): Promise<Engine> {
  const allowed = draft.env.config.suites.includes(suite)
  const engine = allowed ? await draft.env.engine(suite) : undefined
  if (engine !== undefined) return engine
  throw new TwofoldError(code, `cipher suite ${findSuite(suite)?.name ?? suite} is not among those accepted here`)
}

/** A ClientHello: inspected as far as that goes without the authentication service, which is asked next. */
export async function clientHello(draft: Draft, link: LinkId, message: Uint8Array): Promise<void> {
  const hash = await draft.env.sha256(message)
  const { session } = draft
  if (session !== undefined) return helloAgain(draft, session, link, hash)
  if (linkOf(draft, link).asked)
    throw new TwofoldError('PEER_UNEXPECTED_MESSAGE', 'a hello came where resumption was asked')
  if (draft.offer?.link === link && staysInitiator(draft.offer, hash)) return
  const suite = keyPackageSuite(message)
  const engine = await engineFor(draft, suite, 'PEER_SUITE_REFUSED')
  const info = await engine.inspectKeyPackage(message, draft.at)
  refuseSelf(draft, info.leaf)
  const peer = { expected: draft.offer?.expected, ...credentialOf(info.leaf) }
  const found = { kind: 'hello', engine, suite, expiresAt: info.expiresAt, peer } as const
  setLink(draft, link, { phase: 'hello' })
  ask(
    draft,
    { link, content: 'client_hello', message: message.slice(), hash, found },
    helloQuestion('key-package', 'responder', suite, peer),
  )
}

/** Both sent a ClientHello on one link: the larger SHA-256 stays initiator. Our own, reflected, is nobody's hello. */
function staysInitiator(offer: Offer, theirs: Uint8Array): boolean {
  if (equalBytes(offer.hash, theirs)) throw new TwofoldError('PEER_IS_SELF', 'our own hello came back to us')
  return isLarger(offer.hash, theirs)
}

/** The same Welcome, byte for byte, while that hello is pending; nothing afterwards. */
async function helloAgain(draft: Draft, session: Session, link: LinkId, hash: Uint8Array): Promise<void> {
  if (!equalBytes(session.helloHash, hash)) {
    // Anybody can write one into an unreliable link: it must not cut a link that has shown its keys.
    if (linkOf(draft, link).opened) return
    throw new TwofoldError('PEER_UNEXPECTED_MESSAGE', 'a hello came on the link of another session')
  }
  const { pending } = session
  if (pending === undefined || !pending.kinds.includes('hello')) return
  setLink(draft, link, { phase: 'hello' })
  await sendWelcome(draft, link, pending)
}

async function sendWelcome(draft: Draft, link: LinkId, pending: Pending): Promise<void> {
  await installKeys(draft, link, pending.next, ['read'])
  send(draft, link, 'server_hello', pending.message)
}

/** MLSMessage { version, wire_format, KeyPackage { version, cipher_suite, ... } }: the first eight bytes tell. */
function keyPackageSuite(message: Uint8Array): SuiteId {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength)
  if (message.length < 8 || view.getUint16(2) !== 5) {
    throw new TwofoldError('PEER_BAD_KEY_PACKAGE', 'a ClientHello without a KeyPackage')
  }
  return toSuiteId(view.getUint16(6))
}

/** A mirror that answers with our own keys must not be taken for a peer. */
function refuseSelf(draft: Draft, leaf: LeafInfo): void {
  const { identity } = draft.env.config
  const ownKey = identity.keys.some((key) => equalBytes(key.publicKey, leaf.signatureKey))
  const ownName =
    identity.credential.kind === 'basic' &&
    leaf.credential.kind === 'basic' &&
    equalBytes(identity.credential.identity, leaf.credential.identity)
  if (ownKey || ownName) throw new TwofoldError('PEER_IS_SELF', 'the peer has our own signature key or identity')
}

function helloQuestion(
  reason: 'key-package' | 'join',
  role: Session['role'],
  suite: SuiteId,
  peer: Extract<Found, { kind: 'hello' }>['peer'],
): AuthQuestion {
  const { credential, signatureKey, expected } = peer
  const signatureScheme = findSuite(suite)?.signatureScheme ?? 0
  return {
    reason,
    role,
    suite,
    credential,
    signatureScheme,
    signatureKey,
    ...(expected === undefined ? {} : { expected }),
  }
}

/** The authentication service agrees: make the group and the Welcome, and store both before it is sent. */
export async function helloAccepted(
  draft: Draft,
  question: Question,
  found: Extract<Found, { kind: 'hello' }>,
  identity: string,
): Promise<void> {
  const { config, random } = draft.env
  const id = toGroupId(random(32))
  const { engine, suite } = found
  const { welcome, state } = await engine.createGroup({
    groupId: id,
    identity: config.identity,
    suites: config.suites,
    keyPackage: question.message,
    at: draft.at,
    lifetimeMs: config.keyPackageLifetimeMs,
  })
  const epoch = engine.epoch(state)
  const hash = await engine.hash(welcome)
  const pending: Pending = {
    kinds: ['hello'],
    message: welcome,
    hash,
    next: state,
    epoch,
    madeAt: draft.at,
    doubtful: false,
  }
  draft.question = undefined
  begin(draft, {
    engine,
    id,
    role: 'responder',
    suite,
    current: undefined,
    epoch: beforeFirst(engine, state),
    pending,
    peer: { ...found.peer, identity },
    // The KeyPackage may be as old as its lifetime allows.
    freshness: {
      own: draft.at,
      peerAfter: Math.max(0, found.expiresAt - longestLifetimeMs[config.profile]),
      peerBefore: draft.at,
    },
    helloExpiresAt: Math.min(found.expiresAt, draft.at + config.keyPackageLifetimeMs),
    helloHash: question.hash,
  })
  draft.also.push(seenHello(question.hash, found.expiresAt, id))
  if (config.profile === 'bare') return bareWelcome(draft, question.link, pending)
  await sendWelcome(draft, question.link, pending)
}

/** Of a KeyPackage, as engines accept it (docs: suites). */
const longestLifetimeMs = { framed: 3_600_000, bare: 8_640_000_000 } as const

function beforeFirst(engine: Engine, state: Pending['next']): Session['epoch'] {
  return (engine.epoch(state) - 1n) as Session['epoch']
}

/** Remembered in the same write as the session: a KeyPackage is good for one group, also after a crash. */
function seenHello(hash: Uint8Array, expiresAt: number, session: GroupId): Draft['also'][number] {
  const bytes = encode(seenHelloCodec, { expiresAt: BigInt(expiresAt), session })
  return { id: helloId(hash), revision: 1, bytes }
}

/** Profile bare: the Welcome counts as confirmed when it is made. */
function bareWelcome(draft: Draft, link: LinkId, pending: Pending): void {
  const session = sessionOf(draft)
  draft.session = {
    ...session,
    current: pending.next,
    epoch: pending.epoch,
    pending: undefined,
    opened: true,
    helloExpiresAt: 0,
  }
  send(draft, link, 'server_hello', pending.message)
  goLive(draft, link)
}

/** A ServerHello: the group is joined in memory, then the authentication service is asked about its creator. */
export async function serverHello(draft: Draft, link: LinkId, message: Uint8Array): Promise<void> {
  const { offer, session } = draft
  if (session?.applied !== undefined && session.pending?.kinds.includes('hello') !== true) {
    return welcomeAgain(draft, session, link, message)
  }
  if (offer === undefined || offer.link !== link) {
    // Anybody can write one into an unreliable link: it must not cut a link that has shown its keys.
    if (linkOf(draft, link).opened) return
    throw new TwofoldError('PEER_UNEXPECTED_MESSAGE', 'a Welcome came where no hello was sent')
  }
  const { engine, suite } = offer
  const joined = await engine.join({
    welcome: message,
    keyPackage: offer.message,
    secrets: offer.secrets,
    at: draft.at,
  })
  refuseSelf(draft, joined.creator)
  const peer = { expected: offer.expected, ...credentialOf(joined.creator) }
  const found = { kind: 'welcome', state: joined.state, peer } as const
  const hash = await engine.hash(message)
  ask(
    draft,
    { link, content: 'server_hello', message: message.slice(), hash, found },
    helloQuestion('join', 'initiator', suite, peer),
  )
}

async function welcomeAgain(draft: Draft, session: Session, link: LinkId, message: Uint8Array): Promise<void> {
  const hash = await session.engine.hash(message)
  if (linkOf(draft, link).phase !== 'live')
    throw new TwofoldError('PEER_UNEXPECTED_MESSAGE', 'a Welcome came where no hello was sent')
  if (session.applied !== undefined && equalBytes(session.applied.hash, hash)) sendEpochKeyUpdate(draft, link)
}

/** Both leaves are known and accepted: store the session, then confirm the Welcome under the first epoch's keys. */
export async function welcomeAccepted(
  draft: Draft,
  question: Question,
  found: Extract<Found, { kind: 'welcome' }>,
  identity: string,
): Promise<void> {
  const { offer } = draft
  if (offer === undefined) throw new TwofoldError('BUG_INVARIANT', 'the offer is gone; please report this')
  const { engine, suite } = offer
  abandonOwnHello(draft)
  draft.question = undefined
  dropOffer(draft)
  begin(draft, {
    engine,
    id: engine.groupId(found.state),
    role: 'initiator',
    suite,
    current: found.state,
    epoch: engine.epoch(found.state),
    pending: undefined,
    peer: { ...found.peer, identity },
    applied: { hash: question.hash, content: 'server_hello' },
    opened: draft.env.config.profile === 'bare',
    // Our leaf is as old as the offer, and the responder made its own after it.
    freshness: { own: offer.madeAt, peerAfter: offer.madeAt, peerBefore: draft.at },
    helloHash: offer.hash,
  })
  const { link } = question
  await installKeys(draft, link, found.state, ['read', 'write'])
  if (draft.env.config.profile === 'framed') sendEpochKeyUpdate(draft, link)
  goLive(draft, link)
}

/** Our own Welcome lost against the peer's: nobody has joined it. */
function abandonOwnHello(draft: Draft): void {
  const { session } = draft
  if (session === undefined) return
  if (session.pending !== undefined) draft.left.push(session.pending.next)
  draft.erased = session
  draft.session = undefined
}

function goLive(draft: Draft, link: LinkId): void {
  const { epoch, peer } = sessionOf(draft)
  closeOthers(draft, link)
  setLink(draft, link, { phase: 'live' })
  deliver(draft, { name: 'connected', link, epoch, identity: peer.identity })
  deliver(draft, { name: 'epoch', epoch })
}

function begin(
  draft: Draft,
  fields: Pick<Session, 'engine' | 'id' | 'role' | 'suite' | 'current' | 'epoch' | 'pending' | 'peer' | 'helloHash'> &
    Partial<Session>,
): void {
  draft.session = {
    revision: 0,
    applied: undefined,
    answered: undefined,
    opened: false,
    freshness: { own: draft.at, peerAfter: draft.at, peerBefore: draft.at },
    epochSince: draft.at,
    helloExpiresAt: 0,
    ...fields,
  }
  draft.dirty = true
  draft.resend = undefined
}
