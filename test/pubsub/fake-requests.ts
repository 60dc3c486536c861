import type { PullListener, Requests, Subscription } from '../../adapters/pubsub/api.ts'

/** An error as the client throws it. */
export function statusError(code: number, details: string, more: object = {}): Error {
  return Object.assign(new Error(`${code}: ${details}`), { code, details, ...more })
}

export interface FakeRequests extends Requests {
  /** What was asked, in order. */
  readonly asked: string[]
  /** The stream that is open. */
  listener: PullListener | undefined
  isPaused: boolean
  /** Brings messages, each `id key`, where there is one; a second delivery has another ack id. */
  bring(...messages: readonly string[]): void
}

/** Stands in for the service, for what the emulator does otherwise. */
export function fakeRequests(changes: Partial<Requests> = {}, found: Subscription = ordered): FakeRequests {
  const asked: string[] = []
  let deliveries = 0
  const fake: FakeRequests = {
    asked,
    listener: undefined,
    isPaused: false,
    project: 'p',
    address: 'pubsub.googleapis.com',
    publish: async (_, messages) => messages.map((__, i) => String(i)),
    pull(_, __, most, listener) {
      fake.listener = listener
      asked.push(`pull ${most.messages}`)
      return {
        keepAlive: () => {},
        pause: () => {
          fake.isPaused = true
        },
        resume: () => {
          fake.isPaused = false
        },
        end: () => listener.ended(undefined),
        cancel: () => {},
      }
    },
    async acknowledge(_, ackIds) {
      asked.push(`ack ${ackIds.join(' ')}`)
    },
    async modifyAckDeadline(_, ackIds, seconds) {
      asked.push(`deadline ${seconds} ${ackIds.join(' ')}`)
    },
    getTopic: async () => ({}),
    createTopic: async () => {},
    getSubscription: async () => found,
    createSubscription: async (subscription) => subscription,
    seek: async () => {},
    createSnapshot: async () => {},
    ask: async () => {},
    bring(...messages) {
      const receivedMessages = messages.map((text) => {
        const [messageId = '', orderingKey = ''] = text.split(' ')
        const data = Buffer.from(messageId)
        const publishTime = { seconds: 1_700_000_000 }
        return {
          ackId: `${messageId}#${++deliveries}`,
          message: { messageId, orderingKey, data, attributes: {}, publishTime },
        }
      })
      fake.listener?.received({ receivedMessages })
    },
    ...changes,
  }
  return fake
}

/** What the service tells of a subscription of topic `orders` for group `g`. */
export const ordered: Subscription = {
  name: 'projects/p/subscriptions/orders+g',
  topic: 'projects/p/topics/orders',
  enableMessageOrdering: true,
}
