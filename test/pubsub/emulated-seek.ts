import type { Api, PulledMessage } from '../../adapters/pubsub/api.ts'
import { fromPulled } from '../../adapters/pubsub/client.ts'
import { msOf } from '../../adapters/pubsub/duration.ts'
import { isStatus } from '../../adapters/pubsub/problem.ts'

/** Published messages of each topic, by whatever connection of this process. */
const published = new Map<string, number>()
let names = 0
const begun = Date.now()

/**
 * The emulator (0.8.20) answers UNIMPLEMENTED where a subscription with ordering is sought to a time, which the service can do. It does
 * seek one to a snapshot of another with ordering. So each topic gets a subscription that acknowledges nothing; a copy of it
 * acknowledges what lies before the time, and a snapshot of that copy is where the subscription goes. What is redelivered, and
 * how, is the emulator's doing, as with any seek.
 */
export function withSeek(api: Api): Api {
  const keeperOf = (topic: string) => `${topic.replace('/topics/', '/subscriptions/')}-keeper`
  const fresh = (kind: 'subscriptions' | 'snapshots') =>
    `projects/${api.project}/${kind}/seek-${Date.now()}-${++names}`

  async function seekTo(subscription: string, moment: number): Promise<void> {
    const topic = String((await api.getSubscription(subscription)).topic)
    const count = published.get(topic) ?? 0
    if (count === 0) return
    const all = fresh('snapshots')
    await api.createSnapshot(all, keeperOf(topic))
    if (moment < begun) {
      await api.seek(subscription, { snapshot: all })
      return
    }
    const copy = fresh('subscriptions')
    await api.createSubscription({ name: copy, topic, enableMessageOrdering: true, ackDeadlineSeconds: 600 })
    await api.seek(copy, { snapshot: all })
    const before = (await everything(copy, count))
      .filter((pulled) => (fromPulled(pulled, topic).origin.time ?? 0) < moment)
      .flatMap(({ ackId }) => ackId ?? [])
    if (before.length > 0) await api.acknowledge(copy, before)
    const rest = fresh('snapshots')
    await api.createSnapshot(rest, copy)
    await api.seek(subscription, { snapshot: rest })
  }

  function everything(subscription: string, count: number): Promise<readonly PulledMessage[]> {
    return new Promise((resolve, reject) => {
      const pulled: PulledMessage[] = []
      const most = { messages: 100_000, bytes: 1_000_000_000 }
      const pulling = api.pull(subscription, 600, most, {
        received({ receivedMessages }) {
          pulled.push(...(receivedMessages ?? []))
          if (pulled.length < count) return
          pulling.end()
          resolve(pulled)
        },
        ended: (error) => reject(error ?? new Error('the stream ended before everything had come')),
      })
    })
  }

  return {
    ...api,
    async publish(topic, messages) {
      const ids = await api.publish(topic, messages)
      published.set(topic, (published.get(topic) ?? 0) + messages.length)
      return ids
    },
    async createTopic(topic) {
      const name = String(topic.name)
      await api.createTopic(topic)
      await api.createSubscription({ name: keeperOf(name), topic: name, enableMessageOrdering: true })
    },
    async seek(subscription, target) {
      await api.seek(subscription, target).catch(async (error: unknown) => {
        const moment = msOf(target.time)
        if (moment === undefined || !isStatus(error, 'unimplemented')) throw error
        await seekTo(subscription, moment)
      })
    },
  }
}
