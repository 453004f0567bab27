export type { BackendName } from './backends.ts'
export { type BestCrypto, type BestCryptoOptions, bestCrypto, type Choice, type Rejection } from './best-crypto.ts'
