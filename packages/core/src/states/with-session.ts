import { decode, epochKeyUpdate as epochKeyUpdateCodec } from '@twofold/codec'
import { TwofoldError } from '@twofold/interface'
import type { Draft } from '../draft.ts'
import { alerted } from '../rules/alert.ts'
import { bareEpochKeyUpdate, confirmBy, epochKeyUpdate, recordOpened } from '../rules/confirm.ts'
import { connectionUpdate } from '../rules/receive-update.ts'
import { request, response } from '../rules/resume.ts'
import { maybeUpdate } from '../rules/update.ts'
import type { Message } from './common.ts'
import { refuseMessage } from './common.ts'

/** What every state with a session does with a message; each state takes away what it does not allow. */
export async function sessionMessage(draft: Draft, message: Message): Promise<void> {
  if (message.epoch !== undefined) return recordMessage(draft, message, message.epoch)
  switch (message.content) {
    case 'resumption_request':
      return request(draft, message.link, message.body)
    case 'resumption_response':
      return response(draft, message.link, message.body)
    case 'alert':
      return alerted(draft, message.link, message.body, false)
    case 'connection_update':
    case 'epoch_key_update':
      return draft.env.config.profile === 'bare' ? bareMessage(draft, message) : undefined
    default:
      return refuseMessage(draft, message)
  }
}

/**
 * A record that opened under an epoch confirms that epoch, whatever it holds; an EpochKeyUpdate is checked first. A close
 * says that the peer sends no more data: ending the link is the driver's business.
 */
async function recordMessage(draft: Draft, message: Message, epoch: NonNullable<Message['epoch']>): Promise<void> {
  const { link, content, body } = message
  if (content === 'epoch_key_update') {
    return epochKeyUpdate(draft, link, decode(epochKeyUpdateCodec, body).epoch, epoch)
  }
  if ((content === 'epoch_ack' || content === 'close') && body.length !== 0) {
    throw new TwofoldError('PEER_BAD_RECORD', `a ${content} that is not empty`)
  }
  if (content === 'connection_update') {
    // The other's commit goes first: one of ours, made in the same step, would cross it without ever having left.
    await confirmBy(draft, link, epoch)
    await connectionUpdate(draft, link, body)
    return maybeUpdate(draft)
  }
  await recordOpened(draft, link, epoch)
  if (content === 'alert') return alerted(draft, link, body, true)
}

async function bareMessage(draft: Draft, { link, content, body }: Message): Promise<void> {
  if (content === 'connection_update') return connectionUpdate(draft, link, body)
  return bareEpochKeyUpdate(draft, link, decode(epochKeyUpdateCodec, body).epoch)
}
