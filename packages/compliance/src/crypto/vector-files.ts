import { runHpke } from './hpke-vectors.ts'
import { runAcvpKem, runHybrid, runModulus, runNamedValues, runWycheproofKem } from './kem-vectors.ts'
import { runMlsBasics } from './mls-basics.ts'
import type { CryptoSubject } from './subject.ts'
import type { Tally } from './tally.ts'
import {
  runAcvpSignatureKeys,
  runAcvpSignatures,
  runAead,
  runEcdh,
  runEd25519Edges,
  runHkdf,
  runHmac,
  runSignatures,
  runSigningSeeds,
  runX25519,
} from './wycheproof.ts'

/** A file of published vectors and how it is run. */
export interface VectorFile {
  /** Below the folder of vectors. */
  readonly path: string
  readonly format: 'json' | 'text'
  /** `content` is the parsed JSON, or the text. */
  run(subject: CryptoSubject, content: unknown): Promise<Tally>
}

type Run = (parts: CryptoSubject['parts'], content: unknown) => Promise<Tally>

function json(path: string, run: Run): VectorFile {
  return { path: `${path}.json`, format: 'json', run: ({ parts }, content) => run(parts, content) }
}

function text(path: string, run: Run): VectorFile {
  return { path: `${path}.txt`, format: 'text', run: ({ parts }, content) => run(parts, content) }
}

/** One more argument in front. */
function by<A>(run: (first: A, ...rest: Parameters<Run>) => Promise<Tally>, first: NoInfer<A>): Run {
  return (parts, content) => run(first, parts, content)
}

const aesGcm = { 128: 1, 256: 2 }
const chaCha20Poly1305 = { 256: 3 }

export const vectorFiles: readonly VectorFile[] = [
  json('xwing/test-vectors', by(runHybrid, 0x647a)),
  json('hpke-rfc9180/vectors_rfc9180_5f503c5', runHpke),
  json('hpke-pq/test-vectors', runHpke),
  {
    path: 'mls-implementations/crypto-basics.json',
    format: 'json',
    run: ({ provider }, content) => runMlsBasics(provider, content),
  },
  json('wycheproof/x25519_test', runX25519),
  json('wycheproof/ed25519_test', by(runSignatures, 'Ed25519')),
  json('wycheproof/hkdf_sha256_test', by(runHkdf, 1)),
  json('wycheproof/hkdf_sha384_test', by(runHkdf, 2)),
  json('wycheproof/hkdf_sha512_test', by(runHkdf, 3)),
  json('wycheproof/hmac_sha256_test', by(runHmac, 'SHA-256')),
  json('wycheproof/hmac_sha384_test', by(runHmac, 'SHA-384')),
  json('wycheproof/hmac_sha512_test', by(runHmac, 'SHA-512')),
  json('wycheproof/aes_gcm_test', by(runAead, aesGcm)),
  json('wycheproof/chacha20_poly1305_test', by(runAead, chaCha20Poly1305)),
  json('wycheproof/mlkem_768_test', runWycheproofKem),
  json('wycheproof/mlkem_768_encaps_test', runWycheproofKem),
  json('wycheproof/mlkem_768_keygen_seed_test', runWycheproofKem),
  json('wycheproof/mlkem_768_semi_expanded_decaps_test', runWycheproofKem),
  json('acvp/ML-KEM-keyGen-FIPS203/internalProjection', runAcvpKem),
  json('acvp/ML-KEM-encapDecap-FIPS203/internalProjection', runAcvpKem),
  text('cctv/ML-KEM/modulus/ML-KEM-768', by(runModulus, 0x41)),
  text('cctv/ML-KEM/strcmp/ML-KEM-768', by(runNamedValues, 768)),
  text('cctv/ML-KEM/intermediate/ML-KEM-768', by(runNamedValues, 768)),
  json('cctv/ed25519/ed25519vectors', runEd25519Edges),
  json('concrete-hybrid-kems-noble/test-vectors-MLKEM768P256', by(runHybrid, 0x50)),
  json('concrete-hybrid-kems-noble/test-vectors-MLKEM1024P384', by(runHybrid, 0x51)),
  json('wycheproof/mlkem_1024_test', runWycheproofKem),
  json('wycheproof/mlkem_1024_encaps_test', runWycheproofKem),
  json('wycheproof/mlkem_1024_keygen_seed_test', runWycheproofKem),
  json('wycheproof/mlkem_1024_semi_expanded_decaps_test', runWycheproofKem),
  text('cctv/ML-KEM/modulus/ML-KEM-1024', by(runModulus, 0x42)),
  text('cctv/ML-KEM/strcmp/ML-KEM-1024', by(runNamedValues, 1024)),
  text('cctv/ML-KEM/intermediate/ML-KEM-1024', by(runNamedValues, 1024)),
  json('wycheproof/ecdh_secp256r1_ecpoint_test', by(runEcdh, 'P256')),
  json('wycheproof/ecdh_secp384r1_ecpoint_test', by(runEcdh, 'P384')),
  json('wycheproof/ecdh_secp521r1_ecpoint_test', by(runEcdh, 'P521')),
  json('wycheproof/ecdsa_secp256r1_sha256_test', by(runSignatures, 'P256')),
  json('wycheproof/ecdsa_secp384r1_sha384_test', by(runSignatures, 'P384')),
  json('wycheproof/ecdsa_secp521r1_sha512_test', by(runSignatures, 'P521')),
  json('wycheproof/mldsa_44_verify_test', by(runSignatures, 'MLDSA44')),
  json('wycheproof/mldsa_65_verify_test', by(runSignatures, 'MLDSA65')),
  json('wycheproof/mldsa_87_verify_test', by(runSignatures, 'MLDSA87')),
  json('wycheproof/mldsa_44_sign_seed_test', by(runSigningSeeds, 'MLDSA44')),
  json('wycheproof/mldsa_65_sign_seed_test', by(runSigningSeeds, 'MLDSA65')),
  json('wycheproof/mldsa_87_sign_seed_test', by(runSigningSeeds, 'MLDSA87')),
  json('acvp/ML-DSA-keyGen-FIPS204/internalProjection', runAcvpSignatureKeys),
  json('acvp/ML-DSA-sigVer-FIPS204/internalProjection', runAcvpSignatures),
]
