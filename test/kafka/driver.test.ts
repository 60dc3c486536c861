import { afterEach, expect, it } from '@jest/globals'
import kafkajs from 'kafkajs'
import type { Broker } from '../../adapters/core/broker.ts'
import type { Delivery } from '../../adapters/core/driver.ts'
import { type CloudEvent, createEvent } from '../../adapters/core/event.ts'
import { FetchedRecord } from '../../adapters/kafka/fetched-record.ts'
import { type KafkaOptions, kafka } from '../../adapters/kafka/index.ts'
import { rejectionOf } from '../core/events.ts'
import { describeWith } from '../dev/available.ts'
import { eventually as within } from '../eventually.ts'
import { newTopic, openKafka, theServer } from './server.ts'

const { Kafka, KafkaJSProtocolError, logLevel } = kafkajs
const open: Broker[] = []

async function connected(...parts: Parameters<typeof openKafka>) {
  const broker = await openKafka(...parts)
  open.push(broker)
  return broker
}

function event(n: number): CloudEvent {
  return createEvent({ type: 'test.numbered', source: '/test', id: String(n), data: { n } })
}

function events(count: number, from = 0): CloudEvent[] {
  return Array.from({ length: count }, (_, i) => event(from + i))
}

const eventually = (what: string, condition: () => boolean) => within(what, condition, 15_000)

const keyOf = ({ id }: CloudEvent) => `k${Number(id) % 16}`

afterEach(async () => {
  await Promise.all(open.splice(0).map((broker) => broker.close()))
})

