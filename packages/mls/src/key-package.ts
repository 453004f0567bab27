import {
  capabilities as capabilitiesCodec,
  credential as credentialCodec,
  decode,
  encode,
  keyPackage as keyPackageCodec,
  type Lifetime,
  leafNode as leafNodeCodec,
  mlsMessage,
  protocolVersion,
  type KeyPackage as WireKeyPackage,
  type LeafNode as WireLeafNode,
} from '@twofold/codec'
import type { CreateGroup, CreateKeyPackage, KeyPackageInfo } from '@twofold/core'
import { type KeyPair, Secret, type SignatureKey, TwofoldError } from '@twofold/interface'
import { copyOf, noBytes, sameBytes } from './bytes.ts'
import { checkSize, type EngineContext, rememberVerified } from './context.ts'
import { checkEncryptionKey, leafCapabilities, leafExtensions, leafFault, leafInfo, signingKey } from './leaf.ts'
import { type KeyPackage, library, type PrivateKeyPackage, wireFormats } from './library.ts'
import { checkLifetime, lifetimeFrom } from './lifetime.ts'
import { decodeMessage } from './messages.ts'
import { signWithLabel, toBeSigned, verifyWithLabel } from './signing.ts'

/** RFC 9420 section 10. The secrets hold the init key, the leaf's key and a copy of the signature key, which `join` needs. */
export async function createKeyPackage(
  context: EngineContext,
  options: CreateKeyPackage,
): Promise<{ readonly message: Uint8Array; readonly secrets: Secret }> {
  const { suite } = context
  const own = await makeLeaf(context, options)
  const init = await suite.hpke.kem.generateKeyPair()
  const unsigned = wrapLeaf(context, own.leafNode, init.publicKey)
  const signed = await signWithLabel(suite, own.signature.privateKey, 'KeyPackageTBS', keyPackageCodec, unsigned)
  return { message: encode(mlsMessage, { kind: 'key_package', ...signed }), secrets: packSecrets(own, init) }
}

/** A leaf of ours for a new group, as the library wants it: in a KeyPackage that nobody sees and nobody signed. */
export async function makeOwnPackage(
  context: EngineContext,
  options: CreateGroup,
): Promise<{ readonly keyPackage: KeyPackage; readonly privateKeys: PrivateKeyPackage }> {
  const own = await makeLeaf(context, options)
  const message = encode(mlsMessage, { kind: 'key_package', ...wrapLeaf(context, own.leafNode, noBytes) })
  const { keyPackage } = decodeMessage(message, wireFormats.keyPackage)
  return { keyPackage, privateKeys: privateKeysOf(own, noBytes) }
}

interface OwnLeaf {
  readonly leafNode: WireLeafNode
  readonly encryption: KeyPair
  readonly signature: SignatureKey
}

/** RFC 9420 section 7.2, with leaf_node_source key_package. */
async function makeLeaf(context: EngineContext, options: CreateKeyPackage | CreateGroup): Promise<OwnLeaf> {
  const { suite, profile } = context
  const signature = signingKey(options.identity, suite)
  const lifetime = lifetimeFrom(options.at, options.lifetimeMs, profile)
  const encryption = await suite.hpke.kem.generateKeyPair()
  const unsigned: WireLeafNode = {
    encryptionKey: encryption.publicKey,
    signatureKey: signature.publicKey,
    credential: options.identity.credential,
    capabilities: leafCapabilities(profile, options.suites),
    source: { kind: 'key_package', lifetime },
    extensions: leafExtensions(profile),
    signature: noBytes,
  }
  const leafNode = await signWithLabel(suite, signature.privateKey, 'LeafNodeTBS', leafNodeCodec, unsigned)
  return { leafNode, encryption, signature }
}

function wrapLeaf(context: EngineContext, leafNode: WireLeafNode, initKey: Uint8Array): WireKeyPackage {
  return {
    version: protocolVersion.mls10,
    suite: context.suite.id,
    initKey,
    leafNode,
    extensions: [],
    signature: noBytes,
  }
}

function privateKeysOf(own: OwnLeaf, initPrivateKey: Uint8Array): PrivateKeyPackage {
  return {
    initPrivateKey,
    hpkePrivateKey: own.encryption.privateKey,
    signaturePrivateKey: own.signature.privateKey,
  }
}

function packSecrets(own: OwnLeaf, init: KeyPair): Secret {
  const packed = library.encode(library.privateKeyPackageEncoder, privateKeysOf(own, init.privateKey))
  init.privateKey.fill(0)
  own.encryption.privateKey.fill(0)
  return new Secret(packed)
}

/** What `createKeyPackage` gave, opened again. */
export interface OwnPackage {
  readonly keyPackage: KeyPackage
  /** Our leaf's one encoding. */
  readonly leaf: Uint8Array
  /** What verified our leaf: the signature key, the bytes that were signed, and the signature. */
  readonly signed: readonly [Uint8Array, Uint8Array, Uint8Array]
  /** In fresh memory. */
  readonly privateKeys: PrivateKeyPackage
}

