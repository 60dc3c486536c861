import { afterEach, beforeEach, expect, it, jest } from '@jest/globals'
import { Puller } from '../../adapters/pubsub/puller.ts'
import { type FakeRequests, fakeRequests } from './fake-requests.ts'

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

/** A puller whose stream the service ends in peace, again and again; tells how long it waited each time, in milliseconds. */
async function waitsOf(ends: number, before: (api: FakeRequests) => void): Promise<readonly number[]> {
  const api = fakeRequests()
  const puller = new Puller({
    api,
    subscription: 'projects/p/subscriptions/orders+g',
    ackDeadlineMs: 10_000,
    maxOutstanding: { messages: 10, bytes: 1_000 },
    log: () => {},
    received: () => {},
    failed: () => {},
  })
  puller.start()
  const waits: number[] = []
  for (let n = 1; n <= ends; n++) {
    before(api)
    const endedAt = Date.now()
    api.listener?.ended(undefined)
    while (api.asked.length === n) jest.advanceTimersByTime(10)
    waits.push(Date.now() - endedAt)
  }
  await puller.stop()
  return waits
}

it('opens the stream again at once, however often it ended, where it brought messages', async () => {
  expect(await waitsOf(7, (api) => api.bring('1 k'))).toEqual(Array(7).fill(100))
})

it('waits longer each time, up to two seconds, where nothing came but word of the subscription', async () => {
  const tell = (api: FakeRequests) => api.listener?.received({ subscriptionProperties: {} })
  expect(await waitsOf(7, tell)).toEqual([100, 200, 400, 800, 1_600, 2_000, 2_000])
})
