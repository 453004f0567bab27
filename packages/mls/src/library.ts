import * as tsMls from 'ts-mls'

/*
 * What this package uses of ts-mls, in types of its own: those of ts-mls need the DOM, and none of them may appear in a
 * published declaration. No other file imports it. What these functions leave unchecked is checked around them.
 */

export interface Capabilities {
  readonly versions: number[]
  readonly ciphersuites: number[]
  readonly extensions: number[]
  readonly proposals: number[]
  readonly credentials: number[]
}

export interface Extension {
  readonly extensionType: number
  readonly extensionData: Uint8Array
}

export interface RequiredCapabilities {
  readonly extensionTypes: number[]
  readonly proposalTypes: number[]
  readonly credentialTypes: number[]
}

/** The library parses the data of required_capabilities and external_senders, and leaves the rest. */
export interface GroupContextExtension {
  readonly extensionType: number
  readonly extensionData: Uint8Array | RequiredCapabilities | object
}

export interface LeafCredential {
  readonly credentialType: number
  readonly identity?: Uint8Array
  readonly certificates?: Uint8Array[]
  readonly data?: Uint8Array
}

/** In seconds since 1970. */
export interface Lifetime {
  readonly notBefore: bigint
  readonly notAfter: bigint
}

export const leafNodeSources = { key_package: 1, update: 2, commit: 3 } as const

export interface LeafNode {
  readonly hpkePublicKey: Uint8Array
  readonly signaturePublicKey: Uint8Array
  readonly credential: LeafCredential
  readonly capabilities: Capabilities
  readonly leafNodeSource: number
  readonly extensions: Extension[]
  readonly lifetime?: Lifetime
  readonly parentHash?: Uint8Array
  readonly signature: Uint8Array
}

export interface KeyPackage {
  readonly version: number
  readonly cipherSuite: number
  readonly initKey: Uint8Array
  readonly leafNode: LeafNode
  readonly extensions: Extension[]
  readonly signature: Uint8Array
}

export interface PrivateKeyPackage {
  readonly initPrivateKey: Uint8Array
  readonly hpkePrivateKey: Uint8Array
  readonly signaturePrivateKey: Uint8Array
}

export type Node =
  | { readonly nodeType: 1; readonly leaf: LeafNode }
  | {
      readonly nodeType: 2
      readonly parent: {
        readonly hpkePublicKey: Uint8Array
        readonly parentHash: Uint8Array
        readonly unmergedLeaves: number[]
      }
    }

export interface GroupContext {
  readonly version: number
  readonly cipherSuite: number
  readonly groupId: Uint8Array
  readonly epoch: bigint
  readonly treeHash: Uint8Array
  readonly confirmedTranscriptHash: Uint8Array
  readonly extensions: GroupContextExtension[]
}

export interface KeySchedule {
  readonly senderDataSecret: Uint8Array
  readonly exporterSecret: Uint8Array
  readonly externalSecret: Uint8Array
  readonly confirmationKey: Uint8Array
  readonly membershipKey: Uint8Array
  readonly resumptionPsk: Uint8Array
  readonly epochAuthenticator: Uint8Array
  readonly initSecret: Uint8Array
}

export interface Ratchet {
  readonly secret: Uint8Array
  readonly generation: number
  readonly unusedGenerations: Readonly<Record<number, Uint8Array>>
}

export interface SecretTree {
  readonly leafWidth: number
  readonly intermediateNodes: Readonly<Record<number, Uint8Array>>
  readonly leafNodes: Readonly<Record<number, { readonly handshake: Ratchet; readonly application: Ratchet }>>
}

export interface PrivatePath {
  readonly leafIndex: number
  /** By node index. */
  readonly privateKeys: Readonly<Record<number, Uint8Array>>
}

