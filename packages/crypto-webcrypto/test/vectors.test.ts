import { bindVectors } from './bind.ts'
import { subject } from './subject.ts'

/** OpenSSL, which Node's WebCrypto is, does not multiply by the cofactor. */
const edges = { accepted: 7, refused: 450, 'accepted with low_order_component_A': 7 }

bindVectors(subject, { 'cctv/ed25519/ed25519vectors.json': edges })
