import { decodeRecordHeader, type Epoch, epochByte } from '@twofold/codec'
import type { Effect, LinkId } from '@twofold/core'
import { type CryptoSuite, TwofoldError } from '@twofold/interface'
import { type OpenedRecord, type RecordLayer, recordLayer } from '@twofold/record'
import { recordType } from './wire.ts'

/** The record layers of all links of one session. */
export interface RecordLinks {
  install(effect: Extract<Effect, { kind: 'keys' }>, at: number): Promise<void>
  /** Gives the whole frame. */
  seal(effect: Extract<Effect, { kind: 'send' }>): Promise<Uint8Array>
  /** Opens on the newest link that has keys of the record's epoch. Throws `PEER_BAD_RECORD`, `CRYPTO_FAILED`, `DECODE_…`. */
  open(frame: Uint8Array, at: number): Promise<OpenedRecord & { readonly link: LinkId }>
  drop(link: LinkId): void
  dropAll(): void
}

interface LinkRecords {
  readonly layer: RecordLayer
  readonly readEpochs: Set<Epoch>
}

export function recordLinks(suite: CryptoSuite): RecordLinks {
  const links = new Map<LinkId, LinkRecords>()

  function recordsOf(link: LinkId): LinkRecords {
    let records = links.get(link)
    if (records === undefined) {
      records = { layer: recordLayer({ suite, ordered: true }), readEpochs: new Set() }
      links.set(link, records)
    }
    return records
  }

  function linkWithKeys(low: number): LinkId | undefined {
    const newestFirst = [...links.keys()].sort((a, b) => b - a)
    return newestFirst.find((id) => [...recordsOf(id).readEpochs].some((epoch) => epochByte(epoch) === low))
  }

  function drop(link: LinkId): void {
    links.get(link)?.layer.wipe()
    links.delete(link)
  }

  return {
    async install({ link, epoch, direction, secret }, at) {
      const { layer, readEpochs } = recordsOf(link)
      await layer.install(epoch, direction, secret.bytes, at)
      if (direction === 'read') readEpochs.add(epoch)
      secret.wipe()
    },
    async seal({ link, content, body, epoch }) {
      const { layer } = recordsOf(link)
      if (layer.writeEpoch !== epoch) {
        throw new TwofoldError('BUG_INVARIANT', 'a record of an epoch without keys to write; please report this')
      }
      return layer.seal(recordType(content), body)
    },
    async open(frame, at) {
      const link = linkWithKeys(decodeRecordHeader(frame).epochByte)
      const opened = link === undefined ? undefined : await recordsOf(link).layer.open(frame, at)
      if (link === undefined || opened === undefined) {
        throw new TwofoldError('PEER_BAD_RECORD', 'a record of an epoch that has no keys here')
      }
      return { ...opened, link }
    },
    drop,
    dropAll: () => [...links.keys()].forEach(drop),
  }
}
