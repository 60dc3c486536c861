import { describe, expect, it } from '@jest/globals'
import { type CloudEvent, createEvent } from '../../adapters/core/event.ts'
import type { Handler } from '../../adapters/core/handler.ts'
import { httpFunction } from '../../functions/hosts/http.ts'
import { lambdaKafka } from '../../functions/hosts/lambda-kafka.ts'
import { lambdaKinesis } from '../../functions/hosts/lambda-kinesis.ts'
import {
  contextFor,
  kafkaEvent,
  kafkaRecords,
  kinesisEvent,
  lambdaContext,
  unwrappedPush,
  wrappedPush,
} from './index.ts'

const given = createEvent({
  type: 'order.placed',
  source: '/shop',
  id: 'A-1',
  subject: 'Größe 100 %',
  time: '2026-01-31T00:00:00.123456Z',
  partitionkey: 'k',
  sequence: '7',
  data: { total: 12.5, text: 'é' },
})

type Way = (handler: Handler) => Promise<unknown>

const ways: Readonly<Record<string, Way>> = {
  'Lambda behind Kinesis': (handler) =>
    lambdaKinesis({ name: 'f', handler })(kinesisEvent([given]), lambdaContext()),
  'Lambda behind Kafka': (handler) =>
    lambdaKafka({ name: 'f', handler })(kafkaEvent(kafkaRecords([given])), lambdaContext()),
  'a wrapped push': (handler) => httpFunction({ name: 'f', handler })(wrappedPush(given)),
  'an unwrapped push': (handler) => httpFunction({ name: 'f', handler })(unwrappedPush(given)),
}

describe('events made for tests', () => {
  it.each(Object.entries(ways))('reach a handler unchanged by %s', async (_, way) => {
    const seen: CloudEvent[] = []
    await way((event) => void seen.push({ ...event, data: event.data }))
    expect(seen).toEqual([given])
  })

  it('come with a context, of which a test can change any part', async () => {
    expect(contextFor()).toMatchObject({ attempt: 1, delivery: { topic: 'test', attempt: 1 } })
    expect(contextFor({ attempt: 3, delivery: { topic: 'orders' } })).toMatchObject({
      attempt: 3,
      delivery: { topic: 'orders', attempt: 3 },
    })
  })
})
