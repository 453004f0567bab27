import { TwofoldError } from '@twofold/interface'
import { begin } from './draft.ts'
import type { Engine } from './engine.ts'
import { finish } from './finish.ts'
import type { Env, Input, Step } from './io.ts'
import { planResend } from './rules/timers.ts'
import type { State } from './state.ts'
import { answeringHelloHandler } from './states/answering-hello.ts'
import { awaitingConfirmationHandler } from './states/awaiting-confirmation.ts'
import { awaitingWelcomeHandler } from './states/awaiting-welcome.ts'
import { closedHandler } from './states/closed.ts'
import { type Handler, handle } from './states/common.ts'
import { establishedHandler } from './states/established.ts'
import { idleHandler } from './states/idle.ts'
import { resumingHandler } from './states/resuming.ts'
import { sessionFrom } from './stored.ts'

const handlers: { readonly [Kind in State['kind']]: Handler } = {
  idle: idleHandler,
  answeringHello: answeringHelloHandler,
  awaitingWelcome: awaitingWelcomeHandler,
  awaitingConfirmation: awaitingConfirmationHandler,
  established: establishedHandler,
  resuming: resumingHandler,
  closed: closedHandler,
}

/**
 * The protocol: a state, an input, and the next state with the effects that the driver carries out in their order. It
 * waits for nothing but `env` and mutates nothing, so a throw or an abort leaves the old state valid. What throws is the
 * fault of the input, a TwofoldError or DecodeError: after a `message`, the driver ends that link with the alert that
 * belongs to the code, and the session lives on.
 */
export async function step(state: State, input: Input, env: Env): Promise<Step> {
  if (mustWait(state, input))
    throw new TwofoldError('USAGE_NOT_NOW', 'a question is out: hand this message in after its answer')
  const draft = begin(state, env, input.at)
  await handle(handlers[state.kind], draft, input)
  planResend(draft)
  return finish(draft)
}

/**
 * Whether a message has to wait: while the authentication service is asked, the session's other handshake messages wait
 * their turn (docs: one rule for every commit). The driver keeps them, bounded, and hands them in after the answer.
 */
export function mustWait(state: State, input: Input): boolean {
  if (!('question' in state) || state.question === undefined || input.kind !== 'message') return false
  switch (input.content) {
    case 'client_hello':
    case 'server_hello':
    case 'connection_update':
    case 'resumption_request':
    case 'resumption_response':
      return true
    default:
      return false
  }
}

/** A session as it comes out of a store, without links. Throws `STORE_CORRUPT`. */
export function restore(bytes: Uint8Array, revision: number, engine: Engine): State {
  const session = sessionFrom(bytes, revision, engine)
  const common = { links: new Map(), nextQuestion: 1, resend: undefined, question: undefined }
  return session.pending?.kinds.includes('hello')
    ? { kind: 'awaitingConfirmation', session, offer: undefined, ...common }
    : { kind: 'resuming', session, wanted: false, ...common }
}
