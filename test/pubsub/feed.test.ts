import { expect, it } from '@jest/globals'
import type { Deliver, Delivery, Outcome } from '../../adapters/core/driver.ts'
import { Feed } from '../../adapters/pubsub/feed.ts'
import { type PubsubOptions, settingsOf } from '../../adapters/pubsub/options.ts'
import { eventually } from '../eventually.ts'
import { type FakeRequests, fakeRequests, ordered, statusError } from './fake-requests.ts'

interface Reading {
  readonly delivered: Delivery[]
  readonly done: Promise<void>
  stop(): void
}

async function read(api: FakeRequests, options: PubsubOptions, deliver: Deliver): Promise<Reading> {
  const stop = new AbortController()
  const delivered: Delivery[] = []
  const feed = new Feed({
    api,
    source: { topic: 'orders', group: 'g' },
    settings: settingsOf(options),
    log: () => {},
    onEmpty: () => {},
  })
  const done = feed.read(
    (batch) => {
      delivered.push(...batch)
      return deliver(batch)
    },
    stop.signal,
    16,
  )
  done.catch(() => {})
  await eventually('a stream', () => api.listener !== undefined)
  return { delivered, done, stop: () => stop.abort() }
}

const ack: Deliver = (batch) => batch.map(() => ({ kind: 'ack' }))
const idsOf = (delivered: readonly Delivery[]) => delivered.map(({ position }) => position)

/** Answers when it is told to. */
function held(): { readonly deliver: Deliver; settle(kind: 'ack' | 'release'): void } {
  const waiting: ((kind: 'ack' | 'release') => void)[] = []
  const deliver: Deliver = (batch) =>
    new Promise<readonly Outcome[]>((resolve) => {
      waiting.push((kind) => resolve(batch.map(() => ({ kind }))))
    })
  return { deliver, settle: (kind) => waiting.shift()?.(kind) }
}

it('settles what the service brings again while it is held by its new ack id, and keeps its place', async () => {
  const api = fakeRequests()
  const { deliver, settle } = held()
  const reading = await read(api, {}, deliver)
  api.bring('1 k', '2 k', '3 k')
  await eventually('the first', () => reading.delivered.length === 1)
  // As the service does after a nack or a lease that ran out: it brings what follows in the key as well.
  api.bring('1 k', '2 k', '3 k')
  settle('ack')
  for (let n = 2; n <= 3; n++) {
    await eventually(`message ${n}`, () => reading.delivered.length === n)
    settle('ack')
  }
  await eventually('acknowledgements', () => api.asked.length >= 4)
  expect(idsOf(reading.delivered)).toEqual(['1', '2', '3'])
  expect(api.asked.slice(1)).toEqual(['ack 1#4', 'ack 2#5', 'ack 3#6'])
  reading.stop()
  await reading.done
})

it('never gives back a message of a key while a reader is there: what failed is repeated in place', async () => {
  const api = fakeRequests()
  let failures = 2
  const reading = await read(api, {}, (batch) =>
    batch.map(({ position }) => ({ kind: position === '2' && failures-- > 0 ? 'release' : 'ack' })),
  )
  api.bring('1 k', '2 k', '3 k')
  await eventually('all', () => idsOf(reading.delivered).includes('3'))
  expect(idsOf(reading.delivered)).toEqual(['1', '2', '2', '2', '3'])
  expect(api.asked.filter((each) => each.startsWith('deadline'))).toEqual([])
  reading.stop()
  await reading.done
})

