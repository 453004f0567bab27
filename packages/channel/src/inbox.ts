import type { Channel } from './api.ts'

/** Channels that were accepted and not fetched yet. */
export interface ChannelInbox {
  readonly push: (channel: Channel) => void
  end(): void
  iterate(): AsyncIterator<Channel>
}

export function channelInbox(): ChannelInbox {
  const waiting: Channel[] = []
  let more = Promise.withResolvers<void>()
  let over = false
  function wake(): void {
    more.resolve()
    more = Promise.withResolvers<void>()
  }
  return {
    push(channel) {
      if (over) return void channel.close()
      waiting.push(channel)
      wake()
    },
    end() {
      over = true
      wake()
      for (const channel of waiting.splice(0)) void channel.close()
    },
    async *iterate() {
      for (;;) {
        const channel = waiting.shift()
        if (channel !== undefined) yield channel
        else if (over) return
        else await more.promise
      }
    },
  }
}