export interface ClientState {
  readonly groupContext: GroupContext
  readonly ratchetTree: (Node | undefined)[]
  readonly keySchedule: KeySchedule
  readonly secretTree: SecretTree
  readonly privatePath: PrivatePath
  readonly signaturePrivateKey: Uint8Array
  readonly unappliedProposals: Readonly<Record<string, unknown>>
  readonly confirmationTag: Uint8Array
  readonly historicalReceiverData: Map<bigint, unknown>
  readonly groupActiveState: { readonly kind: string }
}

export const wireFormats = {
  publicMessage: 1,
  privateMessage: 2,
  welcome: 3,
  groupInfo: 4,
  keyPackage: 5,
} as const

export type Message =
  | { readonly version: 1; readonly wireformat: typeof wireFormats.publicMessage; readonly publicMessage: object }
  | { readonly version: 1; readonly wireformat: typeof wireFormats.privateMessage; readonly privateMessage: object }
  | { readonly version: 1; readonly wireformat: typeof wireFormats.welcome; readonly welcome: object }
  | { readonly version: 1; readonly wireformat: typeof wireFormats.groupInfo; readonly groupInfo: object }
  | { readonly version: 1; readonly wireformat: typeof wireFormats.keyPackage; readonly keyPackage: KeyPackage }

type Awaitable<T> = T | Promise<T>

/** Keys are opaque to the library; ours are the serialized bytes, so that a provider can cache by their identity. */
export interface LibrarySuite {
  readonly id: number
  readonly hash: {
    digest(data: Uint8Array): Awaitable<Uint8Array>
    mac(key: Uint8Array, data: Uint8Array): Awaitable<Uint8Array>
    verifyMac(key: Uint8Array, mac: Uint8Array, data: Uint8Array): Awaitable<boolean>
  }
  readonly kdf: {
    readonly size: number
    extract(salt: Uint8Array, ikm: Uint8Array): Awaitable<Uint8Array>
    expand(prk: Uint8Array, info: Uint8Array, length: number): Awaitable<Uint8Array>
  }
  readonly rng: { randomBytes(length: number): Uint8Array }
  readonly signature: {
    sign(privateKey: Uint8Array, message: Uint8Array): Awaitable<Uint8Array>
    verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Awaitable<boolean>
    keygen(): Awaitable<{ readonly publicKey: Uint8Array; readonly signKey: Uint8Array }>
  }
  readonly hpke: {
    readonly keyLength: number
    readonly nonceLength: number
    importPrivateKey(key: Uint8Array): Uint8Array
    importPublicKey(key: Uint8Array): Uint8Array
    exportPrivateKey(key: Uint8Array): Uint8Array
    exportPublicKey(key: Uint8Array): Uint8Array
    generateKeyPair(): Awaitable<LibraryKeyPair>
    deriveKeyPair(ikm: Uint8Array): Awaitable<LibraryKeyPair>
    seal(
      publicKey: Uint8Array,
      plaintext: Uint8Array,
      info: Uint8Array,
      aad?: Uint8Array,
    ): Awaitable<{ readonly ct: Uint8Array; readonly enc: Uint8Array }>
    open(
      privateKey: Uint8Array,
      enc: Uint8Array,
      ciphertext: Uint8Array,
      info: Uint8Array,
      aad?: Uint8Array,
    ): Awaitable<Uint8Array>
    encryptAead(
      key: Uint8Array,
      nonce: Uint8Array,
      aad: Uint8Array | undefined,
      plaintext: Uint8Array,
    ): Awaitable<Uint8Array>
    decryptAead(
      key: Uint8Array,
      nonce: Uint8Array,
      aad: Uint8Array | undefined,
      ciphertext: Uint8Array,
    ): Awaitable<Uint8Array>
    exportSecret(): never
    importSecret(): never
  }
}

export interface LibraryKeyPair {
  readonly publicKey: Uint8Array
  readonly privateKey: Uint8Array
}

