import { type ContentType, contentType, messageType } from '@twofold/codec'
import type { ContentName } from './names.ts'

const frames: ReadonlyMap<number, ContentName> = new Map<number, ContentName>([
  [messageType.client_hello, 'client_hello'],
  [messageType.server_hello, 'server_hello'],
  [messageType.connection_update, 'connection_update'],
  [messageType.epoch_key_update, 'epoch_key_update'],
  [messageType.resumption_request, 'resumption_request'],
  [messageType.resumption_response, 'resumption_response'],
  [messageType.alert, 'alert'],
  [messageType.close, 'close'],
])

const records: ReadonlyMap<number, ContentName> = new Map<number, ContentName>([
  [contentType.connection_update, 'connection_update'],
  [contentType.epoch_key_update, 'epoch_key_update'],
  [contentType.epoch_ack, 'epoch_ack'],
  [contentType.alert, 'alert'],
  [contentType.close, 'close'],
])

/** What a frame of that type holds. What exists only inside records has its name too, for `step` to drop it. */
export function frameContent(type: number): ContentName {
  return frames.get(type) ?? 'unknown'
}

/** What a record of that content type holds; application data and its acknowledgements are not core's, hence `unknown`. */
export function recordContent(type: number): ContentName {
  return records.get(type) ?? 'unknown'
}

/** The number of a content that is sent in clear. */
export function frameNumber(content: ContentName): number {
  return numberIn(frames, content)
}

/** The number of a content that is sent in a record. */
export function recordNumber(content: ContentName): ContentType {
  return numberIn(records, content) as ContentType
}

function numberIn(table: ReadonlyMap<number, ContentName>, content: ContentName): number {
  for (const [number, name] of table) if (name === content) return number
  throw new RangeError(`a ${content} is not sent this way`)
}
