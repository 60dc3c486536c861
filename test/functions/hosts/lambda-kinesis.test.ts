import { createHash } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { TerminalError } from '../../../adapters/core/errors.ts'
import { type CloudEvent, createEvent } from '../../../adapters/core/event.ts'
import { encodeJson } from '../../../adapters/core/json.ts'
import type { Observation } from '../../../adapters/core/observe.ts'
import { memory } from '../../../adapters/index.ts'
import {
  type LambdaKinesisEvent,
  type LambdaKinesisOptions,
  lambdaKinesis,
} from '../../../functions/hosts/lambda-kinesis.ts'
import { eventually } from '../../eventually.ts'

const arn = 'arn:aws:kinesis:eu-central-1:123456789012:stream/orders'
const context = { getRemainingTimeInMillis: () => 30_000 }

/** As long as real ones: above what a number can hold. */
function sequenceNumber(n: number): string {
  return `49${String(n).padStart(54, '0')}`
}

function event(id: string, partitionkey = 'a'): CloudEvent {
  return createEvent({ type: 'test.numbered', source: '/test', id, partitionkey, data: { id } })
}

function record(n: number, data: Uint8Array, partitionKey = 'a'): LambdaKinesisEvent['Records'][number] {
  return {
    eventID: `shardId-000000000006:${sequenceNumber(n)}`,
    eventSource: 'aws:kinesis',
    eventSourceARN: arn,
    kinesis: {
      partitionKey,
      sequenceNumber: sequenceNumber(n),
      data: Buffer.from(data).toString('base64'),
      approximateArrivalTimestamp: 1_790_000_000.123,
    },
  }
}

function batch(...keys: readonly string[]): LambdaKinesisEvent {
  return { Records: keys.map((key, i) => record(i + 1, encodeJson(event(String(i + 1), key)), key)) }
}

function failures(...numbers: readonly number[]) {
  return { batchItemFailures: numbers.map((n) => ({ itemIdentifier: sequenceNumber(n) })) }
}

function aggregated(...events: readonly CloudEvent[]): Uint8Array {
  const field = (tag: number, bytes: Uint8Array) => [tag, ...varint(bytes.length), ...bytes]
  const message = Uint8Array.from([
    ...field(0x0a, Buffer.from('a')),
    ...events.flatMap((each) => field(0x1a, Uint8Array.from([0x08, 0, ...field(0x1a, encodeJson(each))]))),
  ])
  const digest = createHash('md5').update(message).digest()
  return Uint8Array.from([0xf3, 0x89, 0x9a, 0xc2, ...message, ...digest])
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]
}

/** A function that notes what it handles and fails on some of it. */
function noting(fails: readonly string[], options: Partial<LambdaKinesisOptions> = {}) {
  const handled: string[] = []
  const invoke = lambdaKinesis({
    name: 'noting',
    handler: async ({ id }) => {
      handled.push(id)
      if (fails.includes(id)) throw new Error(`no ${id}`)
    },
    ...options,
  })
  return { handled, invoke }
}

