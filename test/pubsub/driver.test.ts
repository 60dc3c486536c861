import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { connect, PublishError } from '../../adapters/index.ts'
import type { Api } from '../../adapters/pubsub/api.ts'
import {
  type PubsubBroker,
  type PubsubOptions,
  type PubsubParts,
  pubsub,
  subscriptionPath,
} from '../../adapters/pubsub/index.ts'
import { type LocalServer, startProxy, startServer } from '../../dev/index.ts'
import { describeWith } from '../dev/available.ts'
import { eventually } from '../eventually.ts'
import { numbered, recordedLog, upTo } from '../nats/local.ts'

let running: LocalServer | undefined
beforeAll(async () => {
  running = await startServer('pubsub')
}, 90_000)
afterAll(() => running?.stop())

function server(): LocalServer {
  if (running === undefined) throw new Error('the emulator has not started yet')
  return running
}

const open = (options: PubsubOptions = {}, logger = recordedLog().logger, parts: PubsubParts = {}) =>
  pubsub({ project: 'local', endpoint: server().address, ackDeadlineMs: 10_000, ...options }, logger, parts)
const noLetters = { policy: { deadLetter: false } } as const

let topics = 0
async function newTopic(broker: PubsubBroker): Promise<string> {
  const topic = `topic-${++topics}`
  await broker.ensure({ topics: [topic] })
  return topic
}

function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.cause : undefined),
  )
}

async function subscriptionOf({ native }: PubsubBroker, topic: string, group: string) {
  const name = subscriptionPath('local', topic, group)
  const [found] = await native.subscription(name).getMetadata()
  return found
}

