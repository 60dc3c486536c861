import type { Adapter } from '../../../adapters/index.ts'
import type { Api } from '../../../adapters/pubsub/api.ts'
import { adapter, pubsub } from '../../../adapters/pubsub/index.ts'
import { isStatus } from '../../../adapters/pubsub/problem.ts'

/**
 * Stands in for what Google's emulator (0.8.20) does otherwise than the service: what a reader held when it fell silent it brings
 * again by itself, behind messages of the key that others have had meanwhile; the service brings all of these again, in
 * order. Here subscriptions have a dead-letter policy that is never reached, so that the emulator counts and a redelivery can be told.
 */
export const countingDeliveries: Adapter = {
  ...adapter,
  open: ({ address, options }, logger) =>
    pubsub({ ...options, project: address }, logger, { wrapApi: counting }),
}

function counting(api: Api): Api {
  const deadLetterTopic = `projects/${api.project}/topics/never-reached`
  /** What is published to a topic before its first subscription is there reaches nobody, so here it is refused until then. */
  const unread = new Set<string>()
  return {
    ...api,
    async createTopic(topic) {
      const name = topic.name ?? ''
      unread.add(name)
      try {
        await api.createTopic(topic)
      } catch (error) {
        // It was there before, perhaps with subscriptions.
        unread.delete(name)
        throw error
      }
    },
    async publish(topic, messages) {
      if (unread.has(topic)) throw Object.assign(new Error('nobody reads the topic yet'), { code: 5 })
      return api.publish(topic, messages)
    },
    async createSubscription(subscription) {
      await api.createTopic({ name: deadLetterTopic }).catch((error: unknown) => {
        if (!isStatus(error, 'alreadyExists')) throw error
      })
      const deadLetterPolicy = { deadLetterTopic, maxDeliveryAttempts: 100 }
      const created = await api.createSubscription({ ...subscription, deadLetterPolicy })
      unread.delete(subscription.topic ?? '')
      return created
    },
  }
}
