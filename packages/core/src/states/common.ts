import { TwofoldError } from '@twofold/interface'
import { type Draft, linkOf } from '../draft.ts'
import type { Input } from '../io.ts'
import { answer } from '../rules/answer.ts'
import { closeAll, forget, linkDown, linkUp } from '../rules/links.ts'
import { tick } from '../rules/timers.ts'

export type Message = Extract<Input, { kind: 'message' }>
export type CommandInput = Extract<Input, { kind: 'command' }>

/** What a state does with what is its own; the rest is the same in every state. */
export interface Handler {
  message(draft: Draft, message: Message): Promise<void>
  command?(draft: Draft, input: CommandInput): Promise<void>
  confirmed?(draft: Draft, input: Extract<Input, { kind: 'confirmed' }>): Promise<void>
  usage?(draft: Draft, input: Extract<Input, { kind: 'usage' }>): Promise<void>
}

export async function handle(handler: Handler, draft: Draft, input: Input): Promise<void> {
  switch (input.kind) {
    case 'linkUp':
      return linkUp(draft, input)
    case 'linkDown':
      return linkDown(draft, input.link)
    case 'message':
      return handler.message(draft, input)
    case 'confirmed':
      return handler.confirmed?.(draft, input)
    case 'command':
      return command(handler, draft, input)
    case 'answer':
      return answer(draft, input.question, input.verdict)
    case 'usage':
      return handler.usage?.(draft, input)
    case 'tick':
      return tick(draft)
    default:
      return input satisfies never
  }
}

async function command(handler: Handler, draft: Draft, input: CommandInput): Promise<void> {
  if (input.command.name === 'close') return closeAll(draft)
  if (input.command.name === 'forget') return forget(draft)
  if (handler.command !== undefined) return handler.command(draft, input)
  throw new TwofoldError('USAGE_NOT_NOW', `the command "${input.command.name}" is not possible in this state`)
}

/**
 * For a content that the state does not take: records' contents outside a record are dropped; unknown types are ignored
 * once the link has shown its keys and refused before (docs: messages).
 */
export function refuseMessage(draft: Draft, message: Message): void {
  const { content, link, epoch } = message
  if (epoch === undefined && isRecordContent(content)) return
  if (linkOf(draft, link).opened) return
  if (content === 'unknown')
    throw new TwofoldError('PEER_UNKNOWN_MESSAGE', 'a message of an unknown type before the handshake is done')
  throw new TwofoldError('PEER_UNEXPECTED_MESSAGE', `a ${content} came where none may come`)
}

/** ConnectionUpdate, EpochKeyUpdate and close exist only inside records. */
export function isRecordContent(content: Message['content']): boolean {
  return (
    content === 'connection_update' || content === 'epoch_key_update' || content === 'epoch_ack' || content === 'close'
  )
}
