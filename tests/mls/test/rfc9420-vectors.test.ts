import { toSuiteId } from '@twofold/codec'
import type { CryptoProvider, CryptoSuite } from '@twofold/interface'
import * as tsMls from 'ts-mls'
import { afterAll, describe, expect, test } from 'vitest'
import { inner } from '../src/inner.ts'
import { providers } from '../src/subject.ts'
import { fromHex, haveVectors, mlsVectors, toHex, VectorTable } from '../src/vectors.ts'

/*
 * The vectors of RFC 9420's working group, run against the inner functions of ts-mls that the engine relies on, with our
 * suites behind them through the engine's own adapter: labels, encodings and key schedule as the engine uses them.
 */

type Suite = tsMls.CiphersuiteImpl

const adapterUrl = new URL('../../../packages/mls/src/cipher-suite.ts', import.meta.url)
const { librarySuite } = (await import(adapterUrl.href)) as { librarySuite(suite: CryptoSuite): Suite }

const table = new VectorTable()
afterAll(() => table.print())

interface Case {
  readonly cipher_suite: number
}

function runAll<T extends Case>(file: string, check: (vector: T, suite: Suite) => Promise<void>): void {
  describe.each(providers)(`${file} with crypto-$name`, (provider) => {
    const vectors = mlsVectors<T>(file)
    const served = vectors.filter((vector) => isServed(provider, vector))
    const row = `${file} (${provider.name})`
    for (const { cipher_suite } of vectors.filter((vector) => !isServed(provider, vector))) {
      table.skip(row, `suite ${cipher_suite}: ${provider.whyNot(toSuiteId(cipher_suite)) ?? 'not served'}`)
    }
    test.skipIf(!haveVectors)('there are vectors, and the provider serves some of their suites', () => {
      expect(served.length).toBeGreaterThan(0)
    })
    for (const [i, vector] of served.entries()) {
      test(`case ${i}, suite ${vector.cipher_suite}`, () =>
        table.run(row, async () => {
          await check(vector, librarySuite(await provider.suite(toSuiteId(vector.cipher_suite))))
        }))
    }
  })
}

function isServed(provider: CryptoProvider, { cipher_suite }: Case): boolean {
  return provider.suites.includes(toSuiteId(cipher_suite))
}

/** A P-521 private key of the vectors may lack its leading zeros, which RFC 9180 section 7.1.2 wants. */
function privateKeyOf(hex: string, suite: Suite): tsMls.PrivateKey {
  const bytes = fromHex(hex)
  const padded =
    suite.id === 5 && bytes.length < 66 ? Uint8Array.of(...new Uint8Array(66 - bytes.length), ...bytes) : bytes
  return padded as unknown as tsMls.PrivateKey
}

const { deriveSecret, deriveTreeSecret, expandWithLabel } = await inner<{
  deriveSecret(secret: Uint8Array, label: string, kdf: tsMls.Kdf): Promise<Uint8Array>
  deriveTreeSecret(
    secret: Uint8Array,
    label: string,
    generation: number,
    length: number,
    kdf: tsMls.Kdf,
  ): Promise<Uint8Array>
  expandWithLabel(
    secret: Uint8Array,
    label: string,
    context: Uint8Array,
    length: number,
    kdf: tsMls.Kdf,
  ): Promise<Uint8Array>
}>('crypto/kdf.js')

interface CryptoBasics extends Case {
  readonly ref_hash: { readonly label: string; readonly value: string; readonly out: string }
  readonly expand_with_label: {
    readonly secret: string
    readonly label: string
    readonly context: string
    readonly length: number
    readonly out: string
  }
  readonly derive_secret: { readonly secret: string; readonly label: string; readonly out: string }
  readonly derive_tree_secret: {
    readonly secret: string
    readonly label: string
    readonly generation: number
    readonly length: number
    readonly out: string
  }
  readonly sign_with_label: {
    readonly priv: string
    readonly pub: string
    readonly content: string
    readonly label: string
    readonly signature: string
  }
  readonly encrypt_with_label: {
    readonly priv: string
    readonly pub: string
    readonly label: string
    readonly context: string
    readonly plaintext: string
    readonly kem_output: string
    readonly ciphertext: string
  }
}

