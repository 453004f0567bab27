import type { CommitFraming, Profile, Role } from '@twofold/core'
import { checkOptions, defaultSuite, findSuite, type SuiteInfo, TwofoldError } from '@twofold/interface'
import { fromHex } from './hex.ts'

export const backendNames = ['noble', 'node', 'webcrypto'] as const
export type BackendName = (typeof backendNames)[number]

/** What `new` settles for the life of the process. */
export interface Settings {
  readonly role: Role
  readonly suite: SuiteInfo
  readonly backend: BackendName
  readonly profile: Profile
  readonly commits: CommitFraming
  /** The identity of the basic credential. */
  readonly identity: Uint8Array
  readonly seed: Uint8Array | undefined
  /** Where the clock stands still, in ms since 1970; undefined for the real one. */
  readonly time: number | undefined
}

type BareOp = 'hello' | 'update' | 'resume' | 'disconnect' | 'restart' | 'status'

export type Request =
  | { readonly op: 'new'; readonly settings: Settings }
  | { [Op in BareOp]: { readonly op: Op } }[BareOp]
  | { readonly op: 'receive'; readonly type: string; readonly body: Uint8Array }
  | { readonly op: 'export'; readonly label: string; readonly context: Uint8Array; readonly length: number }

type Fields = Readonly<Record<string, unknown>>

const fieldsOf: Readonly<Record<Request['op'], readonly string[]>> = {
  new: ['role', 'suite', 'backend', 'profile', 'commits', 'identity', 'seed', 'time'],
  hello: [],
  receive: ['type', 'body'],
  update: [],
  resume: [],
  disconnect: [],
  restart: [],
  export: ['label', 'context', 'length'],
  status: [],
}

/** 2026-01-01T00:00:00Z: where the clock stands when there is a seed and no `time`, since lifetimes are in the messages. */
export const seededTime = 1_767_225_600_000

/** Throws `USAGE_INVALID_ARGUMENT`, `USAGE_UNKNOWN_OPTION` or `USAGE_SUITE_UNSUPPORTED`. */
export function parseRequest(value: unknown): Request {
  const fields = asObject(value)
  const op = oneOf(fields, 'op', Object.keys(fieldsOf) as Request['op'][])
  checkOptions(fields, ['id', 'op', ...fieldsOf[op]], `the request "${op}"`)
  switch (op) {
    case 'new':
      return { op, settings: parseSettings(fields) }
    case 'receive':
      return { op, type: text(fields, 'type'), body: bytes(fields, 'body') }
    case 'export':
      return { op, label: text(fields, 'label'), context: bytes(fields, 'context'), length: whole(fields, 'length') }
    default:
      return { op }
  }
}

function parseSettings(fields: Fields): Settings {
  const seed = fields.seed === undefined ? undefined : bytes(fields, 'seed')
  if (seed?.length === 0) throw invalid('"seed" is empty')
  return {
    role: oneOf(fields, 'role', ['initiator', 'responder']),
    suite: suiteOf(fields.suite ?? defaultSuite),
    backend: oneOf(fields, 'backend', backendNames, 'noble'),
    profile: oneOf(fields, 'profile', ['framed', 'bare'], 'framed'),
    commits: oneOf(fields, 'commits', ['private', 'public'], 'private'),
    identity: bytes(fields, 'identity'),
    seed,
    time: fields.time !== undefined ? whole(fields, 'time') : seed === undefined ? undefined : seededTime,
  }
}

function suiteOf(value: unknown): SuiteInfo {
  if (typeof value !== 'string' && typeof value !== 'number') throw invalid('"suite" is a name or a number')
  const info = findSuite(value)
  if (info === undefined) throw new TwofoldError('USAGE_SUITE_UNSUPPORTED', `no cipher suite here is called ${value}`)
  return info
}

function asObject(value: unknown): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw invalid('a request is a JSON object')
}

function oneOf<T extends string>(fields: Fields, name: string, known: readonly T[], missing?: T): T {
  const value = fields[name] ?? missing
  const found = known.find((item) => item === value)
  if (found === undefined) throw invalid(`"${name}" is one of: ${known.join(', ')}`)
  return found
}

function text(fields: Fields, name: string): string {
  const value = fields[name]
  if (typeof value !== 'string') throw invalid(`"${name}" is missing, or not a text`)
  return value
}

function bytes(fields: Fields, name: string): Uint8Array {
  return fromHex(text(fields, name), name)
}

function whole(fields: Fields, name: string): number {
  const value = fields[name]
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw invalid(`"${name}" is missing, or not a whole number of at least 0`)
  }
  return value
}

function invalid(message: string): TwofoldError {
  return new TwofoldError('USAGE_INVALID_ARGUMENT', message)
}
