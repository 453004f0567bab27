import { toGroupId, toSuiteId } from '@twofold/codec'
import { nodeCrypto } from '@twofold/crypto-node'
import { mlsEngine } from '@twofold/mls'
import { newIdentity } from '../src/subject.ts'
const base = await nodeCrypto.suite(toSuiteId(0xf002))
let prov = {}; 
function wrap(o, path) { if (typeof o === 'function') return (...a) => { const t=performance.now(); const r=o(...a); const d = x=>{ prov[path] ??= [0,0]; prov[path][0]+=performance.now()-t; prov[path][1]++; return x}; return r instanceof Promise ? r.then(d) : d(r) }
  if (o && typeof o === 'object' && !(o instanceof Uint8Array)) { const r={}; for (const k of Object.keys(o)) r[k]=wrap(o[k], path+'.'+k); return r } return o }
const suite = wrap(base, '')
const engine = mlsEngine({ suite, profile: 'framed' })
const [guest, host] = [await newIdentity(suite, 'guest'), await newIdentity(suite, 'host')]
const at = Date.now(); const common = { suites: [engine.suite], at, lifetimeMs: 600_000 }; const groupId = toGroupId(new Uint8Array(32))
const T = {}; const t = async (n, f) => { const s=performance.now(); const r = await f(); T[n]=(T[n]??0)+performance.now()-s; return r }
const N=300
let pair
async function hs() {
    const offered = await t('kp', ()=>engine.createKeyPackage({ identity: guest, ...common }))
    const keyPackage = offered.message
    await t('inspect', ()=>engine.inspectKeyPackage(keyPackage, at))
    const made = await t('create', ()=>engine.createGroup({ groupId, identity: host, keyPackage, ...common }))
    const joined = await t('join', ()=>engine.join({ welcome: made.welcome, keyPackage, secrets: offered.secrets, at }))
    return { author: made.state, reader: joined.state }
}
for (let i=0;i<200;i++) pair = await hs()
for (const k in T) T[k]=0; prov={}
for (let i=0;i<N;i++) pair = await hs()
const show=(title)=>{ console.log(title); for (const k in T) console.log(' ', k, (T[k]/N).toFixed(3)); let s=0; for (const [k,[a,b]] of Object.entries(prov).sort((x,y)=>y[1][0]-x[1][0])) { s+=a; console.log('     ', k, (a/N).toFixed(3), b/N) } console.log('  provider', (s/N).toFixed(3)) }
show('handshake')
async function up(){ const {author,reader}=pair; const c = await t('commit',()=>engine.commit(author,'private')); const v = await t('verify',()=>engine.verify(reader,c.message)); pair={author:v.next, reader:c.next} }
for (let i=0;i<200;i++) await up()
for (const k in T) delete T[k]; prov={}
for (let i=0;i<N;i++) await up()
show('update')