const { refhash } = await inner<{
  refhash(label: string, value: Uint8Array, hash: tsMls.Hash): Promise<Uint8Array>
}>('crypto/hash.js')
const { verifyWithLabel, signWithLabel } = await inner<{
  verifyWithLabel(
    key: Uint8Array,
    label: string,
    content: Uint8Array,
    signature: Uint8Array,
    s: tsMls.Signature,
  ): Promise<boolean>
  signWithLabel(key: Uint8Array, label: string, content: Uint8Array, s: tsMls.Signature): Promise<Uint8Array>
}>('crypto/signature.js')
const { decryptWithLabel, encryptWithLabel } = await inner<{
  decryptWithLabel(
    key: tsMls.PrivateKey,
    label: string,
    context: Uint8Array,
    kemOutput: Uint8Array,
    ciphertext: Uint8Array,
    hpke: tsMls.Hpke,
  ): Promise<Uint8Array>
  encryptWithLabel(
    key: tsMls.PublicKey,
    label: string,
    context: Uint8Array,
    plaintext: Uint8Array,
    hpke: tsMls.Hpke,
  ): Promise<{ readonly ct: Uint8Array; readonly enc: Uint8Array }>
}>('crypto/hpke.js')

runAll<CryptoBasics>('crypto-basics', async (vector, suite) => {
  const { ref_hash: ref, expand_with_label: expand, derive_secret: derive, derive_tree_secret: tree } = vector
  const { sign_with_label: sign, encrypt_with_label: encrypt } = vector
  expect(toHex(await refhash(ref.label, fromHex(ref.value), suite.hash))).toBe(ref.out)
  const secret = fromHex(expand.secret)
  const context = fromHex(expand.context)
  expect(toHex(await expandWithLabel(secret, expand.label, context, expand.length, suite.kdf))).toBe(expand.out)
  expect(toHex(await deriveSecret(fromHex(derive.secret), derive.label, suite.kdf))).toBe(derive.out)
  const treeSecret = fromHex(tree.secret)
  const derived = await deriveTreeSecret(treeSecret, tree.label, tree.generation, tree.length, suite.kdf)
  expect(toHex(derived)).toBe(tree.out)
  const content = fromHex(sign.content)
  const publicKey = fromHex(sign.pub)
  expect(await verifyWithLabel(publicKey, sign.label, content, fromHex(sign.signature), suite.signature)).toBe(true)
  const again = await signWithLabel(fromHex(sign.priv), sign.label, content, suite.signature)
  expect(await verifyWithLabel(publicKey, sign.label, content, again, suite.signature)).toBe(true)
  const privateKey = privateKeyOf(encrypt.priv, suite)
  const info = fromHex(encrypt.context)
  const open = (enc: Uint8Array, ct: Uint8Array) =>
    decryptWithLabel(privateKey, encrypt.label, info, enc, ct, suite.hpke)
  expect(toHex(await open(fromHex(encrypt.kem_output), fromHex(encrypt.ciphertext)))).toBe(encrypt.plaintext)
  const recipient = await suite.hpke.importPublicKey(fromHex(encrypt.pub))
  const sealed = await encryptWithLabel(recipient, encrypt.label, info, fromHex(encrypt.plaintext), suite.hpke)
  expect(toHex(await open(sealed.enc, sealed.ct))).toBe(encrypt.plaintext)
})

interface KeyScheduleCase extends Case {
  readonly group_id: string
  readonly initial_init_secret: string
  readonly epochs: readonly (Readonly<Record<string, string>> & {
    readonly exporter: {
      readonly label: string
      readonly context: string
      readonly length: number
      readonly secret: string
    }
  })[]
}

const { initializeEpoch } = await inner<{
  initializeEpoch(
    initSecret: Uint8Array,
    commitSecret: Uint8Array,
    context: tsMls.GroupContext,
    pskSecret: Uint8Array,
    kdf: tsMls.Kdf,
  ): Promise<{
    readonly welcomeSecret: Uint8Array
    readonly joinerSecret: Uint8Array
    readonly encryptionSecret: Uint8Array
    readonly keySchedule: tsMls.KeySchedule
  }>
}>('keySchedule.js')
const { groupContextEncoder } = await inner<{ groupContextEncoder: tsMls.Encoder<tsMls.GroupContext> }>(
  'groupContext.js',
)

