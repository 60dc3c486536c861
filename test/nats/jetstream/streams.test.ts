import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import type { StreamInfo } from 'nats'
import { createEvent } from '../../../adapters/core/event.ts'
import { type JetstreamBroker, type JetstreamOptions, jetstream } from '../../../adapters/nats/index.ts'
import { startServer } from '../../../dev/index.ts'
import { rejectionOf } from '../../core/events.ts'
import { describeWith } from '../../dev/available.ts'
import { eventually } from '../../eventually.ts'
import { localServer, numbered, upTo } from '../local.ts'

const server = localServer()
const open = (options: JetstreamOptions = {}) =>
  jetstream({ servers: server.address, ackWaitMs: 1_000, ...options })
const policy = { deadLetter: false } as const

/** What a group is given, and the subscription that takes it. */
function reading(broker: JetstreamBroker, topic: string, group = 'g') {
  const seen: string[] = []
  const subscription = broker.subscribe({ topic, group }, ({ id }) => void seen.push(id), { policy })
  subscription.done.catch(() => {})
  return { seen, subscription }
}

async function streamOf({ native }: JetstreamBroker, name: string): Promise<StreamInfo> {
  return (await native.jetstreamManager()).streams.info(name)
}

const idsOf = (count: number) => upTo(count).map(({ id }) => id)

