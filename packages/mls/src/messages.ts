import { TwofoldError } from '@twofold/interface'
import { copyOf, sameBytes } from './bytes.ts'
import { library, type Message } from './library.ts'

/**
 * Decodes an MLSMessage that codec accepted already. The library takes trailing bytes and lengths that are not minimal, and gives
 * views into what it decodes: hence a copy, and the comparison with what encoding gives back.
 */
export function decodeMessage<W extends Message['wireformat']>(
  bytes: Uint8Array,
  wireFormat: W,
): Extract<Message, { readonly wireformat: W }> {
  const copy = copyOf(bytes)
  const message = library.mlsMessageDecoder(copy, 0)?.[0]
  if (message?.wireformat !== wireFormat || !sameBytes(encodeMessage(message), copy)) {
    throw new TwofoldError('DECODE_INVALID_VALUE', 'not the one encoding of the MLSMessage that is expected here')
  }
  return message as Extract<Message, { readonly wireformat: W }>
}

export function encodeMessage(message: Message): Uint8Array {
  return library.encode(library.mlsMessageEncoder, message)
}
