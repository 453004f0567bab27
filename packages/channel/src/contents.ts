import { contentType, messageType } from '@twofold/codec'
import type { ContentName } from '@twofold/core'

/** Frames in clear and contents of records, by their numbers on the wire. */
const frames: Readonly<Partial<Record<ContentName, number>>> = {
  client_hello: messageType.client_hello,
  server_hello: messageType.server_hello,
  resumption_request: messageType.resumption_request,
  resumption_response: messageType.resumption_response,
  alert: messageType.alert,
}

const records: Readonly<Partial<Record<ContentName, (typeof contentType)[keyof typeof contentType]>>> = {
  connection_update: contentType.connection_update,
  epoch_key_update: contentType.epoch_key_update,
  epoch_ack: contentType.epoch_ack,
  alert: contentType.alert,
  close: contentType.close,
}

/** The name of a frame's type. What exists only inside records is `connection_update` and so on, for core to drop. */
export function frameContent(type: number): ContentName {
  if (type === messageType.connection_update) return 'connection_update'
  if (type === messageType.epoch_key_update) return 'epoch_key_update'
  if (type === messageType.close) return 'close'
  return nameOf(frames, type)
}

export function recordContent(type: number): ContentName {
  return nameOf(records, type)
}

function nameOf(table: Readonly<Partial<Record<ContentName, number>>>, number: number): ContentName {
  const found = (Object.keys(table) as ContentName[]).find((name) => table[name] === number)
  return found ?? 'unknown'
}

export function frameTypeOf(content: ContentName): number {
  return frames[content] ?? 0
}

export function recordTypeOf(content: ContentName): (typeof contentType)[keyof typeof contentType] {
  return records[content] ?? contentType.application
}
