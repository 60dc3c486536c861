import { expect, it } from '@jest/globals'
import { type CloudEvent, codeOf, createEvent, PublishError } from '../../adapters/core/index.ts'
import { connect } from '../../adapters/index.ts'
import type { KinesisBroker } from '../../adapters/kinesis/index.ts'
import { seeded } from '../conformance/cases/failing.ts'
import { kinesisAt } from '../conformance/harnesses/local-kinesis.ts'
import { describeWith } from '../dev/available.ts'
import { eventually } from '../eventually.ts'
import { aggregated } from './aggregation-encoder.ts'
import { newStream, openKinesis, startFaults } from './server.ts'

const eventOf = (n: number, key = `key-${n % 5}`): CloudEvent =>
  createEvent({ type: 'n', source: '/n', id: String(n), partitionkey: key })
const eventsOf = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => eventOf(from + index))

async function failureOf(work: Promise<unknown>): Promise<Error> {
  const found = await work.then(
    () => new Error('it succeeded'),
    (error: unknown) => error,
  )
  if (found instanceof PublishError && found.failures[0]?.error instanceof Error)
    return found.failures[0].error
  return found instanceof Error ? found : new Error(String(found))
}

/** Reads until so many different events came. */
async function readAll(broker: KinesisBroker, topic: string, count: number): Promise<readonly number[]> {
  const handled: number[] = []
  const subscription = broker.subscribe({ topic, group: 'all' }, ({ id }) => void handled.push(Number(id)))
  subscription.done.catch(() => {})
  await eventually(`${count} events`, () => new Set(handled).size >= count, 20_000)
  await subscription.close()
  return handled
}

function inOrder(handled: readonly number[]): void {
  const first = [...new Set(handled)]
  for (let key = 0; key < 5; key++) {
    const found = first.filter((n) => n % 5 === key)
    expect(found).toEqual([...found].sort((a, b) => a - b))
  }
}