await describeWith('pubsub', 'Pub/Sub', () => {
  it('extends the lease of a handler that takes longer than the deadline, so that nothing comes again', async () => {
    let delivered = 0
    const wrapApi = (api: Api): Api => ({
      ...api,
      pull: (subscription, seconds, most, listener) =>
        api.pull(subscription, seconds, most, {
          received(response) {
            delivered += response.receivedMessages?.length ?? 0
            listener.received(response)
          },
          ended: (error) => listener.ended(error),
        }),
    })
    await using broker = await open({}, undefined, { wrapApi })
    const topic = await newTopic(broker)
    const begun: string[] = []
    const policy = { deadLetter: false, timeoutMs: 0, drainMs: 20_000 } as const
    const work = async ({ id }: { readonly id: string }) => {
      begun.push(id)
      if (id === '0') await new Promise((resolve) => setTimeout(resolve, 12_000))
    }
    const source = { topic, group: 'slow' }
    await broker.ensure({ topics: [], groups: [source] })
    broker.subscribe(source, work, { policy })
    await broker.publish(topic, upTo(3), { key: 'k' })
    await eventually('all', () => begun.length >= 3, 20_000)
    expect(begun).toEqual(['0', '1', '2'])
    expect(delivered).toBe(3)
  }, 40_000)

  it('makes a request for each key, though many leave at once, and tells of each message its own id', async () => {
    await using broker = await open()
    const topic = await newTopic(broker)
    const events = upTo(40)
    const receipts = await broker.publish(topic, events, { key: ({ id }) => `key-${Number(id) % 20}` })
    const positions = receipts.map(({ position }) => position)
    expect(new Set(positions).size).toBe(40)
    expect(positions).not.toContain(undefined)
  })

  it('creates the subscription of a group that is read for the first time, one that never expires', async () => {
    await using broker = await open({ retainAcked: true, filter: 'attributes:"ce-id"' })
    const topic = await newTopic(broker)
    const seen: string[] = []
    broker.subscribe({ topic, group: 'first' }, ({ id }) => void seen.push(id), noLetters)
    await eventually('an event', () => {
      if (seen.length === 0) void broker.publish(topic, numbered(1), { key: 'k' })
      return seen.length > 0
    })
    expect(await subscriptionOf(broker, topic, 'first')).toMatchObject({
      enableMessageOrdering: true,
      ackDeadlineSeconds: 10,
      retainAckedMessages: true,
      filter: 'attributes:"ce-id"',
      expirationPolicy: { ttl: null },
    })
  }, 30_000)

  it('names what is missing, at once', async () => {
    await using broker = await open({ createSubscriptions: false })
    const topic = await newTopic(broker)
    expect(await failureOf(broker.publish('lost-topic', numbered(1)))).toMatchObject({
      code: 'ERR_NOT_FOUND',
      message: expect.stringContaining('"lost-topic"'),
    })
    await expect(broker.subscribe({ topic, group: 'g' }, () => {}).done).rejects.toMatchObject({
      code: 'ERR_NOT_FOUND',
      message: expect.stringContaining(`"${topic}+g"`),
    })
    await using creating = await open()
    await expect(
      creating.subscribe({ topic: 'lost-topic', group: 'g' }, () => {}).done,
    ).rejects.toMatchObject({
      code: 'ERR_NOT_FOUND',
      message: expect.stringContaining('create the topic first'),
    })
  })

  it('names each setting of a subscription that is not as it must be', async () => {
    await using broker = await open()
    const topic = await newTopic(broker)
    await broker.ensure({ topics: [], groups: [{ topic, group: 'g' }] })
    await using other = await open({
      ordered: false,
      attempts: true,
      filter: 'attributes.a = "b"',
      exactlyOnce: true,
    })
    const reading = other.subscribe({ topic, group: 'g' }, () => {}, noLetters).done
    const error = await reading.then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    expect(error).toMatchObject({ code: 'ERR_CONFIG' })
    for (const field of [
      'enable_message_ordering is true, needed false',
      'filter is unset, needed',
      'enable_exactly_once_delivery is false, needed true',
      'dead_letter_policy is unset',
    ])
      expect(String(error)).toContain(field)
  })

  it('creates from a policy the dead letters, with a subscription that keeps them, and how the service retries', async () => {
    await using broker = await open({ ordered: false, attempts: true })
    const topic = await newTopic(broker)
    const policy = {
      maxAttempts: 7,
      deadLetter: `letters-${topic}`,
      backoff: { initialMs: 1_000, maxMs: 60_000 },
    }
    const groups = [{ topic, group: 'g', policy }]
    await broker.ensure({ topics: [], groups })
    await broker.ensure({ topics: [], groups })
    expect(await subscriptionOf(broker, topic, 'g')).toMatchObject({
      enableMessageOrdering: false,
      deadLetterPolicy: { deadLetterTopic: `projects/local/topics/letters-${topic}`, maxDeliveryAttempts: 7 },
      retryPolicy: { minimumBackoff: { seconds: '1' }, maximumBackoff: { seconds: '60' } },
    })
    await subscriptionOf(broker, `letters-${topic}`, 'g')
    const changed = broker.ensure({
      topics: [],
      groups: [{ topic, group: 'g', policy: { ...policy, maxAttempts: 9 } }],
    })
    await expect(changed).rejects.toThrow('dead_letter_policy.max_delivery_attempts is 7, needed 9')
  })

  it('refuses a topic that keeps messages for another time than was asked for', async () => {
    await using broker = await open({ retentionMs: 600_000 })
    const topic = await newTopic(broker)
    await using other = await open({ retentionMs: 1_200_000 })
    await expect(other.ensure({ topics: [topic] })).rejects.toThrow(
      'message_retention_duration is 600000 ms, needed 1200000 ms',
    )
    await using any = await open()
    await any.ensure({ topics: [topic] })
  })

  it('acknowledges for good where delivery is exactly once', async () => {
    await using broker = await open({ exactlyOnce: true })
    const topic = await newTopic(broker)
    const source = { topic, group: 'once' }
    await broker.ensure({ topics: [], groups: [source] })
    const seen: string[] = []
    const reading = broker.subscribe(source, ({ id }) => void seen.push(id), noLetters)
    await broker.publish(topic, upTo(5), { key: 'k' })
    await eventually('all', () => seen.length === 5)
    await reading.close()
    broker.subscribe(source, ({ id }) => void seen.push(id), noLetters)
    await broker.publish(topic, numbered(5), { key: 'k' })
    await eventually('the next', () => seen.includes('5'))
    expect(seen).toEqual(['0', '1', '2', '3', '4', '5'])
  })

  it('puts a group back where a snapshot was made', async () => {
    await using broker = await open()
    const topic = await newTopic(broker)
    const source = { topic, group: 'snapped' }
    await broker.ensure({ topics: [], groups: [source] })
    await broker.publish(topic, upTo(3), { key: 'k' })
    await broker.createSnapshot(source, `before-${topic}`)
    const seen: string[] = []
    const reading = broker.subscribe(source, ({ id }) => void seen.push(id), noLetters)
    await eventually('all', () => seen.length === 3)
    await reading.close()
    await broker.replaySnapshot(source, `before-${topic}`)
    broker.subscribe(source, ({ id }) => void seen.push(id), noLetters)
    await eventually('all again', () => seen.length >= 6)
    expect(seen).toEqual(['0', '1', '2', '0', '1', '2'])
    await expect(broker.createSnapshot(source, `before-${topic}`)).rejects.toMatchObject({
      code: 'ERR_CONFIG',
    })
    await expect(broker.replaySnapshot(source, 'never-made')).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' })
  })

  it('puts a group back where a snapshot was made while it is being read, in order', async () => {
    await using broker = await open()
    const topic = await newTopic(broker)
    const source = { topic, group: 'snapped' }
    await broker.ensure({ topics: [], groups: [source] })
    await broker.createSnapshot(source, `before-${topic}`)
    const handled: string[] = []
    let begun = 0
    let told = false
    const handle = async ({ id }: { readonly id: string }, { signal }: { readonly signal: AbortSignal }) => {
      if (++begun === 6) {
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
        told = true
      } else handled.push(id)
    }
    broker.subscribe(source, handle, { policy: { deadLetter: false, timeoutMs: 0 } })
    await broker.publish(topic, upTo(10), { key: 'k' })
    await eventually('the sixth', () => begun === 6)
    await broker.replaySnapshot(source, `before-${topic}`)
    await eventually('everything again', () => handled.length >= 15, 20_000)
    expect(told).toBe(true)
    expect(handled).toEqual([...upTo(5), ...upTo(10)].map(({ id }) => id))
  }, 40_000)

  it('moves a group that is being read; what it was handling counts for nothing', async () => {
    await using broker = await open({ ordered: false })
    const topic = await newTopic(broker)
    const source = { topic, group: 'moved' }
    await broker.ensure({ topics: [], groups: [source] })
    const handled: string[] = []
    let told = false
    let isFirst = true
    broker.subscribe(
      source,
      async ({ id }, { signal }) => {
        if (id === '4' && isFirst) {
          isFirst = false
          await new Promise((resolve) => signal.addEventListener('abort', resolve))
          told = true
        } else handled.push(id)
      },
      noLetters,
    )
    await broker.publish(topic, upTo(5))
    await eventually('four', () => handled.length === 4 && !isFirst)
    await broker.replay(source, 'earliest')
    await eventually('everything again', () => handled.length >= 9, 15_000)
    expect(told).toBe(true)
    expect(new Set(handled.slice(4)).size).toBe(5)
  }, 30_000)

  it('refuses a replay where nothing is kept', async () => {
    await using broker = await open({ retentionMs: 0, ordered: false })
    const topic = await newTopic(broker)
    const source = { topic, group: 'g' }
    await broker.ensure({ topics: [], groups: [source] })
    await expect(broker.replay(source, 'earliest')).rejects.toMatchObject({
      code: 'ERR_CONFIG',
      message: expect.stringContaining('retain_acked_messages'),
    })
    await broker.replay(source, 'latest')
  })

  it('names the record that the schema of the topic refuses, and stores the others', async () => {
    await using broker = await open()
    const definition = { type: 'record', name: 'N', fields: [{ name: 'n', type: 'int' }] }
    const topic = `topic-${++topics}`
    await broker.native.createSchema(`schema-${topic}`, 'AVRO', JSON.stringify(definition))
    const schema = `projects/local/schemas/schema-${topic}`
    await broker.native.createTopic({ name: topic, schemaSettings: { schema, encoding: 'JSON' } })
    const events = [numbered(1), numbered(2, { data: { wrong: 1 } }), numbered(3)]
    const failed = await broker.publish(topic, events).then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    if (!(failed instanceof PublishError)) throw failed
    expect(failed.failures.map(({ index }) => index)).toEqual([1])
    expect(failed.message).toContain('see the schema of the topic')
  })

  it('goes on after a connection that was cut, in order', async () => {
    const { detour } = server()
    if (detour === undefined) throw new Error('the emulator is not ours')
    await using proxy = await startProxy(detour)
    const { logger, lines } = recordedLog()
    await using broker = await open({ endpoint: proxy.address }, logger)
    const topic = await newTopic(broker)
    const source = { topic, group: 'cut' }
    await broker.ensure({ topics: [], groups: [source] })
    const seen: string[] = []
    broker.subscribe(source, ({ id }) => void seen.push(id), noLetters)
    await broker.publish(topic, upTo(5), { key: 'k' })
    await eventually('the first', () => seen.length === 5)
    proxy.cut()
    const published = broker.publish(topic, numbered(5), { key: 'k' })
    await eventually('a warning', () => lines.some(({ message }) => message.includes('stopped coming')))
    proxy.restore()
    await published
    await eventually('the next', () => seen.includes('5'), 15_000)
    expect([...new Set(seen)]).toEqual(['0', '1', '2', '3', '4', '5'])
  }, 40_000)

  it('says so, soon, when nobody answers', async () => {
    await using broker = await connect({ url: 'pubsub://local?endpoint=127.0.0.1:1' })
    await expect(broker.ping()).rejects.toMatchObject({
      code: 'ERR_TIMEOUT',
      message: expect.stringContaining('127.0.0.1:1'),
    })
    await expect(broker.ensure({ topics: ['orders'] })).rejects.toMatchObject({ code: 'ERR_TIMEOUT' })
  })

  // The last: afterwards the emulator knows of nothing that was there before.
  it('reports that the server has forgotten everything, to who publishes and who reads', async () => {
    await using broker = await open()
    const topic = await newTopic(broker)
    const source = { topic, group: 'forgotten' }
    await broker.ensure({ topics: [], groups: [source] })
    const seen: string[] = []
    const { done } = broker.subscribe(source, ({ id }) => void seen.push(id), noLetters)
    const ended = done.then(
      () => undefined,
      (error: unknown) => error,
    )
    await broker.publish(topic, numbered(1))
    await eventually('an event', () => seen.length === 1)
    await server().kill()
    await server().restart()
    expect(await failureOf(broker.publish(topic, numbered(2)))).toMatchObject({ code: 'ERR_NOT_FOUND' })
    expect(await ended).toMatchObject({ code: 'ERR_NOT_FOUND' })
  }, 90_000)
})
