import { toSuiteId } from '@twofold/codec'
import { nodeCrypto } from '@twofold/crypto-node'
const s = await nodeCrypto.suite(toSuiteId(0xf002))
async function med(name, f){ const t=[]; for(let i=0;i<300;i++){const a=performance.now(); await f(); t.push(performance.now()-a)} t.sort((a,b)=>a-b); console.log(name, (t[150]*1000).toFixed(0),'us') }
const k = await s.hpke.kem.generateKeyPair(); const sk = await s.signature.generateKeyPair(); const m = new Uint8Array(2000); const sig = await s.signature.sign(sk.privateKey, m)
const e = await s.hpke.kem.encap(k.publicKey)
await med('keygen', ()=>s.hpke.kem.generateKeyPair())
await med('derive', ()=>s.hpke.kem.deriveKeyPair(new Uint8Array(48).fill(3)))
await med('encap', ()=>s.hpke.kem.encap(k.publicKey))
await med('encap fresh', ()=>s.hpke.kem.encap(k.publicKey.slice()))
await med('decap', ()=>s.hpke.kem.decap(e.enc, k.privateKey))
await med('decap fresh', ()=>s.hpke.kem.decap(e.enc, k.privateKey.slice()))
await med('sign', ()=>s.signature.sign(sk.privateKey, m))
await med('verify', ()=>s.signature.verify(sk.publicKey, m, sig))
await med('verify fresh', ()=>s.signature.verify(sk.publicKey.slice(), m, sig))
await med('expand', ()=>s.kdf.expand(m.subarray(0,48), m.subarray(0,40), 48))
await med('hash', ()=>s.hash.digest(m))
await med('seal', ()=>s.aead.seal(m.subarray(0,32), m.subarray(0,12), m.subarray(0,50), m))
await med('hpkeseal', ()=>s.hpke.seal(k.publicKey, m.subarray(0,40), m.subarray(0,0), m.subarray(0,100)))
