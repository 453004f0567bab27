import { type CryptoProvider, type CryptoSuite, toSuiteId } from '@twofold/interface'
import { altered, ascii, hex, join } from './bytes.ts'
import { assert, assertBytes, assertThrows, Tallier } from './tally.ts'

interface BasicsVector {
  readonly cipher_suite: number
  readonly ref_hash: { readonly label: string; readonly value: string; readonly out: string }
  readonly expand_with_label: ExpandVector & { readonly context: string; readonly length: number }
  readonly derive_secret: ExpandVector
  readonly derive_tree_secret: ExpandVector & { readonly generation: number; readonly length: number }
  readonly sign_with_label: {
    readonly label: string
    readonly content: string
    readonly priv: string
    readonly pub: string
    readonly signature: string
  }
  readonly encrypt_with_label: {
    readonly label: string
    readonly context: string
    readonly plaintext: string
    readonly ciphertext: string
    readonly kem_output: string
    readonly priv: string
    readonly pub: string
  }
}

interface ExpandVector {
  readonly secret: string
  readonly label: string
  readonly out: string
}

/** opaque<V> of RFC 9420 section 2.1.2, up to 16383 bytes. */
function opaque(bytes: Uint8Array): Uint8Array {
  const { length } = bytes
  const header = length < 64 ? Uint8Array.of(length) : Uint8Array.of(0x40 | (length >> 8), length & 0xff)
  return join(header, bytes)
}

const label = (text: string): Uint8Array => opaque(ascii(`MLS 1.0 ${text}`))

/** RFC 9420 section 8. */
function expandWithLabel(suite: CryptoSuite, secret: Uint8Array, name: string, context: Uint8Array, length: number) {
  const info = join(Uint8Array.of(length >> 8, length & 0xff), label(name), opaque(context))
  return suite.kdf.expand(secret, info, length)
}

/** The labelled functions of RFC 9420 sections 5.1.2, 5.1.3, 5.2, 8 and 9.1, with the suites that the provider serves. */
export async function runMlsBasics(provider: CryptoProvider, content: unknown): Promise<Tallier> {
  const tally = new Tallier()
  for (const vector of content as readonly BasicsVector[]) {
    const id = toSuiteId(vector.cipher_suite)
    if (!provider.suites.includes(id)) {
      tally.skip(`suite ${id}: not served`)
      continue
    }
    const suite = await provider.suite(id)
    for (const [name, check] of Object.entries(checks)) {
      await tally.vector(`suite ${id} ${name}`, () => check(suite, vector))
    }
  }
  return tally
}

type Check = (suite: CryptoSuite, vector: BasicsVector) => Promise<void>

const checks: Readonly<Record<string, Check>> = {
  async refHash(suite, { ref_hash: v }) {
    const input = join(opaque(ascii(v.label)), opaque(hex(v.value)))
    assertBytes(await suite.hash.digest(input), hex(v.out), 'RefHash')
  },
  async expandWithLabel(suite, { expand_with_label: v }) {
    const out = await expandWithLabel(suite, hex(v.secret), v.label, hex(v.context), v.length)
    assertBytes(out, hex(v.out), 'ExpandWithLabel')
  },
  async deriveSecret(suite, { derive_secret: v }) {
    const out = await expandWithLabel(suite, hex(v.secret), v.label, new Uint8Array(0), suite.kdf.Nh)
    assertBytes(out, hex(v.out), 'DeriveSecret')
  },
  async deriveTreeSecret(suite, { derive_tree_secret: v }) {
    const generation = new Uint8Array(4)
    new DataView(generation.buffer).setUint32(0, v.generation)
    const out = await expandWithLabel(suite, hex(v.secret), v.label, generation, v.length)
    assertBytes(out, hex(v.out), 'DeriveTreeSecret')
  },
  async signWithLabel(suite, { sign_with_label: v }) {
    const content = join(label(v.label), opaque(hex(v.content)))
    const { signature } = suite
    assert(await signature.verify(hex(v.pub), content, hex(v.signature)), 'the signature of the vector is refused')
    assert(!(await signature.verify(hex(v.pub), altered(content, 3), hex(v.signature))), 'an altered content verifies')
    const own = await signature.sign(hex(v.priv), content)
    assert(await signature.verify(hex(v.pub), content, own), 'our own signature is refused')
  },
  async encryptWithLabel(suite, { encrypt_with_label: v }) {
    const info = join(label(v.label), opaque(hex(v.context)))
    const none = new Uint8Array(0)
    const { hpke } = suite
    const plaintext = await hpke.open(hex(v.priv), hex(v.kem_output), info, none, hex(v.ciphertext))
    assertBytes(plaintext, hex(v.plaintext), 'plaintext')
    await assertThrows(
      () => hpke.open(hex(v.priv), hex(v.kem_output), altered(info, 5), none, hex(v.ciphertext)),
      'another label',
    )
    const own = await hpke.seal(hex(v.pub), info, none, hex(v.plaintext))
    assertBytes(await hpke.open(hex(v.priv), own.enc, info, none, own.ciphertext), hex(v.plaintext), 'plaintext')
  },
}
