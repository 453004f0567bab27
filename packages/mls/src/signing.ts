import { type Codec, encode, opaque, struct } from '@twofold/codec'
import { type CryptoSuite, TwofoldError } from '@twofold/interface'
import { ascii, noBytes } from './bytes.ts'

/** RFC 9420 section 5.1.2. */
interface SignContent {
  readonly label: Uint8Array
  readonly content: Uint8Array
}
const signContent: Codec<SignContent> = struct('SignContent', {
  label: opaque({ max: 0xff }),
  content: opaque({ max: 0xff_ffff }),
})

/** The labels of a key package's two signatures (RFC 9420 sections 7.2 and 10). */
export type SignatureLabel = 'LeafNodeTBS' | 'KeyPackageTBS'

/** SignWithLabel over everything but the signature, which is the last field of both structs. */
export async function signWithLabel<T extends { readonly signature: Uint8Array }>(
  suite: CryptoSuite,
  privateKey: Uint8Array,
  label: SignatureLabel,
  codec: Codec<T>,
  value: T,
): Promise<T> {
  return { ...value, signature: await suite.signature.sign(privateKey, toBeSigned(label, codec, value)) }
}

/** VerifyWithLabel. Throws `CRYPTO_FAILED`. */
export async function verifyWithLabel<T extends { readonly signature: Uint8Array }>(
  suite: CryptoSuite,
  publicKey: Uint8Array,
  label: SignatureLabel,
  codec: Codec<T>,
  value: T,
): Promise<void> {
  const valid = await suite.signature.verify(publicKey, toBeSigned(label, codec, value), value.signature)
  if (valid !== true) throw new TwofoldError('CRYPTO_FAILED', 'something did not open or verify')
}

/** RFC 9420 section 5.1.2: SignContent over all of `value` but its signature. */
export function toBeSigned<T extends { readonly signature: Uint8Array }>(
  label: SignatureLabel,
  codec: Codec<T>,
  value: T,
): Uint8Array {
  const unsigned = encode(codec, { ...value, signature: noBytes })
  // An empty signature is one byte at the end: its length.
  return encode(signContent, { label: ascii(`MLS 1.0 ${label}`), content: unsigned.subarray(0, -1) })
}