await describeWith('kinesalite', 'the Kinesis driver', () => {
  it.each(['aggregate', 'single'] as const)(
    'keeps the order of keys when a third of the records is refused (order=%s)',
    async (order) => {
      const topic = await newStream('kinesalite', 2)
      await using faults = await startFaults('kinesalite', seeded(7))
      const refused = faults.proxy.fail({ records: 0.3 })
      await using broker = await openKinesis('kinesalite', { endpoint: faults.endpoint, order })
      await Promise.all([0, 20, 40].map((from) => broker.publish(topic, eventsOf(20, from))))
      const handled = await readAll(broker, topic, 60)
      expect(handled).toHaveLength(60)
      inOrder(handled)
      expect(refused.hits).toBeGreaterThan(0)
    },
    30_000,
  )

  it('stores the same data and keys by its first request and by further ones', async () => {
    const topic = await newStream('kinesalite')
    await using broker = await openKinesis('kinesalite')
    const messages = ['"quoted" \\', 'ü \u2028 \u{1f600}', 'k'.repeat(256)].map((key, length) => ({
      key,
      headers: {},
      body: Uint8Array.from({ length }, (_, index) => 251 + index),
    }))
    for (let request = 0; request < 2; request++) await broker.send(topic, messages)
    const shard = {
      StreamName: topic,
      ShardId: 'shardId-000000000000',
      ShardIteratorType: 'TRIM_HORIZON',
    } as const
    const { ShardIterator } = await broker.native.getShardIterator(shard)
    const { Records = [] } = await broker.native.getRecords({ ShardIterator })
    const stored = Records.map(({ PartitionKey, Data = [] }) => [PartitionKey, [...Data]])
    const sent = messages.map(({ key, body }) => [key, [...body]])
    expect(stored).toEqual([...sent, ...sent])
    const read: unknown[] = []
    const subscription = broker.subscribe({ topic, group: 'g' }, (_, { delivery: { message } }) => {
      read.push([message.key, [...(message.body ?? [])]])
    })
    await eventually('all of them', () => read.length === stored.length, 10_000)
    await subscription.close()
    expect(read).toEqual(stored)
  })

  it('waits as the service asks for when a whole request is throttled', async () => {
    const topic = await newStream('kinesalite')
    await using faults = await startFaults('kinesalite')
    const error = 'ProvisionedThroughputExceededException'
    const throttled = faults.proxy.fail({ operation: 'PutRecords', error, count: 2 })
    await using broker = await openKinesis('kinesalite', { endpoint: faults.endpoint })
    await broker.publish(topic, eventsOf(10))
    inOrder(await readAll(broker, topic, 10))
    expect(throttled.hits).toBe(2)
  }, 30_000)

  it('goes on when iterators expire, reads are throttled and the service fails', async () => {
    const topic = await newStream('kinesalite')
    await using faults = await startFaults('kinesalite')
    const errors = ['ExpiredIteratorException', 'ProvisionedThroughputExceededException', 'InternalFailure']
    const met = errors.map((error) => faults.proxy.fail({ operation: 'GetRecords', error, count: 1 }))
    await using broker = await openKinesis('kinesalite', { endpoint: faults.endpoint })
    await broker.publish(topic, eventsOf(10))
    expect(await readAll(broker, topic, 10)).toHaveLength(10)
    expect(met.map(({ hits }) => hits)).toEqual([1, 1, 1])
  }, 30_000)

  it('unpacks aggregated records, settles their messages one by one, and takes a bad checksum for data', async () => {
    const topic = await newStream('kinesalite')
    await using broker = await openKinesis('kinesalite')
    const data = eventsOf(4).map((event) => broker.binding.encode(event).body ?? new Uint8Array())
    const packed = aggregated(data.map((each, n) => ({ data: each, partitionKey: `key-${n}` })))
    const damaged = Uint8Array.from(packed)
    damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1
    for (const Data of [packed, damaged])
      await broker.native.putRecord({ StreamName: topic, PartitionKey: 'packed', Data })
    const source = { topic, group: 'g' }
    const first: string[] = []
    const one = broker.subscribe(
      source,
      async ({ id }) => {
        first.push(id)
        if (id === '2') await one.close()
      },
      { policy: { drainMs: 100 } },
    )
    await one.done
    expect(first.slice(0, 3)).toEqual(['0', '1', '2'])
    const rest: { id: string; key: string | undefined; position: string | undefined; bytes: number }[] = []
    const two = broker.subscribe(source, ({ id }, { delivery: { message, position } }) => {
      rest.push({ id, key: message.key, position, bytes: message.body?.length ?? 0 })
    })
    await eventually('the rest', () => rest.some(({ bytes }) => bytes === damaged.length), 10_000)
    await two.close()
    const unpacked = rest.filter(({ bytes }) => bytes !== damaged.length)
    expect(unpacked.at(-1)).toMatchObject({
      id: '3',
      key: 'key-3',
      position: expect.stringMatching(/^\d{56}#3$/),
    })
    expect(unpacked.every(({ id }) => Number(id) >= 2)).toBe(true)
  }, 30_000)

  it('moves a group while it reads', async () => {
    const topic = await newStream('kinesalite', 2)
    await using broker = await openKinesis('kinesalite')
    const source = { topic, group: 'g' }
    const handled: number[] = []
    const subscription = broker.subscribe(source, ({ id }) => void handled.push(Number(id)))
    await broker.publish(topic, eventsOf(20))
    await eventually('20 events', () => handled.length === 20, 10_000)
    await broker.replay(source, 'earliest')
    await eventually('20 events again', () => handled.length === 40, 10_000)
    inOrder(handled.slice(20))
    await broker.replay(source, 'latest')
    await broker.publish(topic, eventsOf(5, 20))
    // What was read before the move is known may come before it, and again after it.
    await eventually('5 events', () => new Set(handled).size === 25, 10_000)
    expect(new Set(handled.slice(40))).toEqual(new Set([20, 21, 22, 23, 24]))
    await subscription.close()
  }, 30_000)

  it('ends with ERR_NOT_FOUND when the stream is deleted while it is read', async () => {
    const topic = await newStream('kinesalite')
    await using broker = await openKinesis('kinesalite', { shardsMs: 100 })
    await broker.publish(topic, eventOf(0))
    let count = 0
    const subscription = broker.subscribe({ topic, group: 'g' }, () => void count++)
    const ended = failureOf(subscription.done)
    await eventually('an event', () => count === 1)
    await broker.native.deleteStream({ StreamName: topic })
    const error = await ended
    expect(codeOf(error)).toBe('ERR_NOT_FOUND')
    expect(error.message).toContain(topic)
  }, 30_000)

  it('names the lease table where there is none, and what creates it', async () => {
    const topic = await newStream('kinesalite')
    await using broker = await openKinesis('kinesalite', { leaseTable: 'none-such' })
    const error = await failureOf(broker.subscribe({ topic, group: 'g' }, () => {}).done)
    expect([codeOf(error), error.message]).toEqual([
      'ERR_NOT_FOUND',
      expect.stringMatching(/lease table "none-such" does not exist .*create it with ensure/),
    ])
  })

  it('names the permission that is missing, and the place', async () => {
    await using faults = await startFaults('kinesalite')
    faults.proxy.fail({ error: 'AccessDeniedException', message: 'not authorized' })
    await using broker = await openKinesis('kinesalite', { endpoint: faults.endpoint })
    for (const [work, permission] of [
      [() => broker.publish('orders', eventOf(0)), 'kinesis:PutRecords'],
      [() => broker.subscribe({ topic: 'orders', group: 'g' }, () => {}).done, 'kinesis:ListShards'],
      [() => broker.ping(), 'kinesis:ListStreams'],
    ] as const) {
      const error = await failureOf(work())
      expect([codeOf(error), error.message]).toEqual(['ERR_CONFIG', expect.stringContaining(permission)])
      expect(error.message).toContain(faults.endpoint)
    }
  })

  it('says that nobody answers, and where, at once', async () => {
    const endpoint = 'http://127.0.0.1:1'
    await using broker = await openKinesis('kinesalite', { endpoint })
    for (const work of [
      () => broker.publish('orders', eventOf(0)),
      () => broker.subscribe({ topic: 'orders', group: 'g' }, () => {}).done,
    ]) {
      const error = await failureOf(work())
      expect([codeOf(error), error.message]).toEqual(['ERR_TIMEOUT', expect.stringContaining(endpoint)])
    }
  })

  it('opens by URL, and refuses headers and records over the limit before it sends', async () => {
    const { region, endpoint, leaseEndpoint } = await kinesisAt('kinesalite')
    const topic = await newStream('kinesalite')
    const url = `kinesis://${region}?endpoint=${endpoint}&leaseEndpoint=${leaseEndpoint}&leases=memory&pollMs=10`
    await using broker = await connect(url)
    const message = broker.binding.encode(eventOf(0))
    const headed = await failureOf(broker.send(topic, [{ ...message, headers: { 'x-note': 'a' } }]))
    expect([codeOf(headed), headed.message]).toEqual(['ERR_UNSUPPORTED', expect.stringContaining('"x-note"')])
    const large = await failureOf(broker.send(topic, [{ ...message, body: new Uint8Array(1_048_576) }]))
    expect(codeOf(large)).toBe('ERR_TOO_LARGE')
    await broker.publish(topic, eventOf(1))
    const ids: string[] = []
    const subscription = broker.subscribe({ topic, group: 'g' }, ({ id }) => void ids.push(id))
    await eventually('the event', () => ids.length > 0)
    await subscription.close()
    expect(ids).toEqual(['1'])
  })
})
