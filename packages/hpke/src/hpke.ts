import { type Aead, type Hpke, type Kdf, type Kem, type MaybePromise, TwofoldError } from '@twofold/interface'
import { ascii, concat, I2OSP } from './bytes.ts'
import { chain } from './chain.ts'
import { checkLength, opaque } from './failure.ts'
import { labeledExpand, labeledExtract } from './labeled.ts'

export interface HpkeParts {
  readonly kem: Kem
  readonly kdf: Kdf
  readonly aead: Aead
}

/** An encryption context (RFC 9180 section 5.2): one direction, one message after the other. Not for concurrent calls. */
export interface HpkeContext {
  /** Encrypts the next message. Throws `USAGE_LIMIT_REACHED` after 2^53 - 1 messages. */
  seal(aad: Uint8Array, plaintext: Uint8Array): MaybePromise<Uint8Array>
  /** Decrypts the next message; one that does not open throws `CRYPTO_FAILED` and does not count. */
  open(aad: Uint8Array, ciphertext: Uint8Array): MaybePromise<Uint8Array>
  /** RFC 9180 section 5.3; `length` is at most 255 times `Nh`. */
  export(exporterContext: Uint8Array, length: number): MaybePromise<Uint8Array>
}

/** HPKE in base mode, single shot as the contract has it, and with contexts. */
export interface HpkeSuite extends Hpke {
  /** RFC 9180 section 5.1.1, sender. Throws `CRYPTO_FAILED` for a public key that is not valid. */
  setupBaseS(
    publicKey: Uint8Array,
    info: Uint8Array,
  ): MaybePromise<{ readonly enc: Uint8Array; readonly context: HpkeContext }>
  /** RFC 9180 section 5.1.1, receiver. Throws `CRYPTO_FAILED`. */
  setupBaseR(enc: Uint8Array, privateKey: Uint8Array, info: Uint8Array): MaybePromise<HpkeContext>
}

const none = new Uint8Array(0)
const modeBase = 0x00

/** Composes HPKE (RFC 9180) in base mode; what depends on the suite alone is computed once. */
export function hpke({ kem, kdf, aead }: HpkeParts): HpkeSuite {
  const suiteId = concat(ascii('HPKE'), I2OSP(kem.id, 2), I2OSP(kdf.id, 2), I2OSP(aead.id, 2))
  const schedule = keySchedule(kdf, aead, suiteId)
  const expandExport = exporter(kdf, suiteId)

  function contextOf(sharedSecret: Uint8Array, info: Uint8Array): MaybePromise<HpkeContext> {
    return chain(schedule(sharedSecret, info), (secrets) =>
      chain(secrets.key(), (key) =>
        chain(secrets.baseNonce(), (baseNonce) =>
          chain(secrets.exporterSecret(), (exporterSecret) => ({
            ...messages(aead, key, baseNonce),
            export: (context: Uint8Array, length: number) => expandExport(exporterSecret, context, length),
          })),
        ),
      ),
    )
  }

  function once(
    sharedSecret: Uint8Array,
    info: Uint8Array,
    use: (key: Uint8Array, nonce: Uint8Array) => MaybePromise<Uint8Array>,
  ): MaybePromise<Uint8Array> {
    return chain(schedule(sharedSecret, info), (secrets) =>
      chain(secrets.key(), (key) => chain(secrets.baseNonce(), (nonce) => use(key, nonce))),
    )
  }

  return {
    kem,
    seal: (publicKey, info, aad, plaintext) =>
      chain(kem.encap(publicKey), ({ sharedSecret, enc }) =>
        chain(
          once(sharedSecret, info, (key, nonce) => aead.seal(key, nonce, aad, plaintext)),
          (ciphertext) => ({ enc, ciphertext }),
        ),
      ),
    open: (privateKey, enc, info, aad, ciphertext) =>
      opaque(() =>
        chain(kem.decap(enc, privateKey), (sharedSecret) =>
          once(sharedSecret, info, (key, nonce) => aead.open(key, nonce, aad, ciphertext)),
        ),
      ),
    setupBaseS: (publicKey, info) =>
      chain(kem.encap(publicKey), ({ sharedSecret, enc }) =>
        chain(contextOf(sharedSecret, info), (context) => ({ enc, context })),
      ),
    setupBaseR: (enc, privateKey, info) =>
      chain(kem.decap(enc, privateKey), (sharedSecret) => contextOf(sharedSecret, info)),
  }
}

interface Secrets {
  key(): MaybePromise<Uint8Array>
  baseNonce(): MaybePromise<Uint8Array>
  exporterSecret(): MaybePromise<Uint8Array>
}

/** RFC 9180 section 5.1, KeySchedule with mode_base, an empty psk and an empty psk_id. */
function keySchedule(kdf: Kdf, aead: Aead, suiteId: Uint8Array) {
  const extractInfoHash = labeledExtract(kdf, suiteId, 'info_hash')
  const extractSecret = labeledExtract(kdf, suiteId, 'secret')
  const expandKey = labeledExpand(kdf, suiteId, 'key', aead.Nk)
  const expandBaseNonce = labeledExpand(kdf, suiteId, 'base_nonce', aead.Nn)
  const expandExporterSecret = labeledExpand(kdf, suiteId, 'exp', kdf.Nh)
  let pskIdHash: MaybePromise<Uint8Array> | undefined

  function contextPrefix(): MaybePromise<Uint8Array> {
    pskIdHash ??= labeledExtract(kdf, suiteId, 'psk_id_hash')(none, none)
    return pskIdHash
  }

  return (sharedSecret: Uint8Array, info: Uint8Array): MaybePromise<Secrets> =>
    chain(contextPrefix(), (pskId) =>
      chain(extractInfoHash(none, info), (infoHash) =>
        chain(extractSecret(sharedSecret, none), (secret) => {
          const context = concat(I2OSP(modeBase, 1), pskId, infoHash)
          return {
            key: () => expandKey(secret, context),
            baseNonce: () => expandBaseNonce(secret, context),
            exporterSecret: () => expandExporterSecret(secret, context),
          }
        }),
      ),
    )
}

/** RFC 9180 section 5.3. */
function exporter(kdf: Kdf, suiteId: Uint8Array) {
  return (exporterSecret: Uint8Array, context: Uint8Array, length: number): MaybePromise<Uint8Array> => {
    if (!Number.isInteger(length) || length < 0 || length > 255 * kdf.Nh) {
      throw new TwofoldError('USAGE_INVALID_ARGUMENT', `an exported secret has 0 to ${255 * kdf.Nh} bytes`)
    }
    return labeledExpand(kdf, suiteId, 'sec', length)(exporterSecret, context)
  }
}

/** RFC 9180 section 5.2: each message under its own nonce, base_nonce XOR the sequence number. */
function messages(aead: Aead, key: Uint8Array, baseNonce: Uint8Array): Pick<HpkeContext, 'seal' | 'open'> {
  checkLength(key, aead.Nk)
  const bound = aead.bind(key)
  let sequence = 0

  function nonce(): Uint8Array {
    if (sequence >= Number.MAX_SAFE_INTEGER) throw new TwofoldError('USAGE_LIMIT_REACHED', 'too many messages')
    const bytes = I2OSP(sequence, aead.Nn)
    return bytes.map((byte, i) => byte ^ baseNonce[i]!)
  }

  return {
    seal(aad, plaintext) {
      const sealed = bound.seal(nonce(), aad, plaintext)
      sequence++
      return sealed
    },
    open: (aad, ciphertext) =>
      chain(bound.open(nonce(), aad, ciphertext), (plaintext) => {
        sequence++
        return plaintext
      }),
  }
}
