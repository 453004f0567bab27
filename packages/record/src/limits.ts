/** RFC 8446 section 5.5: 2^24.5 records of full size under one AES-GCM key. */
const aesGcmRecords = 23_726_566

/** The header's uint32, which never wraps. */
const sequenceNumbers = 0xffff_ffff

const chacha20Poly1305 = 3

/** How many records one key may protect (docs: records). `aead` is the id of RFC 9180 section 7.3. */
export function recordLimit(aead: number): number {
  return aead === chacha20Poly1305 ? sequenceNumbers : aesGcmRecords
}

/** From here on an update is urgent: an eighth of the limit is left for it. */
export function urgentFrom(limit: number): number {
  return limit - Math.floor(limit / 8)
}

/** Failed openings after which an unordered link closes (RFC 9147 section 4.5.3 limits forgeries; docs: records). */
export const maxFailedOpenings = 68_719_476_736

/** On an unordered link the previous epoch's keys live so long after the first record of the newer one, or at most after that. */
export const previousAfterNewerMs = 2_000
export const previousAtMostMs = 30_000