it('gives back in order what the last reader leaves, after running handlers have finished', async () => {
  const api = fakeRequests()
  const { deliver, settle } = held()
  const reading = await read(api, {}, deliver)
  api.bring('1 a', '2 b', '3 a', '4 b', '5 c')
  await eventually('three keys', () => reading.delivered.length === 3)
  reading.stop()
  for (let i = 0; i < 3; i++) settle('ack')
  await reading.done
  expect(api.asked.slice(1).join()).toContain('deadline 0 3#3 4#4')
  expect(api.asked.slice(1).join(' ').match(/\d#\d/g)?.sort()).toEqual(['1#1', '2#2', '3#3', '4#4', '5#5'])
})

it('holds no more than maxOutstanding: the stream pauses, and goes on when there is room', async () => {
  const api = fakeRequests()
  const { deliver, settle } = held()
  const reading = await read(api, { maxOutstanding: 2 }, deliver)
  expect(api.asked).toEqual(['pull 2'])
  api.bring('1 a', '2 b')
  expect(api.isPaused).toBe(true)
  await eventually('both', () => reading.delivered.length === 2)
  settle('ack')
  await eventually('room', () => !api.isPaused)
  reading.stop()
  settle('ack')
  await reading.done
})

it('waits with a nack as long as it says, less what the subscription waits by its retry policy', async () => {
  const found = {
    ...ordered,
    enableMessageOrdering: false,
    deadLetterPolicy: { deadLetterTopic: 'projects/p/topics/dlq.g', maxDeliveryAttempts: 5 },
    retryPolicy: { minimumBackoff: { seconds: '10' } },
  }
  const api = fakeRequests({}, found)
  const nack: Deliver = (batch) =>
    batch.map(({ position }) => ({ kind: 'nack', cause: 'c', delayMs: position === '1' ? 10_060 : 5_000 }))
  const reading = await read(api, { ordered: false, attempts: true }, nack)
  const begun = performance.now()
  api.bring('1', '2')
  await eventually('both', () => api.asked.length >= 3)
  expect(api.asked.slice(1)).toEqual(['deadline 0 2#2', 'deadline 0 1#1'])
  expect(performance.now() - begun).toBeGreaterThan(55)
  reading.stop()
  await reading.done
})

it('keeps waiting at the service what still waits when the last reader leaves', async () => {
  const found = { ...ordered, enableMessageOrdering: false }
  const api = fakeRequests({}, found)
  const nack: Deliver = (batch) => batch.map(() => ({ kind: 'nack', cause: 'c', delayMs: 3_400 }))
  const reading = await read(api, { ordered: false }, nack)
  api.bring('1')
  await eventually('the delivery', () => reading.delivered.length === 1)
  reading.stop()
  await reading.done
  expect(api.asked.at(-1)).toBe('deadline 4 1#1')
})

it('drops what is held, and tells handlers, when the service says that a lease is over', async () => {
  const lost = statusError(9, 'Some acks failed', {
    errorInfoMetadata: { '1#1': 'PERMANENT_FAILURE_INVALID_ACK_ID' },
  })
  const api = fakeRequests({
    async modifyAckDeadline(_, __, seconds) {
      if (seconds > 0) throw lost
    },
  })
  const { deliver, settle } = held()
  const reading = await read(api, { ackDeadlineMs: 10_000, exactlyOnce: undefined }, deliver)
  api.bring('1 k', '2 k')
  await eventually('the first', () => reading.delivered.length === 1)
  await eventually('the end of the lease', () => reading.delivered[0]?.signal.aborted === true, 9_000)
  api.bring('1 k', '2 k')
  settle('release')
  await eventually('the first again', () => reading.delivered.length === 2)
  expect(reading.delivered[1]?.signal.aborted).toBe(false)
  reading.stop()
  settle('ack')
  await reading.done
}, 15_000)

it('opens the stream again after what may pass, and ends with what may not', async () => {
  const api = fakeRequests()
  const reading = await read(api, {}, ack)
  api.listener?.ended(statusError(14, 'connection reset'))
  await eventually('another stream', () => api.asked.length === 2)
  api.bring('1 k')
  await eventually('a message', () => reading.delivered.length === 1)
  api.listener?.ended(statusError(5, 'Subscription does not exist'))
  await expect(reading.done).rejects.toMatchObject({
    code: 'ERR_NOT_FOUND',
    message: expect.stringContaining('orders+g'),
  })
})

it('refuses a subscription without ordering that it may not look at, once the stream tells', async () => {
  const api = fakeRequests({
    getSubscription: () => Promise.reject(statusError(7, 'User not authorized')),
  })
  const reading = await read(api, {}, ack)
  api.listener?.received({ subscriptionProperties: { messageOrderingEnabled: false } })
  await expect(reading.done).rejects.toMatchObject({
    code: 'ERR_CONFIG',
    message: expect.stringContaining('enable_message_ordering'),
  })
})

it('tries again to settle what the service could not settle for the moment', async () => {
  let refusals = 1
  const told: string[] = []
  const api = fakeRequests({
    async acknowledge(_, ackIds) {
      told.push(ackIds.join(' '))
      if (refusals-- > 0)
        throw statusError(9, 'Some acks failed', {
          errorInfoMetadata: { '1#1': 'TRANSIENT_FAILURE_UNORDERED_ACK_ID' },
        })
    },
  })
  const reading = await read(api, {}, ack)
  api.bring('1 a', '2 b')
  await eventually('two requests', () => told.length === 2)
  expect(told).toEqual(['1#1 2#2', '1#1'])
  reading.stop()
  await reading.done
})

it('hands over nothing any more once reading failed, gives back what it holds, and then rejects', async () => {
  const api = fakeRequests()
  const { deliver, settle } = held()
  const reading = await read(api, {}, deliver)
  api.bring('1 k', '2 k', '3 other')
  await eventually('two lanes', () => reading.delivered.length === 2)
  api.listener?.ended(statusError(5, 'gone'))
  await eventually('the signal', () => reading.delivered[0]?.signal.aborted === true)
  settle('release')
  settle('ack')
  await expect(reading.done).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' })
  expect(idsOf(reading.delivered)).toEqual(['1', '3'])
})
