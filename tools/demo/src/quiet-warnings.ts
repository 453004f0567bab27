/** Node says of its SQLite and of parts of WebCrypto that they are experimental; other warnings are printed as ever. */
export function quietWarnings(): void {
  const emit = process.emitWarning.bind(process) as (...args: unknown[]) => void
  function filtered(warning: unknown, ...rest: unknown[]): void {
    if (!isExpected(warning, rest[0])) emit(warning, ...rest)
  }
  process.emitWarning = filtered as typeof process.emitWarning
}

function isExpected(warning: unknown, options: unknown): boolean {
  const type = typeof options === 'object' && options !== null && 'type' in options ? options.type : options
  const name = warning instanceof Error ? warning.name : type
  return name === 'ExperimentalWarning' && /SQLite|Web ?Crypto/i.test(String(warning))
}
