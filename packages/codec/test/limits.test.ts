import { describe, expect, it } from 'vitest'
import {
  encode,
  encodeFrame,
  keyPackage,
  type MlsMessage,
  maxFrame,
  maxHandshakeFrame,
  maxRecordFrame,
  maxRecordPlaintext,
  messageType,
  mlsMessage,
  type SuiteSizes,
} from '../src/index.ts'
import { longestKeyPackage, longestPrivateCommit, longestPublicCommit, longestWelcome } from './worst-case.ts'

const suites: readonly (SuiteSizes & { readonly name: string })[] = [
  sizes('X25519, Ed25519', 32, 32, 32, 64, 32),
  sizes('P-521', 133, 133, 133, 139, 64),
  sizes('X448, Ed448', 56, 56, 57, 114, 64),
  sizes('MLKEM768X25519, Ed25519', 1216, 1120, 32, 64, 48),
  sizes('MLKEM768P256, P-256', 1249, 1153, 65, 72, 48),
  sizes('MLKEM1024P384, P-384', 1665, 1665, 97, 104, 48),
  sizes('MLKEM768X25519, ML-DSA-44', 1216, 1120, 1312, 2420, 48),
  sizes('MLKEM768, ML-DSA-65', 1184, 1088, 1952, 3309, 48),
  sizes('MLKEM1024, ML-DSA-87', 1568, 1568, 2592, 4627, 48),
]

describe.each(suites)('maxHandshakeFrame of $name', (suite) => {
  const bound = maxHandshakeFrame(suite)
  const frame = (message: MlsMessage) => encodeFrame(messageType.client_hello, encode(mlsMessage, message)).length

  it('is the length of the longest Welcome, and an upper bound on all else', () => {
    expect(frame({ kind: 'key_package', ...longestKeyPackage(suite) })).toBeLessThanOrEqual(bound)
    expect(frame(longestWelcome(suite))).toBe(bound)
    expect(frame(longestPublicCommit(suite))).toBeLessThanOrEqual(bound)
    expect(frame(longestPrivateCommit(suite))).toBeLessThanOrEqual(bound)
  })

  it('fits into any frame, as the longest record does', () => {
    expect(bound).toBeLessThanOrEqual(maxFrame)
    expect(maxRecordFrame).toBeLessThanOrEqual(maxFrame)
  })
})

it('a key package with a credential of 16 KiB encodes', () => {
  expect(encode(keyPackage, longestKeyPackage(suites[8]!)).length).toBeGreaterThan(0x4000)
  expect(maxRecordFrame - maxRecordPlaintext).toBe(24)
})

function sizes(name: string, kemPublicKey: number, enc: number, ...rest: readonly [number, number, number]) {
  const [signaturePublicKey, signature, hash] = rest
  return { name, kemPublicKey, enc, signaturePublicKey, signature, hash }
}
