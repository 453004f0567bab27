/** Numbers a connection within one session; later links have larger numbers. */
export type LinkId = number

/** What a frame or a record holds, by its name in docs/protocol.md. */
export type ContentName =
  | 'client_hello'
  | 'server_hello'
  | 'connection_update'
  | 'epoch_key_update'
  | 'epoch_ack'
  | 'resumption_request'
  | 'resumption_response'
  | 'alert'
  | 'close'
  | 'unknown'
