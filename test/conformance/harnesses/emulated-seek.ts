import type { Api, PulledMessage, SeekTarget } from '../../../adapters/pubsub/api.ts'
import { fromPulled } from '../../../adapters/pubsub/client.ts'
import { msOf } from '../../../adapters/pubsub/duration.ts'
import { isStatus } from '../../../adapters/pubsub/problem.ts'

/** What this process did to the emulator, by whatever connection. */
const published = new Map<string, number>()
/** Subscriptions that are new: what is older than this moment does not exist for them. */
const beginnings = new Map<string, number>()
const pulled = new Set<string>()
let names = 0

/**
 * Stands in for what the emulator (0.8.20) does not do, and the service does:
 *
 * - A new subscription begins with what is published from then on. The emulator's begins with all that the topic keeps, so what is
 *   older is acknowledged here unseen.
 * - A subscription with ordering can be sought to a time. The emulator answers UNIMPLEMENTED, but seeks one to a snapshot of
 *   another with ordering. So each topic gets a subscription that acknowledges nothing; a copy of it acknowledges what lies
 *   before the time, and a snapshot of that copy is where the subscription goes. What is redelivered, and how, is the emulator's doing.
 */
export function withSeek(api: Api): Api {
  const keeperOf = (topic: string) => `${topic.replace('/topics/', '/subscriptions/')}-keeper`
  const fresh = (kind: 'subscriptions' | 'snapshots') =>
    `projects/${api.project}/${kind}/seek-${Date.now()}-${++names}`
  const timeOf = (message: PulledMessage) => fromPulled(message, '').origin.time ?? 0

  async function seek(subscription: string, target: SeekTarget): Promise<void> {
    const moment = msOf(target.time)
    if (moment !== undefined && beginnings.has(subscription) && !pulled.has(subscription)) {
      beginnings.set(subscription, moment)
      return
    }
    try {
      await api.seek(subscription, target)
    } catch (error) {
      if (moment === undefined || !isStatus(error, 'unimplemented')) throw error
      await seekBySnapshot(subscription, moment)
    }
    beginnings.delete(subscription)
  }

  async function seekBySnapshot(subscription: string, moment: number): Promise<void> {
    const topic = String((await api.getSubscription(subscription)).topic)
    const count = published.get(topic) ?? 0
    const [all, copy, rest] = [fresh('snapshots'), fresh('subscriptions'), fresh('snapshots')]
    await api.createSnapshot(all, keeperOf(topic))
    await api.createSubscription({ name: copy, topic, enableMessageOrdering: true, ackDeadlineSeconds: 600 })
    await api.seek(copy, { snapshot: all })
    const before = (await everything(copy, count)).filter((message) => timeOf(message) < moment)
    await acknowledge(copy, before)
    await api.createSnapshot(rest, copy)
    await api.seek(subscription, { snapshot: rest })
  }

  function everything(subscription: string, count: number): Promise<readonly PulledMessage[]> {
    return new Promise((resolve, reject) => {
      const messages: PulledMessage[] = []
      const most = { messages: 100_000, bytes: 1_000_000_000 }
      const pulling = api.pull(subscription, 600, most, {
        received({ receivedMessages }) {
          messages.push(...(receivedMessages ?? []))
          if (messages.length < count) return
          pulling.end()
          resolve(messages)
        },
        ended: (error) => reject(error ?? new Error('the stream ended before everything had come')),
      })
    })
  }

  async function acknowledge(subscription: string, messages: readonly PulledMessage[]): Promise<void> {
    const ackIds = messages.flatMap(({ ackId }) => ackId ?? [])
    if (ackIds.length > 0) await api.acknowledge(subscription, ackIds)
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
    async createSubscription(subscription) {
      const now = Date.now()
      const created = await api.createSubscription(subscription)
      beginnings.set(String(subscription.name), now + 1)
      return created
    },
    seek,
    pull(subscription, seconds, most, listener) {
      pulled.add(subscription)
      const beginning = beginnings.get(subscription) ?? 0
      return api.pull(subscription, seconds, most, {
        ...listener,
        received(response) {
          const messages = response.receivedMessages ?? []
          const older = messages.filter((message) => timeOf(message) < beginning)
          void acknowledge(subscription, older)
          const receivedMessages = messages.filter((message) => !older.includes(message))
          listener.received({ ...response, receivedMessages })
        },
      })
    },
  }
}
