export { type CryptoCase, cryptoCases } from './crypto/contract.ts'
export type { CryptoParts, CryptoSubject, VectorHpke } from './crypto/subject.ts'
export { describeTally, type Tally } from './crypto/tally.ts'
export { type VectorFile, vectorFiles } from './crypto/vector-files.ts'
