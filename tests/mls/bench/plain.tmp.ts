import { toSuiteId } from '@twofold/codec'
import { nodeCrypto } from '@twofold/crypto-node'
import * as tsMls from 'ts-mls'
import { librarySuite } from '../../../packages/mls/src/cipher-suite.ts'
import { contextOf, lifetimeNow } from '../src/malicious-peer.ts'
const rounds = 300
async function median(work) { const times = []; for (let i = 0; i < rounds; i++) { const s = performance.now(); await work(); times.push(performance.now() - s) } return times.sort((a, b) => a - b)[rounds>>1] }
const base = await nodeCrypto.suite(toSuiteId(0xf002))
async function run(name, suite) {
  const context = contextOf(suite)
  const capabilities = { versions: [1], ciphersuites: [suite.id], extensions: [], proposals: [], credentials: [1] }
  const credential = { credentialType: 1, identity: new Uint8Array(5) }
  const leaf = { credential, capabilities, lifetime: lifetimeNow(600), cipherSuite: suite }
  const handshake = async () => {
    const guest = await tsMls.generateKeyPackage(leaf); const host = await tsMls.generateKeyPackage(leaf)
    const alone = await tsMls.createGroup({ context, groupId: new Uint8Array(32), keyPackage: host.publicPackage, privateKeyPackage: host.privatePackage })
    const added = await tsMls.createCommit({ context, state: alone, extraProposals: [{ proposalType: 1, add: { keyPackage: guest.publicPackage } }], ratchetTreeExtension: true })
    const joined = await tsMls.joinGroup({ context, welcome: added.welcome.welcome, keyPackage: guest.publicPackage, privateKeys: guest.privatePackage })
    return { author: added.newState, reader: joined }
  }
  let pair = await handshake()
  const update = async () => { const made = await tsMls.createCommit({ context, state: pair.author }); const read = await tsMls.processMessage({ context, state: pair.reader, message: made.commit }); pair = { author: read.newState, reader: made.newState } }
  for (let i=0;i<50;i++) await handshake(); for (let i=0;i<50;i++) await update()
  console.log(name, (await median(handshake)).toFixed(2), (await median(update)).toFixed(2))
}
await run('plain ts-mls over crypto-node', librarySuite(base))
await run('ts-mls default', await tsMls.getCiphersuiteImpl('MLS_256_XWING_AES256GCM_SHA512_Ed25519'))