/** Throws `USAGE_INVALID_ARGUMENT` for what `createKeyPackage` did not give. */
export function openOwnPackage(message: Uint8Array, secrets: Secret): OwnPackage {
  try {
    const wire = decode(mlsMessage, message)
    const { keyPackage } = decodeMessage(message, wireFormats.keyPackage)
    if (wire.kind !== 'key_package' || secrets.wiped) throw new TypeError('another message, or wiped secrets')
    const { leafNode } = wire
    const signedBytes = toBeSigned('LeafNodeTBS', leafNodeCodec, leafNode)
    return {
      keyPackage,
      leaf: encode(leafNodeCodec, leafNode),
      signed: [leafNode.signatureKey, signedBytes, leafNode.signature],
      privateKeys: unpackSecrets(secrets.bytes),
    }
  } catch (cause) {
    throw new TwofoldError('USAGE_INVALID_ARGUMENT', 'not a key package of ours with its secrets', { cause })
  }
}

function unpackSecrets(bytes: Uint8Array): PrivateKeyPackage {
  const packed = copyOf(bytes)
  const unpacked = library.privateKeyPackageDecoder(packed, 0)
  if (unpacked?.[1] !== packed.length) throw new TypeError('not the secrets of a key package')
  const { initPrivateKey, hpkePrivateKey, signaturePrivateKey } = unpacked[0]
  const privateKeys = {
    initPrivateKey: copyOf(initPrivateKey),
    hpkePrivateKey: copyOf(hpkePrivateKey),
    signaturePrivateKey: copyOf(signaturePrivateKey),
  }
  packed.fill(0)
  return privateKeys
}

/** Throws `USAGE_INVALID_ARGUMENT` for what the caller says about our side and no leaf can say. */
export function checkOwnSide(context: EngineContext, options: CreateKeyPackage | CreateGroup): void {
  const { identity, at, lifetimeMs, suites } = options
  signingKey(identity, context.suite)
  lifetimeFrom(at, lifetimeMs, context.profile)
  if (!suites.includes(context.suite.id))
    throw new TwofoldError('USAGE_INVALID_ARGUMENT', 'suites lacks the one in use')
  try {
    if (identity.credential.kind === 'unknown') throw new RangeError('of an unknown type')
    encode(credentialCodec, identity.credential)
    encode(capabilitiesCodec, leafCapabilities(context.profile, suites))
  } catch (cause) {
    throw new TwofoldError('USAGE_INVALID_ARGUMENT', 'the credential or the suites do not fit into a leaf', { cause })
  }
}

/** A peer's KeyPackage, as the codec reads it and as the library does. */
export interface PeerKeyPackage {
  readonly wire: WireKeyPackage
  readonly lifetime: Lifetime
  readonly keyPackage: KeyPackage
}

/** `inspectKeyPackage` of the engine contract. */
export async function inspectKeyPackage(
  context: EngineContext,
  message: Uint8Array,
  at: number,
): Promise<KeyPackageInfo> {
  const { suite } = context
  const { wire, lifetime, keyPackage } = checkKeyPackage(context, message, at)
  const { leafNode } = wire
  await verifyWithLabel(suite, leafNode.signatureKey, 'LeafNodeTBS', leafNodeCodec, leafNode)
  await verifyWithLabel(suite, leafNode.signatureKey, 'KeyPackageTBS', keyPackageCodec, wire)
  await checkEncryptionKey(context, leafNode.encryptionKey)
  await rememberVerified(context, message)
  return { suite: suite.id, leaf: leafInfo(keyPackage.leafNode), expiresAt: Number(lifetime.notAfter) * 1000 }
}

/** RFC 9420 section 10.1 without the signatures: everything that costs nothing. */
export function checkKeyPackage(context: EngineContext, message: Uint8Array, at: number): PeerKeyPackage {
  checkSize(context, message)
  const wire = decode(mlsMessage, message)
  if (wire.kind !== 'key_package') refuse('the message holds no key package')
  if (wire.suite !== context.suite.id) {
    throw new TwofoldError('PEER_SUITE_REFUSED', 'the key package is for another cipher suite')
  }
  const { source } = wire.leafNode
  if (source.kind !== 'key_package') refuse('the leaf is not one of a key package')
  const fault = packageFault(context, wire) ?? leafFault(context, wire.leafNode)
  if (fault !== undefined) refuse(fault)
  checkLifetime(source, at, context.profile)
  return { wire, lifetime: source.lifetime, keyPackage: decodeMessage(message, wireFormats.keyPackage).keyPackage }
}

function packageFault(context: EngineContext, { version, initKey, leafNode }: WireKeyPackage): string | undefined {
  if (version !== protocolVersion.mls10) return 'the key package is not for MLS 1.0'
  if (initKey.length !== context.suite.hpke.kem.Npk) return 'the init key has the wrong length'
  if (sameBytes(initKey, leafNode.encryptionKey)) return 'the init key is the encryption key'
  return undefined
}

function refuse(fault: string): never {
  throw new TwofoldError('PEER_BAD_KEY_PACKAGE', fault)
}
