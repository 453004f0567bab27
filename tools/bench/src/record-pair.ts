import { contentType } from '@twofold/codec'
import { type CryptoSuite, toEpoch } from '@twofold/interface'
import { recordLayer } from '@twofold/record'
import { messageLength } from './case.ts'

/** Seals one record and opens it, at once where the suite is synchronous. */
export async function recordPair(suite: CryptoSuite): Promise<() => Promise<void> | void> {
  const [writer, reader] = [recordLayer({ suite, ordered: true }), recordLayer({ suite, ordered: true })]
  const secret = suite.random(suite.hash.Nh)
  await writer.install(toEpoch(1n), 'write', secret, 0)
  await reader.install(toEpoch(1n), 'read', secret, 0)
  const plaintext = suite.random(messageLength)
  return () => {
    const frame = writer.seal(contentType.application, plaintext)
    const opened = frame instanceof Promise ? frame.then((bytes) => reader.open(bytes, 0)) : reader.open(frame, 0)
    if (opened instanceof Promise) return opened.then(check)
    check(opened)
  }
}

function check(opened: { readonly plaintext: Uint8Array } | undefined): void {
  if (opened?.plaintext.length !== messageLength) throw new Error('a record did not open')
}
