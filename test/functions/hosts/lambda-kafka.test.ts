import { describe, expect, it } from '@jest/globals'
import type { CloudEvent } from '../../../adapters/core/event.ts'
import {
  type LambdaKafkaEvent,
  type LambdaKafkaOptions,
  type LambdaKafkaRecord,
  lambdaKafka,
} from '../../../functions/hosts/lambda-kafka.ts'

const context = { getRemainingTimeInMillis: () => 30_000 }

function record(topic: string, partition: number, offset: number, id: string): LambdaKafkaRecord {
  return {
    topic,
    partition,
    offset,
    timestamp: 1_790_000_000_123,
    key: Buffer.from('k').toString('base64'),
    value: Buffer.from('{}').toString('base64'),
    headers: [
      { ce_specversion: [...Buffer.from('1.0')] },
      { ce_id: [...Buffer.from(id)] },
      { ce_source: [...Buffer.from('/test')] },
      { ce_type: [...Buffer.from('test.numbered')] },
    ],
  }
}

/** Topics with a hyphen and digits, whose names cannot be told from the key of the map. */
function batch(): LambdaKafkaEvent {
  return {
    eventSource: 'SelfManagedKafka',
    records: {
      'orders-2-1': [
        record('orders-2', 1, 0, 'a0'),
        record('orders-2', 1, 1, 'a1'),
        record('orders-2', 1, 2, 'a2'),
        record('orders-2', 1, 5, 'a5'),
      ],
      'orders-2-10': [record('orders-2', 10, 7, 'b7'), record('orders-2', 10, 8, 'b8')],
      'other-0': [record('other', 0, 0, 'c0')],
    },
  }
}

function items(...list: readonly (readonly [string, number])[]) {
  return {
    batchItemFailures: list.map(([partition, offset]) => ({ itemIdentifier: { partition, offset } })),
  }
}

function noting(fails: readonly string[], options: Partial<LambdaKafkaOptions> = {}) {
  const handled: string[] = []
  const invoke = lambdaKafka({
    name: 'noting',
    handler: async ({ id }) => {
      handled.push(id)
      if (fails.includes(id)) throw new Error(`no ${id}`)
    },
    ...options,
  })
  return { handled, invoke }
}

function one(changes: Partial<LambdaKafkaRecord>): LambdaKafkaEvent {
  return { eventSource: 'aws:kafka', records: { 't-0': [{ ...record('t', 0, 0, 'x'), ...changes }] } }
}

async function read(changes: Partial<LambdaKafkaRecord>): Promise<CloudEvent | undefined> {
  let seen: CloudEvent | undefined
  const invoke = lambdaKafka({
    name: 'f',
    handler: (event) => {
      seen = event
    },
  })
  expect(await invoke(one(changes), context)).toEqual(items())
  return seen
}

describe('a function behind Kafka', () => {
  it('handles each partition in order and reports nothing', async () => {
    const { handled, invoke } = noting([])
    expect(await invoke(batch(), context)).toEqual(items())
    expect(handled.filter((id) => id.startsWith('a'))).toEqual(['a0', 'a1', 'a2', 'a5'])
    expect(handled).toHaveLength(7)
  })

  it('stops a partition at its first failure, reports that and all later ones of it, and finishes the others', async () => {
    const { handled, invoke } = noting(['a1'])
    expect(await invoke(batch(), context)).toEqual(
      items(['orders-2-1', 1], ['orders-2-1', 2], ['orders-2-1', 5]),
    )
    expect([...handled].sort()).toEqual(['a0', 'a1', 'b7', 'b8', 'c0'])
  })

  it('names records that were in the event only, offset 0 among them', async () => {
    const { invoke } = noting(['c0', 'b8'])
    expect(await invoke(batch(), context)).toEqual(items(['orders-2-10', 8], ['other-0', 0]))
  })

  it('reads header bytes with their sign', async () => {
    const event = await read({
      headers: [...(record('t', 0, 0, 'x').headers ?? []), { ce_subject: [99, 97, 102, -61, -87] }],
    })
    expect(event?.subject).toBe('café')
  })

  it('reads the last of headers that are repeated', async () => {
    const event = await read({
      headers: [...(record('t', 0, 0, 'x').headers ?? []), { ce_id: [...Buffer.from('y')] }],
    })
    expect(event?.id).toBe('y')
  })

  it.each<[string, Partial<LambdaKafkaRecord>]>([
    ['null', { value: null, key: null }],
    ['missing', { value: undefined, key: undefined }],
  ])('reads a record whose value and key are %s as an event without data', async (_, changes) => {
    expect(await read(changes)).toMatchObject({ id: 'x', type: 'test.numbered' })
    expect((await read(changes))?.data).toBeUndefined()
  })

  it('reads a record without headers as raw', async () => {
    expect(await read({ headers: undefined })).toMatchObject({
      type: 'dev.knative.kafka.event',
      id: 'partition:0/offset:0',
    })
  })

  it('takes members it does not know, such as those of a schema registry', async () => {
    const known = record('t', 0, 0, 'x')
    const withSchema = { ...known, valueSchemaMetadata: { dataFormat: 'JSON', schemaId: '1' } }
    const { handled, invoke } = noting([])
    await invoke({ eventSource: 'aws:kafka', records: { 't-0': [withSchema] } }, context)
    expect(handled).toEqual(['x'])
  })

  it('gives up what still runs before the platform ends it', async () => {
    const invoke = lambdaKafka({
      name: 'f',
      handler: (_, { signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    })
    const short = { getRemainingTimeInMillis: () => 200 }
    expect(await invoke(one({}), short)).toEqual(items(['t-0', 0]))
  })

  it('throws where the mapping takes no partial responses', async () => {
    const { invoke } = noting(['b7'], { partialResponses: false })
    await expect(invoke(batch(), context)).rejects.toThrow(
      '[lambda-kafka] 2 of 7 records are not handled (no b7)',
    )
  })

  it('handles nothing of an event of which a part cannot be read', async () => {
    const { handled, invoke } = noting([])
    const event = batch()
    const broken = { ...record('t', 0, 0, 'c0'), value: '%' }
    await expect(
      invoke({ ...event, records: { ...event.records, 't-0': [broken] } }, context),
    ).rejects.toThrow('is not Base64')
    expect(handled).toEqual([])
  })

  it.each<[string, unknown, string]>([
    ['an event without records', { eventSource: 'aws:kafka' }, 'the event has no "records"'],
    ['an event of another source', { Records: [] }, 'the event comes from no "eventSource"'],
    [
      'an offset beyond what a number holds',
      one({ offset: 2 ** 53 }),
      'a record has no offset that a number can hold',
    ],
    ['a value that is not Base64', one({ value: '%' }), 'the value of t-0 at 0 is not Base64'],
  ])('refuses %s', async (_, given, message) => {
    const { invoke } = noting([])
    await expect(Reflect.apply(invoke, undefined, [given, context])).rejects.toThrow(message)
  })
})