export interface Context {
  readonly cipherSuite: LibrarySuite
  readonly authService: { validateCredential(): Promise<boolean> }
  readonly clientConfig: {
    readonly keyRetentionConfig: {
      readonly retainKeysForGenerations: number
      readonly retainKeysForEpochs: number
      readonly maximumForwardRatchetSteps: number
    }
    readonly lifetimeConfig: { readonly maximumTotalLifetime: bigint; readonly validateLifetimeOnReceive: boolean }
    readonly keyPackageEqualityConfig: object
    readonly paddingConfig: { readonly kind: 'alwaysPad'; readonly paddingLength: number }
  }
}

export interface IncomingCommit {
  readonly kind: string
  readonly senderLeafIndex?: number
  readonly proposals?: readonly unknown[]
}

type Encoder<T> = (value: T) => [number, (offset: number, buffer: ArrayBuffer) => void]
type Decoder<T> = (bytes: Uint8Array, offset: number) => [T, number] | undefined

interface Library {
  readonly clientStateEncoder: Encoder<ClientState>
  readonly clientStateDecoder: Decoder<ClientState>
  readonly mlsMessageEncoder: Encoder<Message>
  readonly mlsMessageDecoder: Decoder<Message>
  readonly privateKeyPackageEncoder: Encoder<PrivateKeyPackage>
  readonly privateKeyPackageDecoder: Decoder<PrivateKeyPackage>
  readonly defaultKeyPackageEqualityConfig: object
  encode<T>(encoder: Encoder<T>, value: T): Uint8Array
  generateKeyPackageWithKey(options: {
    readonly credential: LeafCredential
    readonly capabilities: Capabilities
    readonly lifetime: Lifetime
    readonly extensions: Extension[]
    readonly signatureKeyPair: { readonly publicKey: Uint8Array; readonly signKey: Uint8Array }
    readonly cipherSuite: LibrarySuite
    readonly leafNodeExtensions: Extension[]
  }): Promise<{ readonly publicPackage: KeyPackage; readonly privatePackage: PrivateKeyPackage }>
  createGroup(options: {
    readonly context: Context
    readonly groupId: Uint8Array
    readonly keyPackage: KeyPackage
    readonly privateKeyPackage: PrivateKeyPackage
  }): Promise<ClientState>
  createCommit(options: {
    readonly context: Context
    readonly state: ClientState
    readonly wireAsPublicMessage: boolean
    readonly extraProposals: { readonly proposalType: 1; readonly add: { readonly keyPackage: KeyPackage } }[]
    readonly ratchetTreeExtension: boolean
  }): Promise<{
    readonly newState: ClientState
    readonly welcome: Message | undefined
    readonly commit: Message
  }>
  joinGroup(options: {
    readonly context: Context
    readonly welcome: object
    readonly keyPackage: KeyPackage
    readonly privateKeys: PrivateKeyPackage
  }): Promise<ClientState>
  processMessage(options: {
    readonly context: Context
    readonly state: ClientState
    readonly message: Message
    readonly callback: (incoming: IncomingCommit) => 'accept'
  }): Promise<{ readonly kind: string; readonly newState: ClientState; readonly actionTaken?: string }>
  mlsExporter(
    exporterSecret: Uint8Array,
    label: string,
    context: Uint8Array,
    length: number,
    suite: LibrarySuite,
  ): Promise<Uint8Array>
}

export const library: Library = {
  clientStateEncoder: tsMls.clientStateEncoder,
  clientStateDecoder: tsMls.clientStateDecoder,
  mlsMessageEncoder: tsMls.mlsMessageEncoder,
  mlsMessageDecoder: tsMls.mlsMessageDecoder,
  privateKeyPackageEncoder: tsMls.privateKeyPackageEncoder,
  privateKeyPackageDecoder: tsMls.privateKeyPackageDecoder,
  defaultKeyPackageEqualityConfig: tsMls.defaultKeyPackageEqualityConfig,
  encode: tsMls.encode,
  generateKeyPackageWithKey: tsMls.generateKeyPackageWithKey,
  createGroup: tsMls.createGroup,
  createCommit: tsMls.createCommit,
  joinGroup: tsMls.joinGroup,
  processMessage: tsMls.processMessage,
  mlsExporter: tsMls.mlsExporter,
} as unknown as Library
