import { TwofoldError } from '@twofold/interface'

/** Counts what peers have begun and not finished: an attacker must not fill memory, nor one address shut out the others. */
export interface HalfOpen {
  /** Throws `PEER_TOO_MANY_HALF_OPEN`. Call the result once it is established or over. */
  enter(remote: string): () => void
}

export function halfOpenLimits(overall: number, perAddress: number): HalfOpen {
  const counts = new Map<string, number>()
  let total = 0
  return {
    enter(remote) {
      const address = addressOf(remote)
      const count = counts.get(address) ?? 0
      if (total >= overall || count >= perAddress) {
        throw new TwofoldError('PEER_TOO_MANY_HALF_OPEN', 'too many handshakes are under way; try again later')
      }
      counts.set(address, count + 1)
      total += 1
      let left = false
      return () => {
        if (left) return
        left = true
        total -= 1
        const now = (counts.get(address) ?? 1) - 1
        if (now === 0) counts.delete(address)
        else counts.set(address, now)
      }
    },
  }
}

/** Without the port, which changes with every connection. Of an IPv6 address the first 64 bits: a host has all of the rest. */
function addressOf(remote: string): string {
  const bare = /^\[(.*)\](:\d+)?$/.exec(remote)?.[1] ?? remote
  if ((bare.match(/:/g)?.length ?? 0) < 2) return bare.replace(/:\d+$/, '')
  const [head = '', tail] = bare.toLowerCase().split('::')
  const groups = head === '' ? [] : head.split(':')
  const rest = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - rest.length)
  return [...groups, ...Array<string>(zeros).fill('0'), ...rest].slice(0, 4).join(':')
}
