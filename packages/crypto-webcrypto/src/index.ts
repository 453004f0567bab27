export { type WebCrypto, webCrypto } from './provider.ts'
export type { Part } from './support.ts'