runAll<KeyScheduleCase>('key-schedule', async (vector, suite) => {
  let initSecret = fromHex(vector.initial_init_secret)
  for (const [i, epoch] of vector.epochs.entries()) {
    const context: tsMls.GroupContext = {
      version: tsMls.protocolVersions.mls10,
      cipherSuite: vector.cipher_suite,
      groupId: fromHex(vector.group_id),
      epoch: BigInt(i),
      treeHash: fromHex(epoch.tree_hash!),
      confirmedTranscriptHash: fromHex(epoch.confirmed_transcript_hash!),
      extensions: [],
    }
    expect(toHex(tsMls.encode(groupContextEncoder, context))).toBe(epoch.group_context)
    const [commitSecret, pskSecret] = [fromHex(epoch.commit_secret!), fromHex(epoch.psk_secret!)]
    const made = await initializeEpoch(initSecret, commitSecret, context, pskSecret, suite.kdf)
    const { keySchedule: keys } = made
    const secrets = {
      joiner_secret: made.joinerSecret,
      welcome_secret: made.welcomeSecret,
      encryption_secret: made.encryptionSecret,
      init_secret: keys.initSecret,
      sender_data_secret: keys.senderDataSecret,
      exporter_secret: keys.exporterSecret,
      external_secret: keys.externalSecret,
      confirmation_key: keys.confirmationKey,
      membership_key: keys.membershipKey,
      resumption_psk: keys.resumptionPsk,
      epoch_authenticator: keys.epochAuthenticator,
    }
    for (const [name, secret] of Object.entries(secrets)) expect(toHex(secret), name).toBe(epoch[name])
    const external = await suite.hpke.deriveKeyPair(keys.externalSecret)
    expect(toHex(await suite.hpke.exportPublicKey(external.publicKey))).toBe(epoch.external_pub)
    const { label, context: exporterContext, length, secret } = epoch.exporter
    const exported = await tsMls.mlsExporter(keys.exporterSecret, label, fromHex(exporterContext), length, suite)
    expect(toHex(exported)).toBe(secret)
    initSecret = keys.initSecret
  }
})

interface TranscriptCase extends Case {
  readonly confirmation_key: string
  readonly authenticated_content: string
  readonly interim_transcript_hash_before: string
  readonly confirmed_transcript_hash_after: string
  readonly interim_transcript_hash_after: string
}

interface AuthenticatedCommit {
  readonly wireformat: number
  readonly content: object
  readonly auth: { readonly signature: Uint8Array; readonly confirmationTag: Uint8Array }
}

const { authenticatedContentDecoder } = await inner<{
  authenticatedContentDecoder: tsMls.Decoder<AuthenticatedCommit>
}>('authenticatedContent.js')
const { createConfirmedHash, createInterimHash } = await inner<{
  createConfirmedHash(interim: Uint8Array, input: object, hash: tsMls.Hash): Promise<Uint8Array>
  createInterimHash(confirmed: Uint8Array, tag: Uint8Array, hash: tsMls.Hash): Promise<Uint8Array>
}>('transcriptHash.js')

runAll<TranscriptCase>('transcript-hashes', async (vector, suite) => {
  const decoded = tsMls.decode(authenticatedContentDecoder, fromHex(vector.authenticated_content))!
  const { wireformat, content, auth } = decoded
  const input = { wireformat, content, signature: auth.signature }
  const confirmed = await createConfirmedHash(fromHex(vector.interim_transcript_hash_before), input, suite.hash)
  expect(toHex(confirmed)).toBe(vector.confirmed_transcript_hash_after)
  const interim = await createInterimHash(confirmed, auth.confirmationTag, suite.hash)
  expect(toHex(interim)).toBe(vector.interim_transcript_hash_after)
  const key = fromHex(vector.confirmation_key)
  expect(await suite.hash.verifyMac(key, auth.confirmationTag, confirmed)).toBe(true)
})

interface ProtectionCase extends Case, Readonly<Record<string, string | number>> {
  readonly cipher_suite: number
  readonly epoch: number
}