describe('a function behind a Kinesis stream', () => {
  it('handles the records in order and reports nothing', async () => {
    const { handled, invoke } = noting([])
    expect(await invoke(batch('a', 'b', 'a'), context)).toEqual(failures())
    expect(handled).toEqual(['1', '2', '3'])
  })

  it('stops at the first failure and reports its sequence number, every digit of it', async () => {
    const { handled, invoke } = noting(['3'])
    expect(await invoke(batch('a', 'b', 'c', 'a', 'b'), context)).toEqual(failures(3))
    expect(handled).toEqual(['1', '2', '3'])
  })

  it('reports the first record where that fails, rather than throwing', async () => {
    const { invoke } = noting(['1'])
    expect(await invoke(batch('a', 'a'), context)).toEqual(failures(1))
  })

  it('lets other keys go on where the order is by key, and reports the lowest', async () => {
    const { handled, invoke } = noting(['2'], { order: 'key' })
    expect(await invoke(batch('a', 'b', 'a', 'b', 'c'), context)).toEqual(failures(2))
    expect([...handled].sort()).toEqual(['1', '2', '3', '5'])
  })

  it('tells the handler stream, shard, position and time', async () => {
    const seen: object[] = []
    const invoke = lambdaKinesis({
      name: 'telling',
      handler: (_, { delivery: { topic, lane, position, time, attempt } }) =>
        void seen.push({ topic, lane, position, time, attempt }),
    })
    await invoke(batch('a'), context)
    expect(seen).toEqual([
      {
        topic: 'orders',
        lane: 'shardId-000000000006',
        position: sequenceNumber(1),
        time: 1_790_000_000_123,
        attempt: 1,
      },
    ])
  })

  it('takes aggregated records apart, and reports the record of one that fails', async () => {
    const { handled, invoke } = noting(['1b'])
    const records = [
      record(1, encodeJson(event('0'))),
      record(2, aggregated(event('1a'), event('1b'), event('1c'))),
      record(3, encodeJson(event('2'))),
    ]
    expect(await invoke({ Records: records }, context)).toEqual(failures(2))
    expect(handled).toEqual(['0', '1a', '1b'])
  })

  it('reads an aggregated record with a wrong digest as plain data', async () => {
    const broken = aggregated(event('1'))
    broken[broken.length - 1] = (broken[broken.length - 1] ?? 0) ^ 1
    const types: string[] = []
    const invoke = lambdaKinesis({ name: 'f', handler: ({ type }) => void types.push(type) })
    expect(await invoke({ Records: [record(1, broken)] }, context)).toEqual(failures())
    expect(types).toEqual(['com.amazon.kinesis.stream_record'])
  })

  it('leaves what can never succeed to the platform where it has no dead letter of its own', async () => {
    const { invoke } = noting([], { binding: { strict: true } })
    const records = [record(1, Buffer.from('not an event')), record(2, encodeJson(event('2')))]
    expect(await invoke({ Records: records }, context)).toEqual(failures(1))
  })

  it('dead-letters what can never succeed where it has a place for that, and goes on', async () => {
    await using target = memory()
    const letters: CloudEvent[] = []
    target.subscribe({ topic: 'dead', group: 'g' }, (each) => void letters.push(each))
    const handled: string[] = []
    const invoke = lambdaKinesis({
      name: 'f',
      handler: ({ id }) => {
        handled.push(id)
        if (id === '2') throw new TerminalError('never')
      },
      deadLetter: { topic: 'dead', broker: async () => target },
    })
    expect(await invoke(batch('a', 'a', 'a'), context)).toEqual(failures())
    expect(handled).toEqual(['1', '2', '3'])
    await eventually('the dead letter', () => letters.length === 1)
    expect(letters).toMatchObject([{ id: '2', dlqreason: 'never', dlqtopic: 'orders', dlqattempts: 1 }])
  })

  it('drops what can never succeed where the policy says so', async () => {
    const seen: Observation['kind'][] = []
    const invoke = lambdaKinesis({
      name: 'f',
      handler: () => {
        throw new TerminalError('never')
      },
      policy: { deadLetter: false },
      observe: ({ kind }) => void seen.push(kind),
    })
    expect(await invoke(batch('a'), context)).toEqual(failures())
    expect(seen).toEqual(['received', 'dropped'])
  })

  it('reports a record whose results the sink did not take', async () => {
    let attempts = 0
    const invoke = lambdaKinesis({
      name: 'f',
      handler: (each) => each,
      sink: {
        topic: 'out',
        broker: async () => {
          attempts++
          throw new Error('down')
        },
      },
    })
    expect(await invoke(batch('a', 'a'), context)).toEqual(failures(1))
    expect(await invoke(batch('a', 'a'), context)).toEqual(failures(1))
    expect(attempts).toBe(2)
  })

  it('gives up what still runs before the platform ends it, and reports that and all behind it', async () => {
    const handled: string[] = []
    const invoke = lambdaKinesis({
      name: 'f',
      handler: ({ id }, { signal }) => {
        handled.push(id)
        if (id === '1') return
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
      },
      marginMs: 100_000,
    })
    const short = { getRemainingTimeInMillis: () => 200 }
    expect(await invoke(batch('a', 'a', 'a'), short)).toEqual(failures(2))
    expect(handled).toEqual(['1', '2'])
  })

  it('throws where the mapping takes no partial responses, since a reported failure would be lost', async () => {
    const logged: string[] = []
    const note = (_: object, message: string) => void logged.push(message)
    const logger = { debug: note, info: note, warn: note, error: note }
    const { invoke } = noting(['2'], { partialResponses: false, logger })
    await expect(invoke(batch('a', 'a', 'a'), context)).rejects.toThrow(
      '[lambda-kinesis] 2 of 3 records are not handled (no 2), and the whole batch comes again: turn ReportBatchItemFailures on',
    )
    expect(logged).toContain('the whole batch comes again')
  })

  it('keeps invocations apart that run at once', async () => {
    const invoke = lambdaKinesis({
      name: 'f',
      handler: async ({ id }, { delivery }) => {
        await new Promise((resolve) => setImmediate(resolve))
        if (delivery.message.key === 'bad' && id === '2') throw new Error('no')
      },
    })
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) => {
        const key = i % 2 === 0 ? 'good' : 'bad'
        return invoke(batch(key, key, key), context)
      }),
    )
    expect(answers).toEqual(Array.from({ length: 8 }, (_, i) => (i % 2 === 0 ? failures() : failures(2))))
  })

  it('answers an empty batch', async () => {
    const { invoke } = noting([])
    expect(await invoke({ Records: [] }, context)).toEqual(failures())
  })

  it.each<[string, unknown, string]>([
    [
      'a window',
      { ...batch('a'), window: {}, state: {} },
      '[lambda-kinesis] tumbling windows are not supported: remove TumblingWindowInSeconds',
    ],
    ['an event of another source', { Records: [{ eventSource: 'aws:sqs' }] }, 'a record comes from aws:sqs'],
    ['a test event', { key1: 'value1' }, 'the event has no "Records"'],
  ])('refuses %s', async (_, given, message) => {
    const { invoke } = noting([])
    await expect(Reflect.apply(invoke, undefined, [given, context])).rejects.toThrow(message)
  })

  it.each<[string, object, string]>([
    ['an unknown option', { ordre: 'key' }, 'unknown option of the function "ordre": did you mean "order"?'],
    ['an order that is none', { order: 'none' }, '"order" is "none": use shard or key'],
    ['a margin that is none', { marginMs: -1 }, '"marginMs" is -1'],
    ['a missing name', { name: '' }, 'the function has no "name"'],
    ['a missing handler', { handler: undefined }, 'function "f" has no "handler"'],
    ['two answers', { policy: { deadLetter: false }, deadLetter: { topic: 'd' } }, 'leave one of them out'],
  ])('refuses %s when it is made', (_, wrong, message) => {
    const options = { name: 'f', handler: () => {}, ...wrong }
    expect(() => Reflect.apply(lambdaKinesis, undefined, [options])).toThrow(message)
  })
})
