export { type LossOptions, lossyLink } from './lossy-link.ts'
export { type MemoryLink, type MemoryOptions, memoryTransport } from './memory-transport.ts'
