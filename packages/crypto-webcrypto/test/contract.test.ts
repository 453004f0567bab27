import { webCryptoOn } from '../src/provider.ts'
import { bindContract } from './bind.ts'
import { likeOlderBrowsers, without } from './runtimes.ts'
import { subject, subtle } from './subject.ts'

await bindContract('webcrypto', subject)
await bindContract('older browser', { ...subject, provider: webCryptoOn(likeOlderBrowsers(subtle)) })
await bindContract('nothing but names', { ...subject, provider: webCryptoOn(without(subtle, /./)) })
