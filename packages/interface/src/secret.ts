const redacted = '[secret]'

/**
 * Bytes that must not be printed and are overwritten when they are no longer needed. JavaScript cannot promise erasure
 * (copies by the engine, the garbage collector, swap): SECURITY.md says why we wipe all the same.
 */
export class Secret {
  #bytes: Uint8Array
  #wiped = false

  /** Takes ownership of `bytes`: the caller must not keep or change them. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** The live bytes, not a copy; all zero after `wipe`. */
  get bytes(): Uint8Array {
    return this.#bytes
  }

  get wiped(): boolean {
    return this.#wiped
  }

  wipe(): void {
    this.#bytes.fill(0)
    this.#wiped = true
  }

  [Symbol.dispose](): void {
    this.wipe()
  }

  toString(): string {
    return redacted
  }

  toJSON(): string {
    return redacted
  }

  get [Symbol.toStringTag](): string {
    return 'Secret'
  }
}
