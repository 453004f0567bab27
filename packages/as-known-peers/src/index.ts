export { addKnownPeer } from './add-known-peer.ts'
export { type KnownPeersOptions, knownPeers } from './known-peers.ts'
export {
  formatKnownPeer,
  type IgnoredLine,
  type KnownPeer,
  type KnownPeers,
  parseKnownPeers,
} from './known-peers-file.ts'
