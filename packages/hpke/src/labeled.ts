import type { Kdf, MaybePromise } from '@twofold/interface'
import { ascii, concat, I2OSP } from './bytes.ts'

const version = ascii('HPKE-v1')

/** An extendable output function; synchronous, since no runtime that has one offers it otherwise. */
export type Xof = (data: Uint8Array, length: number) => Uint8Array

export type LabeledExtract = (salt: Uint8Array, ikm: Uint8Array) => MaybePromise<Uint8Array>
export type LabeledExpand = (prk: Uint8Array, info: Uint8Array) => MaybePromise<Uint8Array>

/** RFC 9180 section 4, LabeledExtract of one suite and label; what does not change is put together once. */
export function labeledExtract(kdf: Kdf, suiteId: Uint8Array, label: string): LabeledExtract {
  const prefix = concat(version, suiteId, ascii(label))
  return (salt, ikm) => kdf.extract(salt, concat(prefix, ikm))
}

/** RFC 9180 section 4, LabeledExpand of one suite, label and length in bytes. */
export function labeledExpand(kdf: Kdf, suiteId: Uint8Array, label: string, length: number): LabeledExpand {
  const prefix = concat(I2OSP(length, 2), version, suiteId, ascii(label))
  return (prk, info) => kdf.expand(prk, concat(prefix, info), length)
}

/** draft-ietf-hpke-hpke section 4.4, LabeledDerive of a one-stage KDF, with an empty context. */
export function labeledDerive(
  xof: Xof,
  suiteId: Uint8Array,
  label: string,
  length: number,
): (ikm: Uint8Array) => Uint8Array {
  const name = ascii(label)
  const suffix = concat(version, suiteId, I2OSP(name.length, 2), name, I2OSP(length, 2))
  return (ikm) => xof(concat(ikm, suffix), length)
}

/** RFC 9180 section 4.1: the suite_id of a KEM; the id takes two bytes. */
export function kemSuiteId(id: number): Uint8Array {
  return concat(ascii('KEM'), I2OSP(id, 2))
}
