import { type SuiteId, toSuiteId } from '@twofold/codec'

/** TLS SignatureScheme code points (RFC 8446 section 4.2.3, draft-ietf-tls-mldsa). */
export const signatureSchemes = {
  P256: 0x0403,
  P384: 0x0503,
  P521: 0x0603,
  Ed25519: 0x0807,
  Ed448: 0x0808,
  MLDSA44: 0x0904,
  MLDSA65: 0x0905,
  MLDSA87: 0x0906,
} as const

export type SignatureName = keyof typeof signatureSchemes
export type HashName = 'SHA-256' | 'SHA-384' | 'SHA-512'

/** What a cipher suite is made of (RFC 9420 section 17.1, draft-ietf-mls-pq-ciphersuites). */
export interface SuiteInfo {
  readonly id: SuiteId
  readonly name: string
  /** RFC 9180 sections 7.1 to 7.3, draft-ietf-hpke-pq. */
  readonly kem: number
  readonly kdf: number
  readonly aead: number
  readonly hash: HashName
  readonly signature: SignatureName
  readonly signatureScheme: number
  /** Key agreement against a quantum computer: by a hybrid, by ML-KEM alone, or not. */
  readonly postQuantum: 'hybrid' | 'pure' | 'none'
  /** Signatures against a quantum computer. */
  readonly postQuantumSignature: boolean
}

function suite(
  id: number,
  name: string,
  kem: number,
  kdf: number,
  aead: number,
  hash: HashName,
  signature: SignatureName,
  postQuantum: SuiteInfo['postQuantum'],
): SuiteInfo {
  return {
    id: toSuiteId(id),
    name,
    kem,
    kdf,
    aead,
    hash,
    signature,
    signatureScheme: signatureSchemes[signature],
    postQuantum,
    postQuantumSignature: signature.startsWith('MLDSA'),
  }
}

/**
 * The suites, the post-quantum ones in the order of draft-ietf-mls-pq-ciphersuites. The numbers of that draft are not
 * assigned yet (TBD1 to TBD11), so they stand in the private range here.
 */
export const suites: readonly SuiteInfo[] = [
  suite(0xf001, 'MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519', 0x647a, 1, 1, 'SHA-256', 'Ed25519', 'hybrid'),
  suite(0xf002, 'MLS_128_MLKEM768X25519_AES256GCM_SHA384_Ed25519', 0x647a, 2, 2, 'SHA-384', 'Ed25519', 'hybrid'),
  suite(0xf003, 'MLS_128_MLKEM768P256_AES128GCM_SHA256_P256', 0x0050, 1, 1, 'SHA-256', 'P256', 'hybrid'),
  suite(0xf004, 'MLS_128_MLKEM768P256_AES256GCM_SHA384_P256', 0x0050, 2, 2, 'SHA-384', 'P256', 'hybrid'),
  suite(0xf005, 'MLS_192_MLKEM1024P384_AES256GCM_SHA384_P384', 0x0051, 2, 2, 'SHA-384', 'P384', 'hybrid'),
  suite(0xf006, 'MLS_128_MLKEM768_AES256GCM_SHA384_Ed25519', 0x0041, 2, 2, 'SHA-384', 'Ed25519', 'pure'),
  suite(0xf007, 'MLS_128_MLKEM768_AES256GCM_SHA384_P256', 0x0041, 2, 2, 'SHA-384', 'P256', 'pure'),
  suite(0xf008, 'MLS_192_MLKEM1024_AES256GCM_SHA384_P384', 0x0042, 2, 2, 'SHA-384', 'P384', 'pure'),
  suite(0xf009, 'MLS_128_MLKEM768X25519_CHACHA20POLY1305_SHA384_MLDSA44', 0x647a, 2, 3, 'SHA-384', 'MLDSA44', 'hybrid'),
  suite(0xf00a, 'MLS_192_MLKEM768_AES256GCM_SHA384_MLDSA65', 0x0041, 2, 2, 'SHA-384', 'MLDSA65', 'pure'),
  suite(0xf00b, 'MLS_256_MLKEM1024_AES256GCM_SHA384_MLDSA87', 0x0042, 2, 2, 'SHA-384', 'MLDSA87', 'pure'),
  suite(0x0001, 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519', 0x0020, 1, 1, 'SHA-256', 'Ed25519', 'none'),
  suite(0x0002, 'MLS_128_DHKEMP256_AES128GCM_SHA256_P256', 0x0010, 1, 1, 'SHA-256', 'P256', 'none'),
  suite(0x0003, 'MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519', 0x0020, 1, 3, 'SHA-256', 'Ed25519', 'none'),
  suite(0x0004, 'MLS_256_DHKEMX448_AES256GCM_SHA512_Ed448', 0x0021, 3, 2, 'SHA-512', 'Ed448', 'none'),
  suite(0x0005, 'MLS_256_DHKEMP521_AES256GCM_SHA512_P521', 0x0012, 3, 2, 'SHA-512', 'P521', 'none'),
  suite(0x0006, 'MLS_256_DHKEMX448_CHACHA20POLY1305_SHA512_Ed448', 0x0021, 3, 3, 'SHA-512', 'Ed448', 'none'),
  suite(0x0007, 'MLS_256_DHKEMP384_AES256GCM_SHA384_P384', 0x0011, 2, 2, 'SHA-384', 'P384', 'none'),
]

/** 0xF002: a hybrid of ML-KEM-768 and X25519, AES-256-GCM, SHA-384, Ed25519. */
export const defaultSuite: SuiteId = toSuiteId(0xf002)

/** A suite by its number, its number in text ("0xf002", "1") or its name; undefined when there is none. */
export function findSuite(idOrName: number | string): SuiteInfo | undefined {
  if (typeof idOrName === 'string' && !/^(0x[0-9a-f]{1,4}|\d{1,5})$/i.test(idOrName)) {
    return suites.find((info) => info.name.toLowerCase() === idOrName.toLowerCase())
  }
  return suites.find((info) => info.id === Number(idOrName))
}
