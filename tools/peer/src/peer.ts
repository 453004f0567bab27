import type { Session, SessionEvent } from '@twofold/core'
import { codeOf, type ErrorCode, TwofoldError } from '@twofold/interface'
import { memoryStore } from '@twofold/store-memory'
import { type Driver, driver, type PeerEvent, type Report } from './driver.ts'
import { type Environment, environment } from './environment.ts'
import { toHex } from './hex.ts'
import { parseRequest, type Request, type Settings } from './request.ts'

/** One line of the answer; bytes are hex, epochs decimal. The request's `id` is echoed where there was one. */
export type Answer = Readonly<Record<string, unknown>> & { readonly id?: unknown } & (
    | { readonly ok: true }
    | { readonly ok: false; readonly code: ErrorCode; readonly message: string }
  )

export interface Peer {
  /** Answers one request; it never rejects. The next one is to be handed in when this one is answered. */
  handle(request: unknown): Promise<Answer>
}

export interface PeerOptions {
  /** Where it says what people must know; stderr in the program. */
  readonly warn?: (text: string) => void
}

interface Running {
  readonly settings: Settings
  readonly environment: Environment
  readonly driver: Driver
}

/** A peer for one session, as docs describe it in "A door for outsiders". */
export function createPeer(options: PeerOptions = {}): Peer {
  const { warn = () => {} } = options
  let running: Running | undefined

  async function answer(value: unknown): Promise<Record<string, unknown>> {
    const request = parseRequest(value)
    if (request.op !== 'new') return answerRunning(existing(), request)
    if (running !== undefined) throw new TwofoldError('USAGE_NOT_NOW', 'there is a session already: one a process')
    running = await start(request.settings)
    warn(
      'twofold peer: the authentication service accepts everyone; this program is for tests of interoperability only',
    )
    return {}
  }

  function existing(): Running {
    if (running === undefined) throw new TwofoldError('USAGE_NOT_NOW', 'the first request is "new"')
    return running
  }

  return {
    async handle(value) {
      const id = idOf(value)
      try {
        return { ...id, ok: true, ...(await answer(value)) }
      } catch (error) {
        return { ...id, ...failure(error) }
      }
    },
  }
}

/** The answer to what failed before it was a request, too. */
export function failure(error: unknown): { readonly ok: false; readonly code: ErrorCode; readonly message: string } {
  const message = error instanceof Error ? error.message : String(error)
  return { ok: false, code: codeOf(error) ?? 'BUG_INVARIANT', message }
}

/** Texts, numbers and the like; what nests could not be written again at any depth. */
function idOf(value: unknown): { readonly id?: unknown } {
  if (typeof value !== 'object' || value === null || !('id' in value)) return {}
  return typeof value.id === 'object' && value.id !== null ? {} : { id: value.id }
}

async function start(settings: Settings): Promise<Running> {
  const made = await environment(settings)
  return { settings, environment: made, driver: driver(made, memoryStore()) }
}

async function answerRunning(running: Running, request: Exclude<Request, { op: 'new' }>) {
  switch (request.op) {
    case 'status':
      return status(running)
    case 'export':
      return exportSecret(running, request)
    default:
      return reported(running, await act(running, request))
  }
}

async function act({ settings, driver }: Running, request: Exclude<Request, { op: 'new' | 'status' | 'export' }>) {
  switch (request.op) {
    case 'hello':
      if (settings.role === 'initiator') return driver.hello()
      throw new TwofoldError('USAGE_NOT_NOW', 'the responder waits for a client_hello')
    case 'receive':
      return driver.receive(request.type, request.body)
    case 'update':
    case 'resume':
    case 'disconnect':
    case 'restart':
      return driver[request.op]()
    default:
      return request satisfies never
  }
}

function reported({ driver }: Running, { out, events }: Report): Record<string, unknown> {
  return {
    out: out.map(({ type, body }) => ({ type, body: toHex(body) })),
    events: events.map(eventOut),
    ...where(driver),
  }
}

/** Numbers of links are ours alone, so events come without them. */
function eventOut(event: PeerEvent): Record<string, unknown> {
  if (event.name === 'data') return { name: event.name, data: toHex(event.data) }
  const { link: _, ...fields } = event as SessionEvent & { readonly link?: number }
  return 'epoch' in fields ? { ...fields, epoch: fields.epoch.toString() } : { ...fields }
}

function sessionOf(driver: Driver): Session | undefined {
  return 'session' in driver.state ? driver.state.session : undefined
}

function where(driver: Driver): { readonly epoch: string | null; readonly phase: string } {
  return { epoch: sessionOf(driver)?.epoch.toString() ?? null, phase: driver.state.kind }
}

function status({ settings, environment, driver }: Running): Record<string, unknown> {
  const session = sessionOf(driver)
  const current = session?.current
  return {
    ...where(driver),
    pending: session?.pending !== undefined,
    suite: settings.suite.name,
    epochAuthenticator: current === undefined ? null : toHex(environment.engine.epochAuthenticator(current)),
  }
}

async function exportSecret(
  { settings, environment, driver }: Running,
  { label, context, length }: Extract<Request, { op: 'export' }>,
): Promise<Record<string, unknown>> {
  // The records of profile framed are protected with these; in profile bare nothing is.
  if (settings.profile === 'framed' && label.startsWith('MLS-TLS')) {
    throw new TwofoldError('USAGE_RESERVED_LABEL', 'labels that begin with MLS-TLS are for the records')
  }
  const current = sessionOf(driver)?.current
  if (current === undefined) throw new TwofoldError('USAGE_EXPORT_UNAVAILABLE', 'no epoch is in force yet')
  return { secret: toHex(await environment.engine.export(current, label, context, length)) }
}
