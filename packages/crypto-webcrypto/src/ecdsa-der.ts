import { concat, copyOf, cryptoFailed } from '@twofold/hpke'

const sequence = 0x30
const integer = 0x02

/** WebCrypto writes r and s one after the other; MLS wants Ecdsa-Sig-Value in DER (RFC 9420 section 5.1.1, RFC 3279 section 2.2.3). */
export function encodeDer(signature: Uint8Array): Uint8Array {
  const half = signature.length / 2
  return element(sequence, concat(derInteger(copyOf(signature, 0, half)), derInteger(copyOf(signature, half))))
}

/** The other way round, `half` bytes for each number. Throws `CRYPTO_FAILED` for all that is not the one encoding in DER. */
export function decodeDer(der: Uint8Array, half: number): Uint8Array {
  const [content, rest] = take(der, sequence)
  const [r, afterR] = take(content, integer)
  const [s, afterS] = take(afterR, integer)
  if (rest.length !== 0 || afterS.length !== 0) throw cryptoFailed()
  return concat(fixed(r, half), fixed(s, half))
}

/** X.690 section 8.3: as short as it can be, with a zero in front where the number would look negative. */
function derInteger(number: Uint8Array): Uint8Array {
  let start = 0
  while (start < number.length - 1 && number[start] === 0) start++
  const bytes = copyOf(number, start)
  return element(integer, bytes[0]! >= 0x80 ? concat(Uint8Array.of(0), bytes) : bytes)
}

/** At most 139 bytes for P-521, so a length takes one byte or two. */
function element(tag: number, content: Uint8Array): Uint8Array {
  const { length } = content
  return concat(length < 0x80 ? Uint8Array.of(tag, length) : Uint8Array.of(tag, 0x81, length), content)
}

/** One element with that tag from the front: its content, and what follows. */
function take(bytes: Uint8Array, tag: number): readonly [content: Uint8Array, rest: Uint8Array] {
  if (bytes[0] !== tag) throw cryptoFailed()
  const isLong = bytes[1] === 0x81
  const length = bytes[isLong ? 2 : 1]
  const start = isLong ? 3 : 2
  // Long form where the short one would do is a second encoding (X.690 section 10.1).
  if (length === undefined || length >= 0x80 !== isLong || start + length > bytes.length) throw cryptoFailed()
  return [bytes.subarray(start, start + length), bytes.subarray(start + length)]
}

function fixed(number: Uint8Array, length: number): Uint8Array {
  const [first, second] = number
  if (first === undefined || first >= 0x80) throw cryptoFailed()
  if (first === 0 && number.length > 1 && second! < 0x80) throw cryptoFailed()
  const magnitude = first === 0 ? number.subarray(1) : number
  if (magnitude.length > length) throw cryptoFailed()
  return concat(new Uint8Array(length - magnitude.length), magnitude)
}
