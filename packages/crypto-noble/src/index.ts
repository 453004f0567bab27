export { type NobleCrypto, nobleCrypto } from './provider.ts'