await describeWith('kafka', 'the Kafka driver', () => {
  it('ensures topics that take records at once, in every partition, so that none is sent twice', async () => {
    const broker = await connected({ partitions: 400 })
    const topic = 'many-partitions'
    await broker.ensure({ topics: [topic] })
    const sent = Array.from({ length: 1_000 }, (_, n) => ({ ...event(n), partitionkey: `k${n}` }))
    await broker.publish(topic, sent)
    const admin = broker.native.admin()
    await admin.connect()
    const offsets = await admin.fetchTopicOffsets(topic)
    await admin.disconnect()
    expect(offsets.reduce((sum, { high }) => sum + Number(high), 0)).toBe(1_000)
  }, 90_000)

  it('reads the records of foreign producers: without value, key or headers, with repeated and empty headers', async () => {
    const topic = await newTopic(1)
    const broker = await connected()
    const producer = broker.native.producer()
    await producer.connect()
    await producer.send({
      topic,
      messages: [
        { value: null },
        { value: Buffer.from([0xff, 0xfe]), key: Buffer.from([0x80]) },
        { value: 'a', headers: { twice: ['1', '2'], empty: '', constructor: 'x' } },
        { value: 'b', headers: { ce_specversion: '1.0', ce_id: '1', ce_source: '/s', ce_type: 't' } },
      ],
    })
    await producer.disconnect()
    const seen: CloudEvent[] = []
    const policy = { deadLetter: false, maxAttempts: 1 } as const
    broker.subscribe({ topic, group: 'g' }, (each) => void seen.push(each), { policy })
    await eventually('four events', () => seen.length === 4)
    expect(seen.map(({ type }) => type)).toEqual([
      'dev.knative.kafka.event',
      'dev.knative.kafka.event',
      'dev.knative.kafka.event',
      't',
    ])
    expect(seen[0]?.data).toBeUndefined()
  })

  it('gives handlers the record as it came, and names topic, partition, offset and time', async () => {
    const topic = await newTopic(1)
    const broker = await connected()
    const seen: Delivery[] = []
    broker.subscribe({ topic, group: 'g' }, (_, { delivery }) => void seen.push(delivery))
    const [receipt] = await broker.publish(topic, event(7), { key: 'k' })
    await eventually('the event', () => seen.length === 1)
    expect(seen[0]).toMatchObject({
      topic,
      lane: '0',
      position: '0',
      native: { offset: '0', key: Buffer.from('k') },
    })
    // Else kafkajs reads what is fetched, which takes three times as long.
    expect(seen[0]?.native).toBeInstanceOf(FetchedRecord)
    expect(Math.abs(Date.now() - (seen[0]?.time ?? 0))).toBeLessThan(60_000)
    expect(receipt).toEqual({ lane: '0', position: '0' })
  })

  it('sends a key to the partition that other clients choose for it', async () => {
    const topic = await newTopic(7)
    const broker = await connected()
    const keys = Array.from({ length: 50 }, (_, i) => `Schlüssel-${i}`)
    const ours = await Promise.all(keys.map((key, i) => broker.publish(topic, event(i), { key })))
    const producer = broker.native.producer()
    await producer.connect()
    const theirs: number[] = []
    for (const key of keys) {
      const [answer] = await producer.send({ topic, messages: [{ key, value: 'x' }] })
      theirs.push(answer?.partition ?? -1)
    }
    await producer.disconnect()
    expect(ours.map(([receipt]) => Number(receipt?.lane))).toEqual(theirs)
  })

  it('names the offset of each of many records, over all partitions, compressed too', async () => {
    const topic = await newTopic(3)
    const broker = await connected({ compression: 'gzip' })
    const receipts = await broker.publish(topic, events(700), { key: keyOf })
    const seen = new Map<string, Delivery>()
    broker.subscribe({ topic, group: 'g' }, ({ id }, { delivery }) => void seen.set(id, delivery))
    await eventually('all events', () => seen.size === 700)
    const places = receipts.map((receipt, n) => [
      receipt,
      { lane: seen.get(`${n}`)?.lane, position: seen.get(`${n}`)?.position },
    ])
    for (const [told, found] of places) expect(told).toEqual(found)
    // Compressed batches are left to kafkajs, so these were.
    expect(seen.get('0')?.native).not.toBeInstanceOf(FetchedRecord)
  })

  it('reads every topic that matches a regular expression, and says which one an event came from', async () => {
    const prefix = `orders-${Date.now()}`
    const broker = await connected({ partitions: 1 })
    await broker.ensure({ topics: [`${prefix}.eu`, `${prefix}.us`, `${prefix}x`] })
    const seen: string[] = []
    const source = { topic: `/^${prefix}\\..+/`, group: 'g' }
    broker.subscribe(source, ({ id }, { delivery }) => void seen.push(`${delivery.topic} ${id}`))
    await broker.publish(`${prefix}x`, event(0))
    await broker.publish(`${prefix}.eu`, event(1))
    await broker.publish(`${prefix}.us`, event(2))
    await eventually('two events', () => seen.length >= 2)
    expect([...seen].sort()).toEqual([`${prefix}.eu 1`, `${prefix}.us 2`])
    await expect(
      broker.subscribe({ topic: '/^nothing-/', group: 'g2' }, () => {}).done,
    ).rejects.toMatchObject({
      code: 'ERR_NOT_FOUND',
    })
    await expect(broker.subscribe({ topic: '/(/', group: 'g3' }, () => {}).done).rejects.toMatchObject({
      code: 'ERR_CONFIG',
    })
  })

  it('lets the members of one group read different topics', async () => {
    const [a, b] = [await newTopic(2), await newTopic(2)]
    const one = await connected()
    const two = await connected()
    const seen: string[] = []
    one.subscribe({ topic: a, group: 'shared' }, ({ id }) => void seen.push(`a${id}`))
    two.subscribe({ topic: b, group: 'shared' }, ({ id }) => void seen.push(`b${id}`))
    await one.publish(a, events(4), { key: keyOf })
    await one.publish(b, events(4), { key: keyOf })
    await eventually('the events of both topics', () => seen.length >= 8)
    expect([...seen].sort()).toEqual(['a0', 'a1', 'a2', 'a3', 'b0', 'b1', 'b2', 'b3'])
  })

  it('replays a group whose members are running, here and on another connection', async () => {
    const topic = await newTopic(4)
    const [one, two, three] = [await connected(), await connected(), await connected()]
    const counts = new Map<string, number>()
    const handler = ({ id }: CloudEvent) => void counts.set(id, (counts.get(id) ?? 0) + 1)
    const source = { topic, group: 'g' }
    one.subscribe(source, handler)
    two.subscribe(source, handler)
    await one.publish(topic, events(100), { key: keyOf })
    await eventually('all events', () => counts.size === 100)
    await three.replay(source, 'earliest')
    await eventually('all events again', () => Math.min(...counts.values()) === 2)
    await one.publish(topic, event(100), { key: 'k0' })
    await eventually('a later event', () => counts.get('100') === 1)
    expect(Math.max(...counts.values())).toBe(2)
  })

  it('takes a delivery away that is running when its group is moved: its outcome counts for nothing', async () => {
    const topic = await newTopic(1)
    const broker = await connected()
    const calls: string[] = []
    let told = false
    const source = { topic, group: 'g' }
    broker.subscribe(source, async ({ id }, { signal }) => {
      calls.push(id)
      if (id === '1' && calls.length === 2) {
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
        told = true
      }
    })
    await broker.publish(topic, events(3), { key: 'k' })
    await eventually('the second event', () => calls.length === 2)
    await broker.replay(source, { position: '2', lane: '0' })
    await eventually('the third event', () => calls.length === 3)
    expect(calls).toEqual(['0', '1', '2'])
    expect(told).toBe(true)
  })

  it('keeps the partitions of a static member while it restarts', async () => {
    const topic = await newTopic(2)
    const source = { topic, group: 'g' }
    const seen: string[] = []
    const [a, b] = [await connected({ instanceId: 'a' }), await connected()]
    a.subscribe(source, ({ id }) => void seen.push(`a${id}`))
    b.subscribe(source, ({ id }) => void seen.push(`b${id}`))
    const admin = b.native.admin()
    await admin.connect()
    const group = async () => (await admin.describeGroups(['g'])).groups[0]
    const isShared = async () => {
      const found = await group()
      return found?.state === 'Stable' && found.members.length === 2
    }
    const ended = Date.now() + 10_000
    while (!(await isShared()) && Date.now() < ended) await new Promise((resolve) => setTimeout(resolve, 20))
    const count = (name: string) => seen.filter((each) => each.startsWith(name)).length
    await b.publish(topic, events(16), { key: keyOf })
    await eventually('all events', () => seen.length === 16)
    const share = count('b')
    await a.close()
    const members = (await group())?.members.length
    await b.publish(topic, events(16, 16), { key: keyOf })
    await eventually('the share of the other member', () => count('b') === 2 * share)
    const again = await connected({ instanceId: 'a' })
    again.subscribe(source, ({ id }) => void seen.push(`a${id}`))
    await eventually('the events that waited', () => seen.length === 32)
    await admin.disconnect()
    expect({ members, shared: share > 0 && share < 16, a: count('a') }).toEqual({
      members: 2,
      shared: true,
      a: 32 - 2 * share,
    })
  })

  it('refuses positions that name no place', async () => {
    const topic = await newTopic(2)
    const broker = await connected()
    const replay = (position: string, lane?: string) =>
      broker.replay({ topic, group: 'g' }, { position, lane })
    await expect(replay('abc', '0')).rejects.toMatchObject({ code: 'ERR_CONFIG' })
    await expect(replay('1')).rejects.toThrow(/2 partitions/)
    await expect(replay('1', '9')).rejects.toThrow(/no lane "9"/)
  })

  it('refuses to ensure a topic with other partitions or copies than those that were given, and says what to do', async () => {
    const topic = await newTopic(2)
    const refusal = async (options: KafkaOptions) =>
      rejectionOf((await connected(options)).ensure({ topics: [topic] }))
    expect(await refusal({ partitions: 6 })).toMatchObject({
      code: 'ERR_CONFIG',
      message: `[kafka] topic "${topic}" exists with other settings: partitions is 2, needed 6: change the option, or add partitions by hand (kafka-topics.sh --alter --topic ${topic} --partitions 6), after which keys may be in other partitions than before`,
    })
    expect(await refusal({ partitions: 1, replication: 3 })).toMatchObject({
      code: 'ERR_CONFIG',
      message: `[kafka] topic "${topic}" exists with other settings: partitions is 2, needed 1; replication is 1, needed 3: change the options or the topic`,
    })
    for (const options of [{}, { partitions: 2 }, { partitions: 2, replication: 1 }])
      await (await connected(options)).ensure({ topics: [topic] })
  })

  it.each([
    [400, 50],
    [1_800_001, 1_000],
  ])('names a session time out of what the server takes: %d', async (sessionTimeoutMs, heartbeatMs) => {
    const topic = await newTopic(1)
    const broker = await connected({ sessionTimeoutMs, heartbeatMs })
    const told = {
      code: 'ERR_CONFIG',
      message: expect.stringContaining(
        `option "sessionTimeoutMs" is ${sessionTimeoutMs}, the server takes 500 to 1800000 (group.min.session.timeout.ms, group.max.session.timeout.ms): `,
      ),
    }
    const source = { topic, group: `session-${sessionTimeoutMs}` }
    expect(await rejectionOf(broker.subscribe(source, () => {}).done)).toMatchObject(told)
    expect(await rejectionOf(broker.replay(source, 'latest'))).toMatchObject(told)
  })

  it('is honest about what is too large for the server though the option allows it', async () => {
    const topic = await newTopic(1)
    const broker = await connected({ maxMessageBytes: 4_000_000 })
    const large = createEvent({ type: 't', source: '/s', id: 'large', data: new Uint8Array(1_500_000) })
    const work = broker.publish(topic, [event(0), large, event(1)], { key: 'k' })
    await expect(work).rejects.toMatchObject({
      failures: [
        { index: 1, error: { code: 'ERR_TOO_LARGE' } },
        { index: 2, error: { code: 'ERR_PUBLISH' } },
      ],
    })
    await expect(broker.publish(topic, event(2))).resolves.toHaveLength(1)
  })

  it('waits for a topic that has no leader yet', async () => {
    const topic = await newTopic(1)
    const { address } = await theServer()
    const client = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING })
    const open = client.admin.bind(client)
    let refusals = 3
    client.admin = (...settings) => {
      const admin = open(...settings)
      const { fetchTopicMetadata } = admin
      admin.fetchTopicMetadata = async (asked) => {
        if (refusals-- <= 0) return fetchTopicMetadata(asked)
        const { code, type } = { code: 5, type: 'LEADER_NOT_AVAILABLE' }
        throw Object.assign(new KafkaJSProtocolError('no leader'), { code, type, retriable: true })
      }
      return admin
    }
    const broker = await connected({ client })
    let handled = 0
    broker.subscribe({ topic, group: 'g' }, () => void handled++)
    await broker.publish(topic, event(0))
    await eventually('the event', () => handled === 1)
    expect(refusals).toBeLessThan(0)
  })

  it('never creates a topic by asking for it', async () => {
    const broker = await connected()
    const began = performance.now()
    const work = broker.publish('topic-0', event(0))
    await expect(work).rejects.toMatchObject({ failures: [{ error: { code: 'ERR_NOT_FOUND' } }] })
    await expect(work).rejects.toThrow(/"topic-0" does not exist \(nearest: "topic-/)
    expect(performance.now() - began).toBeLessThan(5_000)
    const admin = broker.native.admin()
    expect(await admin.listTopics()).not.toContain('topic-0')
    await admin.disconnect()
  })

  it('says within seconds which server does not answer, and what to check', async () => {
    const broker = await kafka({ brokers: '127.0.0.1:1', connectTimeoutMs: 200 })
    open.push(broker)
    const answer = {
      code: 'ERR_TIMEOUT',
      message: expect.stringContaining('no broker of 127.0.0.1:1 answers'),
    }
    await expect(broker.ping()).rejects.toMatchObject(answer)
    await expect(broker.subscribe({ topic: 't', group: 'g' }, () => {}).done).rejects.toMatchObject(answer)
    await expect(broker.publish('t', event(0))).rejects.toMatchObject({ failures: [{ error: answer }] })
  })

  it('ends a publish when it closes while the server is away', async () => {
    const broker = await kafka({ brokers: (await theServer()).address, requestTimeoutMs: 20_000 })
    const topic = await newTopic(1)
    await broker.publish(topic, event(0))
    const server = await theServer()
    server.pause()
    try {
      const work = broker.publish(topic, event(1), { signal: AbortSignal.timeout(200) })
      await expect(work).rejects.toMatchObject({ failures: [{ error: { code: 'ERR_ABORTED' } }] })
    } finally {
      server.resume()
    }
    await broker.close()
  })

  it('ends the subscription when its topic is deleted', async () => {
    const topic = await newTopic(1)
    const broker = await connected()
    let handled = 0
    const { done } = broker.subscribe({ topic, group: 'g' }, () => void handled++)
    await broker.publish(topic, event(0))
    await eventually('the event', () => handled === 1)
    const admin = broker.native.admin()
    await admin.connect()
    await admin.deleteTopics({ topics: [topic] })
    await admin.disconnect()
    await expect(done).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' })
  }, 60_000)
})
