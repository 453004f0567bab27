import { describe, expect, it } from 'vitest'
import * as codecs from '../src/index.ts'
import { type Codec, decode, encode, mlsMessage } from '../src/index.ts'
import { haveVectors, hex, mlsVectors, unhex } from './vectors.ts'

const present = haveVectors()

/** What each field of messages.json is: some are an MLSMessage, others the bare struct. */
const messages: Readonly<Record<string, Codec<never>>> = table({
  mls_welcome: mlsMessage,
  mls_group_info: mlsMessage,
  mls_key_package: mlsMessage,
  ratchet_tree: codecs.ratchetTree,
  group_secrets: codecs.groupSecrets,
  add_proposal: codecs.add,
  update_proposal: codecs.update,
  remove_proposal: codecs.remove,
  pre_shared_key_proposal: codecs.preSharedKey,
  re_init_proposal: codecs.reInit,
  external_init_proposal: codecs.externalInit,
  group_context_extensions_proposal: codecs.groupContextExtensions,
  commit: codecs.commit,
  public_message_application: mlsMessage,
  public_message_proposal: mlsMessage,
  public_message_commit: mlsMessage,
  private_message: mlsMessage,
})

/** Structs in the files that are about something else, real ones of groups with up to hundreds of members. */
const elsewhere: Readonly<Record<string, Readonly<Record<string, Codec<never>>>>> = {
  'key-schedule.json': table({ group_context: codecs.groupContext }),
  'message-protection.json': table({
    proposal: codecs.proposal,
    commit: codecs.commit,
    proposal_pub: mlsMessage,
    proposal_priv: mlsMessage,
    commit_pub: mlsMessage,
    commit_priv: mlsMessage,
    application_priv: mlsMessage,
  }),
  'passive-client-handling-commit.json': table({
    key_package: mlsMessage,
    welcome: mlsMessage,
    proposals: mlsMessage,
    commit: mlsMessage,
  }),
  'passive-client-welcome.json': table({
    key_package: mlsMessage,
    welcome: mlsMessage,
    ratchet_tree: codecs.ratchetTree,
  }),
  'tree-operations.json': table({
    proposal: codecs.proposal,
    tree_before: codecs.ratchetTree,
    tree_after: codecs.ratchetTree,
  }),
  'tree-validation.json': table({ tree: codecs.ratchetTree }),
  'treekem.json': table({ ratchet_tree: codecs.ratchetTree, update_path: codecs.updatePath }),
  'welcome.json': table({ key_package: mlsMessage, welcome: mlsMessage }),
}

/** The collection may hold only a part of an upstream file, so what ran is printed, and none is what fails. */
describe('vectors of RFC 9420', () => {
  it.skipIf(!present)('deserialization.json: headers of variable-size vectors', () => {
    const cases = mlsVectors<{ vlbytes_header: string; length: number }>('deserialization.json')
    for (const { vlbytes_header, length } of cases) {
      expect(decode(codecs.vectorLength, unhex(vlbytes_header))).toBe(length)
      expect(hex(encode(codecs.vectorLength, length))).toBe(vlbytes_header)
    }
    console.log(`deserialization.json: ${cases.length} ran, ${cases.length} passed, 0 skipped`)
    expect(cases.length).toBe(14)
  })

  it.skipIf(!present)('messages.json: every field decodes and encodes to the same bytes', () => {
    const cases = mlsVectors<Record<string, string>>('messages.json')
    for (const entry of cases) {
      expect(Object.keys(entry).sort()).toEqual(Object.keys(messages).sort())
      for (const [field, text] of Object.entries(entry)) roundTrip(messages[field]!, text, field)
    }
    const count = cases.length * Object.keys(messages).length
    console.log(`messages.json: ${cases.length} entries, ${count} messages ran, ${count} passed, 0 skipped`)
    expect(count).toBeGreaterThan(0)
  })

  it.skipIf(!present)('messages.json: every MLSMessage is of the kind that its name says', () => {
    for (const entry of mlsVectors<Record<string, string>>('messages.json')) {
      const kinds = ['mls_welcome', 'mls_group_info', 'mls_key_package', 'private_message', 'public_message_commit']
      const found = kinds.map((field) => decode(mlsMessage, unhex(entry[field]!)).kind)
      expect(found).toEqual(['welcome', 'group_info', 'key_package', 'private_message', 'public_message'])
    }
  })

  it.skipIf(!present).each(Object.keys(elsewhere))('%s: every struct decodes and encodes to the same bytes', (file) => {
    const counts = new Map<string, number>()
    for (const entry of mlsVectors(file)) visit(entry, elsewhere[file]!, counts)
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
    console.log(
      `${file}: ${total} structs ran, ${total} passed, 0 skipped (${JSON.stringify(Object.fromEntries(counts))})`,
    )
    for (const field of Object.keys(elsewhere[file]!)) expect(counts.get(field), field).toBeGreaterThan(0)
  })
})

function table(fields: Readonly<Record<string, Codec<never> | Codec<object>>>): Readonly<Record<string, Codec<never>>> {
  return fields as Readonly<Record<string, Codec<never>>>
}

function roundTrip(codec: Codec<never>, text: string, field: string): void {
  expect(hex(encode(codec, decode(codec, unhex(text)))), field).toBe(text)
}

/** Finds the named fields at any depth; one that holds null is a value that the vector does not have. */
function visit(value: unknown, fields: Readonly<Record<string, Codec<never>>>, counts: Map<string, number>): void {
  if (typeof value !== 'object' || value === null) return
  for (const [field, inner] of Object.entries(value)) {
    const codec = fields[field]
    if (codec === undefined) visit(inner, fields, counts)
    else
      for (const text of [inner].flat().filter((entry) => entry !== null)) check(codec, text as string, field, counts)
  }
}

function check(codec: Codec<never>, text: string, field: string, counts: Map<string, number>): void {
  roundTrip(codec, text, field)
  counts.set(field, (counts.get(field) ?? 0) + 1)
}