await describeWith('nats', 'a stream that ensure creates', () => {
  it('has the settings that were given', async () => {
    await using broker = await open({
      retention: 'interest',
      storage: 'memory',
      replicas: 1,
      dedupeMs: 700,
      maxAgeMs: 90_000,
    })
    await broker.ensure({ topics: ['settings'] })
    expect((await streamOf(broker, 'settings')).config).toMatchObject({
      subjects: ['settings'],
      retention: 'interest',
      storage: 'memory',
      num_replicas: 1,
      duplicate_window: 700e6,
      max_age: 90_000e6,
    })
  })

  it.each(['interest', 'workqueue'] as const)(
    'with retention %s is read in order, and keeps nothing that is settled',
    async (retention) => {
      await using broker = await open({ retention })
      const topic = `kept-${retention}`
      await broker.ensure({ topics: [topic], groups: [{ topic, group: 'g' }] })
      const first = reading(broker, topic)
      await broker.publish(topic, upTo(10), { key: 'k' })
      await eventually('the first', () => first.seen.length === 10)
      await first.subscription.close()
      const { seen, subscription } = reading(broker, topic)
      await broker.publish(topic, numbered(10), { key: 'k' })
      await eventually('what follows', () => seen.length > 0)
      await subscription.close()
      expect([first.seen, seen]).toEqual([idsOf(10), ['10']])
      expect((await streamOf(broker, topic)).state.messages).toBe(0)
    },
  )

  it('stores an event twice where dedupeMs is over, and once before', async () => {
    await using broker = await open({ dedupeMs: 1_000 })
    await broker.ensure({ topics: ['deduped'] })
    const send = async () => (await broker.publish('deduped', numbered(1)))[0]?.position
    expect([await send(), await send()]).toEqual(['deduped:1', 'deduped:1'])
    let last: string | undefined
    const deadline = Date.now() + 10_000
    while (last !== 'deduped:2' && Date.now() < deadline) {
      // Each attempt within the time would be a duplicate, and begins no time anew.
      await new Promise((resolve) => setTimeout(resolve, 50))
      last = await send()
    }
    expect(last).toBe('deduped:2')
  }, 20_000)

  it('forgets what is older than maxAgeMs, and knows duplicates for no longer', async () => {
    await using broker = await open({ maxAgeMs: 400 })
    await broker.ensure({ topics: ['aged'] })
    expect((await streamOf(broker, 'aged')).config).toMatchObject({ max_age: 400e6, duplicate_window: 400e6 })
    await broker.publish('aged', upTo(3))
    const deadline = Date.now() + 10_000
    while ((await streamOf(broker, 'aged')).state.messages > 0 && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    expect((await streamOf(broker, 'aged')).state).toMatchObject({ messages: 0, last_seq: 3 })
  }, 20_000)

  it('with copies is refused by a server that is no cluster, by the name of the option', async () => {
    await using broker = await open({ replicas: 3 })
    expect(await rejectionOf(broker.ensure({ topics: ['copies'] }))).toMatchObject({
      code: 'ERR_CONFIG',
      message:
        '[jetstream] stream "copies" cannot have 3 replicas, replicas > 1 not supported in non-clustered mode (10074): set "replicas" to 1, or use a cluster of at least 3 servers',
    })
  })

  it('lies in the domain that is given, and one that is not there is told', async () => {
    const store = mkdtempSync(join(tmpdir(), 'waybill-hub-'))
    const settings = { jetstream: { domain: 'hub', store_dir: store, max_mem: 1e8, max_file: 1e9 } }
    const hub = await startServer('nats', { settings })
    try {
      await using broker = await open({ servers: hub.address, domain: 'hub' })
      await broker.ensure({ topics: ['away'], groups: [{ topic: 'away', group: 'g' }] })
      const { seen } = reading(broker, 'away')
      expect(await broker.publish('away', upTo(20), { key: 'k' })).toHaveLength(20)
      await eventually('all', () => seen.length === 20)
      expect(seen).toEqual(idsOf(20))
      await broker.replay({ topic: 'away', group: 'g' }, { position: 'away:11' })
      await eventually('a half again', () => seen.length === 30)
      await using other = await open({ servers: hub.address, domain: 'nowhere' })
      expect(await rejectionOf(other.ensure({ topics: ['t'] }))).toMatchObject({
        code: 'ERR_UNSUPPORTED',
        message: expect.stringContaining('check the domain'),
      })
    } finally {
      await hub.stop()
      rmSync(store, { recursive: true, force: true })
    }
  }, 60_000)
})

await describeWith('nats', 'a stream that exists', () => {
  it('with other settings is refused by ensure, which names each one, what it has and what was given', async () => {
    await using broker = await open({ retention: 'limits' })
    await broker.ensure({ topics: ['same'] })
    const refusal = async (options: JetstreamOptions) => {
      await using other = await open(options)
      return await rejectionOf(other.ensure({ topics: ['same'] }))
    }
    expect(await refusal({ retention: 'workqueue', storage: 'memory' })).toMatchObject({
      code: 'ERR_CONFIG',
      message:
        '[jetstream] stream "same" exists with other settings: retention is "limits", needed "workqueue"; storage is "file", needed "memory": change the options or the stream',
    })
    expect(String(await refusal({ replicas: 3, dedupeMs: 500, maxAgeMs: 60_000 }))).toContain(
      'replicas is 1, needed 3; maxAgeMs is 0, needed 60000; dedupeMs is 120000, needed 500: change',
    )
  })

  it('is taken as it is in what was not given', async () => {
    await using broker = await open({
      storage: 'memory',
      retention: 'interest',
      maxAgeMs: 50_000,
      dedupeMs: 1_000,
    })
    await broker.ensure({ topics: ['taken'] })
    await using other = await open()
    await other.ensure({ topics: ['taken'] })
    await using some = await open({ storage: 'memory', maxAgeMs: 50_000 })
    await some.ensure({ topics: ['taken'] })
    expect((await streamOf(broker, 'taken')).config.retention).toBe('interest')
  })

  it('is refused too where processes with different settings create it at once', async () => {
    const brokers = await Promise.all(
      (['file', 'memory'] as const).flatMap((storage) => [open({ storage }), open({ storage })]),
    )
    const work = brokers.map((broker) => broker.ensure({ topics: ['raced'] }))
    const results = await Promise.allSettled(work)
    const refused = results.flatMap((each) => (each.status === 'rejected' ? [String(each.reason)] : []))
    expect(refused).toHaveLength(2)
    for (const text of refused)
      expect(text).toContain('stream "raced" exists with other settings: storage is')
    await Promise.all(brokers.map((broker) => broker.close()))
  })

  it('under the name of a topic that it does not store is told as such', async () => {
    await using broker = await open()
    const { streams } = await broker.native.jetstreamManager()
    await streams.add({ name: 'named', subjects: ['something.else'] })
    expect(await rejectionOf(broker.ensure({ topics: ['named'] }))).toMatchObject({
      code: 'ERR_CONFIG',
      message:
        '[jetstream] stream "named" exists and does not store the subject "named": add the subject to it, or rename it',
    })
  })
})

await describeWith('nats', 'a stream that keeps nothing that is settled', () => {
  it.each(['interest', 'workqueue'] as const)('refuses a replay: %s', async (retention) => {
    await using broker = await open({ retention })
    const topic = `replayed-${retention}`
    await broker.ensure({ topics: [topic], groups: [{ topic, group: 'g' }] })
    const { seen } = reading(broker, topic)
    await broker.publish(topic, upTo(5))
    await eventually('all', () => seen.length === 5)
    for (const to of ['earliest', { time: Date.now() - 60_000 }, { position: `${topic}:1` }] as const) {
      expect(await rejectionOf(broker.replay({ topic, group: 'g' }, to))).toMatchObject({
        code: 'ERR_CONFIG',
        message: `[jetstream] stream "${topic}" has retention "${retention}" and keeps nothing that is settled, so there is nothing to replay: use a stream with retention "limits"`,
      })
    }
    await broker.publish(topic, numbered(5))
    await eventually('what follows', () => seen.length === 6)
  })

  it('lets a group skip what waits, with retention interest', async () => {
    await using broker = await open({ retention: 'interest' })
    const source = { topic: 'skipped', group: 'g' }
    await broker.ensure({ topics: ['skipped'], groups: [source] })
    await broker.publish('skipped', upTo(5))
    await broker.replay(source, 'latest')
    const { seen } = reading(broker, 'skipped')
    await broker.publish('skipped', numbered(5))
    await eventually('what follows', () => seen.length > 0)
    expect(seen).toEqual(['5'])
  })

  it('has one group a topic, and no other start than the earliest, with retention workqueue', async () => {
    await using broker = await open({ retention: 'workqueue' })
    await broker.ensure({ topics: ['queued.*'], groups: [{ topic: 'queued.a', group: 'one' }] })
    const other = { topic: 'queued.a', group: 'two' }
    const told = {
      code: 'ERR_CONFIG',
      message:
        '[jetstream] group "two" cannot read "queued.a": its stream "queued~=2A" has retention "workqueue", where one group reads a topic, and another does already: read as that group, or use a stream with retention "interest" or "limits"',
    }
    expect(await rejectionOf(broker.ensure({ topics: [], groups: [other] }))).toMatchObject(told)
    expect(await rejectionOf(broker.subscribe(other, () => {}, { policy }).done)).toMatchObject(told)
    const late = { topic: 'queued.b', group: 'late', start: 'latest' } as const
    expect(await rejectionOf(broker.subscribe(late, () => {}, { policy }).done)).toMatchObject({
      code: 'ERR_CONFIG',
      message:
        '[jetstream] group "late" cannot begin there: its stream "queued~=2A" has retention "workqueue", of which all is read: leave "start" out, or use a stream with retention "limits"',
    })
    const event = createEvent({ type: 't', source: '/s', id: 'b' })
    const { seen } = reading(broker, 'queued.b', 'two')
    await broker.publish('queued.b', event)
    await eventually('the event', () => seen.length === 1)
  })
})
