export { type NodeCrypto, nodeCrypto } from './provider.ts'