interface Unprotected {
  readonly content: {
    readonly content: {
      readonly proposal?: tsMls.Proposal
      readonly commit?: tsMls.Commit
      readonly applicationData?: Uint8Array
    }
  }
}

const { createSecretTree } = await inner<{
  createSecretTree(width: number, secret: Uint8Array): tsMls.SecretTree
}>('secretTree.js')
const { unprotectPrivateMessage } = await inner<{
  unprotectPrivateMessage(...args: unknown[]): Promise<Unprotected>
}>('messageProtection.js')
const { unprotectPublicMessage } = await inner<{
  unprotectPublicMessage(...args: unknown[]): Promise<Unprotected['content']>
}>('messageProtectionPublic.js')
const { proposalEncoder } = await inner<{ proposalEncoder: tsMls.Encoder<tsMls.Proposal> }>('proposal.js')
const { commitEncoder } = await inner<{ commitEncoder: tsMls.Encoder<tsMls.Commit> }>('commit.js')

runAll<ProtectionCase>('message-protection', async (vector, suite) => {
  const bytes = (name: string) => fromHex(String(vector[name]))
  const context: tsMls.GroupContext = {
    version: tsMls.protocolVersions.mls10,
    cipherSuite: vector.cipher_suite,
    groupId: bytes('group_id'),
    epoch: BigInt(vector.epoch),
    treeHash: bytes('tree_hash'),
    confirmedTranscriptHash: bytes('confirmed_transcript_hash'),
    extensions: [],
  }
  const signatureKey = bytes('signature_pub')
  const open = async (name: string): Promise<string> => {
    const message = tsMls.decode(tsMls.mlsMessageDecoder, bytes(name))
    if (message?.wireformat === tsMls.wireformats.mls_public_message) {
      const { publicMessage } = message
      const membershipKey = bytes('membership_key')
      return contentOf(await unprotectPublicMessage(membershipKey, context, [], publicMessage, suite, signatureKey))
    }
    if (message?.wireformat !== tsMls.wireformats.mls_private_message) throw new Error(`${name} is no framed message`)
    const tree = createSecretTree(2, bytes('encryption_secret'))
    const opened = await unprotectPrivateMessage(
      bytes('sender_data_secret'),
      message.privateMessage,
      tree,
      [],
      context,
      tsMls.defaultKeyRetentionConfig,
      suite,
      signatureKey,
    )
    return contentOf(opened.content)
  }
  for (const kind of ['proposal', 'commit'] as const) {
    expect(await open(`${kind}_pub`), `${kind}_pub`).toBe(vector[kind])
    expect(await open(`${kind}_priv`), `${kind}_priv`).toBe(vector[kind])
  }
  expect(await open('application_priv')).toBe(vector.application)
})

function contentOf({ content }: Unprotected['content']): string {
  if (content.proposal !== undefined) return toHex(tsMls.encode(proposalEncoder, content.proposal))
  if (content.commit !== undefined) return toHex(tsMls.encode(commitEncoder, content.commit))
  return toHex(content.applicationData!)
}

interface WelcomeCase extends Case {
  readonly init_priv: string
  readonly key_package: string
  readonly signer_pub: string
  readonly welcome: string
}

const { decryptGroupInfo, decryptGroupSecrets } = await inner<{
  decryptGroupSecrets(
    key: tsMls.PrivateKey,
    ref: Uint8Array,
    welcome: tsMls.Welcome,
    hpke: tsMls.Hpke,
  ): Promise<{ readonly joinerSecret: Uint8Array; readonly psks: unknown[] } | undefined>
  decryptGroupInfo(
    welcome: tsMls.Welcome,
    joinerSecret: Uint8Array,
    pskSecret: Uint8Array,
    suite: Suite,
  ): Promise<tsMls.GroupInfo | undefined>
}>('welcome.js')
const { verifyGroupInfoConfirmationTag, verifyGroupInfoSignature } = await inner<{
  verifyGroupInfoSignature(info: tsMls.GroupInfo, key: Uint8Array, s: tsMls.Signature): Promise<boolean>
  verifyGroupInfoConfirmationTag(
    info: tsMls.GroupInfo,
    joinerSecret: Uint8Array,
    pskSecret: Uint8Array,
    suite: Suite,
  ): Promise<boolean>
}>('groupInfo.js')

