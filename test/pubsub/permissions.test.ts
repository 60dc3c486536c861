import { expect, it } from '@jest/globals'
import { createEvent } from '../../adapters/core/event.ts'
import type { Requests } from '../../adapters/pubsub/api.ts'
import { type PubsubBroker, pubsub } from '../../adapters/pubsub/index.ts'
import { fakeRequests, ordered, statusError } from './fake-requests.ts'

const source = { topic: 'orders', group: 'g' }
const told = 'User not authorized to perform this action.'
const event = createEvent({ type: 'test.sent', source: '/test', id: '1' })

/** The emulator refuses nobody: a service that answers these requests so, and the others as one that knows the group. */
function refusing(code: number, requests: readonly (keyof Requests)[]): Promise<PubsubBroker> {
  const refuse = async () => {
    throw statusError(code, told)
  }
  const changes = Object.fromEntries(requests.map((name) => [name, refuse]))
  const getSubscription = async () => {
    throw statusError(5, 'Resource not found')
  }
  const isNew = requests.includes('createSubscription')
  const known = fakeRequests(isNew ? { getSubscription } : {}, { ...ordered, retainAckedMessages: true })
  const pull: Requests['pull'] = (_, __, ___, listener) => {
    setImmediate(() => listener.ended(statusError(code, told)))
    return { keepAlive() {}, pause() {}, resume() {}, end() {}, cancel() {} }
  }
  const parts = { wrapApi: <T extends Requests>(api: T): T => ({ ...api, ...known, ...changes, pull }) }
  return pubsub({ project: 'my-project', endpoint: '127.0.0.1:1' }, undefined, parts)
}

function refusalOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => (error instanceof Error && 'failures' in error ? error.cause : error),
  )
}

type Work = (broker: PubsubBroker) => Promise<unknown>
const publish: Work = (broker) => broker.publish('orders', event)
const read: Work = (broker) => broker.subscribe(source, () => {}).done

it.each<[string, string, readonly (keyof Requests)[], Work]>([
  ['publishing', 'pubsub.topics.publish', ['publish'], publish],
  ['reading', 'pubsub.subscriptions.consume', [], read],
  [
    'replay',
    'pubsub.subscriptions.consume',
    ['seek'],
    (broker) => broker.replay(source, { time: Date.UTC(2026, 0) }),
  ],
  [
    'the first reading of a group',
    'pubsub.subscriptions.create and pubsub.topics.attachSubscription',
    ['createSubscription'],
    read,
  ],
  [
    'creating a topic',
    'pubsub.topics.create',
    ['createTopic'],
    (broker) => broker.ensure({ topics: ['orders'] }),
  ],
  [
    'making a snapshot',
    'pubsub.snapshots.create',
    ['createSnapshot'],
    (broker) => broker.createSnapshot(source, 'before'),
  ],
  [
    'moving to a snapshot',
    'pubsub.snapshots.seek',
    ['seek'],
    (broker) => broker.replaySnapshot(source, 'before'),
  ],
])('%s without %s names it', async (_, permission, requests, work) => {
  await using broker = await refusing(7, requests)
  expect(await refusalOf(work(broker))).toMatchObject({
    code: 'ERR_CONFIG',
    message: expect.stringMatching(new RegExp(`not authorized.*: grant ${permission} to these credentials$`)),
  })
})

it('credentials that are not accepted are told as such, and where they are looked for', async () => {
  await using broker = await refusing(16, ['publish'])
  for (const work of [publish, read]) {
    expect(await refusalOf(work(broker))).toMatchObject({
      code: 'ERR_CONFIG',
      message: expect.stringMatching(/the credentials are not accepted .*GOOGLE_APPLICATION_CREDENTIALS/),
    })
  }
})
