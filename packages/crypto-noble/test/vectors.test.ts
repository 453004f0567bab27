import { bindVectors } from './bind.ts'
import { subject } from './subject.ts'

/** The library multiplies by the cofactor; keys and points that are of small order or not canonical it refuses. */
const edges = {
  accepted: 106,
  refused: 351,
  'accepted with low_order_R': 53,
  'accepted with low_order_component_A': 98,
  'accepted with low_order_component_R': 91,
  'accepted with low_order_residue': 91,
}

bindVectors(subject, { 'cctv/ed25519/ed25519vectors.json': edges })