runAll<WelcomeCase>('welcome', async (vector, suite) => {
  const offered = tsMls.decode(tsMls.mlsMessageDecoder, fromHex(vector.key_package))
  const answer = tsMls.decode(tsMls.mlsMessageDecoder, fromHex(vector.welcome))
  if (offered?.wireformat !== tsMls.wireformats.mls_key_package) throw new Error('no key package')
  if (answer?.wireformat !== tsMls.wireformats.mls_welcome) throw new Error('no welcome')
  const ref = await tsMls.makeKeyPackageRef(offered.keyPackage, suite.hash)
  const secrets = await decryptGroupSecrets(privateKeyOf(vector.init_priv, suite), ref, answer.welcome, suite.hpke)
  if (secrets === undefined) throw new Error('no group secrets')
  const noPsk = new Uint8Array(suite.kdf.size)
  expect(secrets.psks).toEqual([])
  const info = await decryptGroupInfo(answer.welcome, secrets.joinerSecret, noPsk, suite)
  if (info === undefined) throw new Error('no group info')
  expect(await verifyGroupInfoSignature(info, fromHex(vector.signer_pub), suite.signature)).toBe(true)
  expect(await verifyGroupInfoConfirmationTag(info, secrets.joinerSecret, noPsk, suite)).toBe(true)
})

interface SecretTreeCase extends Case {
  readonly encryption_secret: string
  readonly sender_data: Readonly<Record<'sender_data_secret' | 'ciphertext' | 'key' | 'nonce', string>>
  readonly leaves: readonly (readonly (Readonly<Record<string, string>> & { readonly generation: number })[])[]
}

const { expandSenderDataKey, expandSenderDataNonce } = await inner<{
  expandSenderDataKey(suite: Suite, secret: Uint8Array, ciphertext: Uint8Array): Promise<Uint8Array>
  expandSenderDataNonce(suite: Suite, secret: Uint8Array, ciphertext: Uint8Array): Promise<Uint8Array>
}>('sender.js')
const { ratchetToGeneration } = await inner<{
  ratchetToGeneration(
    tree: tsMls.SecretTree,
    senderData: object,
    contentType: number,
    config: tsMls.KeyRetentionConfig,
    suite: Suite,
  ): Promise<{ readonly key: Uint8Array; readonly nonce: Uint8Array }>
}>('secretTree.js')

runAll<SecretTreeCase>('secret-tree', async (vector, suite) => {
  const { sender_data: sender } = vector
  const [secret, ciphertext] = [fromHex(sender.sender_data_secret), fromHex(sender.ciphertext)]
  expect(toHex(await expandSenderDataKey(suite, secret, ciphertext))).toBe(sender.key)
  expect(toHex(await expandSenderDataNonce(suite, secret, ciphertext))).toBe(sender.nonce)
  for (const [leafIndex, generations] of vector.leaves.entries()) {
    for (const expected of generations) {
      for (const [kind, contentType] of [
        ['handshake', tsMls.contentTypes.commit],
        ['application', tsMls.contentTypes.application],
      ] as const) {
        const tree = createSecretTree(vector.leaves.length, fromHex(vector.encryption_secret))
        const senderData = { leafIndex, generation: expected.generation, reuseGuard: new Uint8Array(4) }
        const config = tsMls.defaultKeyRetentionConfig
        const { key, nonce } = await ratchetToGeneration(tree, senderData, contentType, config, suite)
        expect(toHex(key)).toBe(expected[`${kind}_key`])
        expect(toHex(nonce)).toBe(expected[`${kind}_nonce`])
      }
    }
  }
})

const passive =
  'a passive client joins larger groups with pre-shared keys and trees beside the Welcome, which a two-party engine refuses'

test.skipIf(!haveVectors).each(['passive-client-welcome', 'passive-client-handling-commit'])(
  '%s is accounted for',
  (file) => {
    const cases = mlsVectors(file).length
    expect(cases).toBeGreaterThan(0)
    table.skip(file, passive, cases)
  },
)
