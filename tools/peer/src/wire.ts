import { contentType, decodeFrame, encodeFrame, frameType, messageType } from '@twofold/codec'
import type { ContentName, Profile } from '@twofold/core'
import { TwofoldError } from '@twofold/interface'

/** One message as it goes over the wire: in profile bare the draft's struct, in framed a whole frame. */
export interface WireMessage {
  readonly type: string
  readonly body: Uint8Array
}

/** draft-kohbrok-mls-two-party-profile: the six structs, each of which is its one field, so that body and struct are the same bytes. */
const structs = [
  'client_hello',
  'server_hello',
  'connection_update',
  'epoch_key_update',
  'resumption_request',
  'resumption_response',
] as const

type StructName = (typeof structs)[number]

/** What the six structs are called when they come in clear. Throws `USAGE_INVALID_ARGUMENT` for any other name. */
export function structName(type: string): StructName {
  const name = structs.find((known) => known === type)
  if (name !== undefined) return name
  throw new TwofoldError('USAGE_INVALID_ARGUMENT', `"type" is one of: ${structs.join(', ')}`)
}

/** The name of a frame's type; it must be the one that the request says. Throws `DECODE_…`, `USAGE_INVALID_ARGUMENT`. */
export function frameName(type: string, frame: Uint8Array): string {
  const number = frameType(frame)
  const name = nameOf(messageType, number) ?? 'unknown'
  if (type === name || (name === 'unknown' && !(type in messageType))) return name
  throw new TwofoldError('USAGE_INVALID_ARGUMENT', `"type" says ${type} where the frame is of type ${name} (${number})`)
}

/** A frame in clear as core sees it. */
export function clearContent(name: string, frame: Uint8Array): { content: ContentName; body: Uint8Array } {
  return { content: contentNames.find((known) => known === name) ?? 'unknown', body: decodeFrame(frame).body }
}

/** What a record holds as core sees it; application data has no name there. */
export function recordContent(type: number): ContentName | 'application' {
  const name = nameOf(contentType, type)
  return name === 'application' ? name : (contentNames.find((known) => known === name) ?? 'unknown')
}

/** A message in clear. */
export function clearMessage(profile: Profile, content: ContentName, body: Uint8Array): WireMessage {
  if (profile === 'bare') return { type: structName(content), body }
  return { type: content, body: encodeFrame(numberOf(messageType, content), body) }
}

/** The content type that a record of core's gets. */
export function recordType(content: ContentName): (typeof contentType)[keyof typeof contentType] {
  return numberOf(contentType, content)
}

const contentNames: readonly ContentName[] = [...structs, 'epoch_ack', 'alert', 'close']

function nameOf(table: Readonly<Record<string, number>>, number: number): string | undefined {
  return Object.keys(table).find((name) => table[name] === number)
}

function numberOf<T extends number>(table: Readonly<Record<string, T>>, name: string): T {
  const number = table[name]
  if (number === undefined) throw new TwofoldError('BUG_INVARIANT', `${name} has no number here; please report this`)
  return number
}
