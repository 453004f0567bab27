import { TwofoldError } from '@twofold/interface'
import { copyOf } from './bytes.ts'
import { library, type Message } from './library.ts'

/**
 * Decodes an MLSMessage that the codec has decoded before: that one takes nothing but the one encoding of a message, while the
 * library takes trailing bytes and lengths that are not minimal. What it gives are views, hence a copy of the input.
 */
export function decodeMessage<W extends Message['wireformat']>(
  bytes: Uint8Array,
  wireFormat: W,
): Extract<Message, { readonly wireformat: W }> {
  const message = library.mlsMessageDecoder(copyOf(bytes), 0)?.[0]
  if (message?.wireformat !== wireFormat) {
    throw new TwofoldError('DECODE_INVALID_VALUE', 'not the MLSMessage that is expected here')
  }
  return message as Extract<Message, { readonly wireformat: W }>
}

export function encodeMessage(message: Message): Uint8Array {
  return library.encode(library.mlsMessageEncoder, message)
}
