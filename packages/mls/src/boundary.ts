import { codeOf, type ErrorCode, TwofoldError } from '@twofold/interface'

/** What a throw of ts-mls means, by what was being done; see `boundary`. */
export type Fault = Extract<ErrorCode, 'PEER_BAD_COMMIT' | 'PEER_BAD_KEY_PACKAGE' | 'PEER_BAD_WELCOME' | 'BUG_ENGINE'>

/**
 * Runs `work` so that nothing but our errors comes out. ts-mls throws TypeError and RangeError on some hostile bytes, and what
 * a provider throws passes through it: codes that a peer can cause stay, a failed verification becomes the opaque
 * `CRYPTO_FAILED`, and everything else becomes `fault`, with the original as `cause`.
 */
export async function boundary<T>(fault: Fault, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw translate(fault, error)
  }
}

function translate(fault: Fault, error: unknown): unknown {
  const code = codeOf(error)
  if (code !== undefined && /^(DECODE|PEER|CRYPTO)_/.test(code)) return error
  if (error instanceof Error && opaque.includes(error.name)) {
    return new TwofoldError('CRYPTO_FAILED', 'something did not open or verify', { cause: error })
  }
  return new TwofoldError(fault, texts[fault], { cause: error })
}

const opaque = ['CryptoVerificationError', 'CryptoError']

const texts: Readonly<Record<Fault, string>> = {
  PEER_BAD_COMMIT: 'the commit does not fit this group',
  PEER_BAD_KEY_PACKAGE: 'the key package is not valid',
  PEER_BAD_WELCOME: 'the welcome is not valid',
  BUG_ENGINE: 'the MLS engine failed; please report this',
}
