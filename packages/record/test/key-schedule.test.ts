import { createCipheriv } from 'node:crypto'
import { contentType, toEpoch } from '@twofold/codec'
import { describe, expect, test } from 'vitest'
import { recordLayer } from '../src/index.ts'
import { recordNonce, trafficKeys } from '../src/key-schedule.ts'
import { bytes, recordSuite, text } from './suite.ts'

/** RFC 8448 section 3: handshake traffic secrets, and the write keys and IVs that come of them. */
const known = [
  {
    name: 'server',
    secret: 'b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38',
    key: '3fce516009c21727d0f2e4e86ee403bc',
    iv: '5d313eb2671276ee13000b30',
  },
  {
    name: 'client',
    secret: 'b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21',
    key: 'dbfaa693d1762c5b666af5d950258d01',
    iv: '5bd3c71b836e0b76bb73265f',
  },
]

describe('the key schedule of RFC 8446', () => {
  test.each(known)('key and IV of the $name in RFC 8448', async ({ secret, key, iv }) => {
    const suite = recordSuite()
    const bound: Uint8Array[] = []
    const bind = (given: Uint8Array) => {
      bound.push(given.slice())
      return suite.aead.bind(given)
    }
    const keys = await trafficKeys({ ...suite, aead: { ...suite.aead, bind } }, bytes(secret))
    expect(keys.iv).toEqual(bytes(iv))
    expect(bound).toEqual([bytes(key)])
  })

  test.each([
    [0, '5d313eb2671276ee13000b30'],
    [1, '5d313eb2671276ee13000b31'],
    [0x01020304, '5d313eb2671276ee12020834'],
    [0xffffffff, '5d313eb2671276eeecfff4cf'],
  ])('the nonce of sequence number %i', (sequenceNumber, nonce) => {
    const iv = bytes('5d313eb2671276ee13000b30')
    expect(recordNonce(iv, sequenceNumber)).toEqual(bytes(nonce))
    expect(iv).toEqual(bytes('5d313eb2671276ee13000b30'))
  })

  test('a record is the header, and the AEAD of content, type and padding with the header as additional data', async () => {
    const { secret, key, iv } = known[0]!
    const records = recordLayer({ suite: recordSuite(), ordered: true })
    await records.install(toEpoch(0x1_02), 'write', bytes(secret), 0)
    await records.seal(contentType.application, text('first'))
    const frame = await records.seal(contentType.close, text('hi'), 3)
    const header = bytes('01 08 02 00000001')
    const nonce = recordNonce(bytes(iv), 1)
    const cipher = createCipheriv('aes-128-gcm', bytes(key), nonce).setAAD(header)
    const sealed = [cipher.update(bytes('6869 07 000000')), cipher.final(), cipher.getAuthTag()]
    expect(frame).toEqual(new Uint8Array(Buffer.concat([header, ...sealed])))
  })
})
