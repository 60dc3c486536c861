import { expect, it } from '@jest/globals'
import { AckPolicy, connect as connectClient } from 'nats'
import { TerminalError } from '../../../adapters/index.ts'
import { type JetstreamBroker, jetstream } from '../../../adapters/nats/index.ts'
import { describeWith } from '../../dev/available.ts'
import { eventually } from '../../eventually.ts'
import { localServer, numbered, upTo } from '../local.ts'

const server = localServer()
const open = (options = {}) => jetstream({ servers: server.address, ackWaitMs: 600, ...options })
const policy = { deadLetter: false, drainMs: 2_000, backoff: { initialMs: 1, maxMs: 2 } } as const
const key = ({ id }: { readonly id: string }) => String(Number(id) % 8)

/** What members handled, in the order in which they began. */
function recorder(work: (n: number) => Promise<void> | void = () => {}) {
  const handled: { readonly n: number; readonly by: string }[] = []
  const read = (broker: JetstreamBroker, topic: string, by: string) => {
    const subscription = broker.subscribe(
      { topic, group: 'g' },
      async ({ id }) => {
        await work(Number(id))
        handled.push({ n: Number(id), by })
      },
      { policy },
    )
    subscription.done.catch(() => {})
    return subscription
  }
  const distinct = () => [...new Set(handled.map(({ n }) => n))]
  /** Numbers of each key, in the order in which they were first handled. */
  const faults = (count: number) =>
    Array.from({ length: 8 }, (_, k) => distinct().filter((n) => n % 8 === k))
      .map((found, k) => ({
        found,
        wanted: Array.from({ length: Math.ceil((count - k) / 8) }, (_, i) => k + 8 * i),
      }))
      .filter(({ found, wanted }) => JSON.stringify(found) !== JSON.stringify(wanted))
  return { handled, read, distinct, faults }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

await describeWith('nats', 'members of a group', () => {
  it('are handed nothing any more once their connection has ended, and another reads the rest', async () => {
    const client = await connectClient({ servers: server.address })
    const one = await jetstream({ servers: '', client, ackWaitMs: 600 })
    await using two = await open()
    await two.ensure({ topics: ['over'] })
    const begun: string[] = []
    const read = (broker: JetstreamBroker, by: string) =>
      broker.subscribe(
        { topic: 'over', group: 'g' },
        async ({ id }) => {
          begun.push(`${by} ${id}`)
          await pause(5)
        },
        { policy },
      )
    await two.publish('over', upTo(50), { key })
    const subscription = read(one, 'one')
    await eventually('a part', () => begun.length > 10)
    await client.close()
    await expect(subscription.done).rejects.toMatchObject({ code: 'ERR_CLOSED' })
    await one.close()
    const byOne = [...begun]
    read(two, 'two')
    await eventually('all events', () => new Set(begun.map((each) => each.split(' ')[1])).size === 50)
    expect(begun.filter((each) => each.startsWith('one'))).toEqual(byOne)
    expect(byOne.length).toBeLessThan(50)
  }, 20_000)

  it('stand by while one of them works, also when a handler takes longer than ackWaitMs', async () => {
    await using one = await open()
    await using two = await open()
    await one.ensure({ topics: ['slow'] })
    const { handled, read } = recorder(() => pause(1_500))
    read(one, 'slow', 'one')
    await one.publish('slow', [numbered(0), numbered(8)], { key })
    await eventually('the first to read', () => one.native.stats().inMsgs > 8)
    read(two, 'slow', 'two')
    await eventually('both events', () => handled.length >= 2)
    await pause(700)
    expect(handled).toEqual([
      { n: 0, by: 'one' },
      { n: 8, by: 'one' },
    ])
  }, 20_000)

  it('take over, in order, from one whose connection is cut in the middle of its work', async () => {
    const one = await open()
    await using two = await open()
    await two.ensure({ topics: ['cut'] })
    const { handled, read, distinct, faults } = recorder((n) => pause(n % 3))
    read(one, 'cut', 'one')
    const events = upTo(400)
    await two.publish('cut', events.slice(0, 300), { key })
    await eventually('a part', () => handled.length > 50)
    read(two, 'cut', 'two')
    await one.native.close()
    await two.publish('cut', events.slice(300), { key })
    await eventually('everything', () => distinct().length === 400, 15_000)
    expect(faults(400)).toEqual([])
    await one.close().catch(() => {})
  }, 30_000)

  it('come and go under load without losing or reordering anything, and handle nothing twice', async () => {
    await using publisher = await open()
    await publisher.ensure({ topics: ['churn'] })
    const { handled, read, distinct, faults } = recorder((n) => pause(n % 2))
    const events = upTo(1_000)
    const published = (async () => {
      for (let i = 0; i < 1_000; i += 20) {
        await publisher.publish('churn', events.slice(i, i + 20), { key })
        await pause(2)
      }
    })()
    for (let i = 0; i < 4; i++) {
      await using member = await open()
      const before = distinct().length
      read(member, 'churn', `member ${i}`)
      await eventually('a part', () => distinct().length > before + 60)
    }
    await published
    await using last = await open()
    read(last, 'churn', 'last')
    await eventually('everything', () => distinct().length === 1_000, 15_000)
    expect(faults(1_000)).toEqual([])
    expect(handled).toHaveLength(1_000)
  }, 30_000)

  it('all move when the group is replayed while they read', async () => {
    await using one = await open()
    await using two = await open()
    await one.ensure({ topics: ['moved'] })
    const { handled, read } = recorder()
    read(one, 'moved', 'one')
    read(two, 'moved', 'two')
    await one.publish('moved', upTo(20), { key })
    await eventually('the first time', () => handled.length >= 20)
    await two.replay({ topic: 'moved', group: 'g' }, { position: 'moved:11' })
    await eventually('the second time', () => handled.length >= 30)
    await one.publish('moved', numbered(20), { key })
    await eventually('what follows', () => handled.length >= 31)
    await pause(100)
    const again = handled
      .slice(20)
      .map(({ n }) => n)
      .sort((a, b) => a - b)
    expect(again).toEqual(Array.from({ length: 11 }, (_, i) => i + 10))
  })

  it('are told by the signal when a replay takes away what they handle', async () => {
    await using broker = await open()
    await broker.ensure({ topics: ['taken'] })
    const signals: AbortSignal[] = []
    broker.subscribe(
      { topic: 'taken', group: 'g' },
      async (_, { signal }) => {
        signals.push(signal)
        if (signals.length === 1) await new Promise((resolve) => signal.addEventListener('abort', resolve))
      },
      { policy },
    )
    await broker.publish('taken', numbered(0))
    await eventually('the first attempt', () => signals.length === 1)
    await broker.replay({ topic: 'taken', group: 'g' }, 'earliest')
    await eventually('the second attempt', () => signals.length === 2)
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
  })
})

await describeWith('nats', 'a subscription', () => {
  it('refuses a consumer that is configured otherwise, naming the field and both values', async () => {
    await using broker = await open()
    await broker.ensure({ topics: ['other'] })
    const client = await connectClient({ servers: server.address })
    const { consumers } = await client.jetstreamManager()
    const done = async (settings: object, options: object) => {
      await consumers.add('other', {
        durable_name: 'g+other',
        filter_subject: 'other',
        ack_policy: AckPolicy.Explicit,
        ...settings,
      })
      await using reader = await open(options)
      const error: unknown = await reader
        .subscribe({ topic: 'other', group: 'g' }, () => {}, { policy })
        .done.catch((e: unknown) => e)
      await consumers.delete('other', 'g+other')
      expect(error).toMatchObject({ code: 'ERR_CONFIG' })
      return String(error)
    }
    expect(await done({}, { ackWaitMs: undefined })).toContain(
      'has priority_groups unset, this group needs ["waybill"]',
    )
    const shared = { ordered: false, ackWaitMs: undefined }
    expect(await done({ max_deliver: 5 }, shared)).toContain('has max_deliver 5, this group needs -1')
    expect(await done({ ack_policy: AckPolicy.All }, shared)).toContain(
      'has ack_policy "all", this group needs "explicit"',
    )
    expect(await done({ ack_wait: 5e9 }, { ordered: false, ackWaitMs: 600 })).toContain(
      'has ack_wait 5000000000, this group needs 600000000',
    )
    await client.close()
  })

  it('takes what was not asked for as the consumer has it', async () => {
    await using broker = await open({ ordered: false, ackWaitMs: 7_000, maxAckPending: 33 })
    await broker.ensure({ topics: ['as-is'], groups: [{ topic: 'as-is', group: 'g' }] })
    await using reader = await open({ ordered: false, ackWaitMs: undefined })
    const { handled, read } = recorder()
    read(reader, 'as-is', 'reader')
    await broker.publish('as-is', upTo(50))
    await eventually('all', () => handled.length === 50)
  })

  it('needs a consumer that exists where createConsumers is false', async () => {
    await using broker = await open()
    await broker.ensure({ topics: ['strict'] })
    await using reader = await open({ createConsumers: false })
    const source = { topic: 'strict', group: 'g' }
    await expect(reader.subscribe(source, () => {}, { policy }).done).rejects.toMatchObject({
      code: 'ERR_NOT_FOUND',
      message: expect.stringContaining('no consumer "g+strict"'),
    })
    await expect(reader.replay(source, 'earliest')).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' })
  })

  it('reads wildcards, and messages of others as they are', async () => {
    await using broker = await open()
    await broker.ensure({ topics: ['plant.>'] })
    const seen: unknown[] = []
    broker.subscribe(
      { topic: 'plant.*.alarm', group: 'g' },
      ({ type, subject, id }) => void seen.push([type, subject, id]),
      { policy },
    )
    broker.native.publish('plant.one.alarm', 'hot')
    broker.native.publish('plant.one.note', 'nothing')
    await broker.publish('plant.two.alarm', numbered(1))
    await eventually('two', () => seen.length >= 2)
    expect(seen).toEqual([
      ['io.nats.jetstream.message', 'plant.one.alarm', 'plant~=3E:1'],
      ['test.numbered', undefined, '1'],
    ])
  })

  it.each([
    [true, 'asks for the confirmation of each acknowledgement'],
    [false, 'asks for none'],
  ])('with doubleAck %s %s', async (doubleAck) => {
    const topic = doubleAck ? 'double' : 'single'
    await using broker = await open({ doubleAck })
    await broker.ensure({ topics: [topic] })
    const told = await tellings(topic)
    const { handled, read } = recorder()
    const subscription = read(broker, topic, 'one')
    await broker.publish(topic, upTo(100))
    await eventually('all', () => handled.length === 100)
    await subscription.close()
    const { consumers } = await broker.native.jetstreamManager()
    expect((await consumers.info(topic, `g+${topic}`)).ack_floor.stream_seq).toBe(100)
    const acks = await told.end()
    expect(acks).toHaveLength(100)
    expect([...new Set(acks)]).toEqual([doubleAck ? '+ACK, confirmed' : ''])
  })

  it.each([true, false])(
    'tells the server of handlers that take longer than ackWaitMs, so that nothing comes again: ordered %s',
    async (ordered) => {
      const topic = `long-${ordered}`
      await using one = await open({ ordered, ackWaitMs: 1_000 })
      await using two = await open({ ordered, ackWaitMs: 1_000 })
      await one.ensure({ topics: [topic] })
      const { handled, read } = recorder(() => pause(2_500))
      read(one, topic, 'one')
      read(two, topic, 'two')
      await one.publish(topic, upTo(4), { key })
      await eventually('all events', () => handled.length >= 4, 10_000)
      const { consumers } = await one.native.jetstreamManager()
      expect((await consumers.info(topic, `g+${topic}`)).delivered.consumer_seq).toBe(4)
      expect(handled).toHaveLength(4)
    },
    20_000,
  )

  it('terminates on the server what is hopeless', async () => {
    await using broker = await open()
    await broker.ensure({ topics: ['hopeless'] })
    const told = await tellings('hopeless')
    const handled: string[] = []
    const subscription = broker.subscribe(
      { topic: 'hopeless', group: 'g' },
      ({ id }) => {
        handled.push(id)
        if (id === '1') throw new TerminalError('never')
      },
      { policy },
    )
    await broker.publish('hopeless', upTo(3), { key })
    await eventually('all', () => handled.length === 3)
    await subscription.close()
    expect((await told.end()).sort()).toEqual(['', '', '+TERM'])
  })

  it('lets the server wait before it redelivers, where nothing is ordered', async () => {
    await using broker = await open({ ordered: false, ackWaitMs: 5_000 })
    await broker.ensure({ topics: ['delayed'] })
    const attempts: [number, number][] = []
    const begun = performance.now()
    broker.subscribe(
      { topic: 'delayed', group: 'g' },
      (_, { attempt }) => {
        attempts.push([attempt, performance.now() - begun])
        if (attempt < 3) throw new Error('not yet')
      },
      { policy: { ...policy, backoff: { initialMs: 200, maxMs: 200 } } },
    )
    await broker.publish('delayed', numbered(1))
    await eventually('three attempts', () => attempts.length >= 3)
    expect(attempts.map(([attempt]) => attempt)).toEqual([1, 2, 3])
    // Half of the delay is left to chance.
    expect(attempts[2]?.[1]).toBeGreaterThan(200)
  })

  it('ends with ERR_NOT_FOUND when a stream in memory is gone after a restart', async () => {
    await using broker = await open({ storage: 'memory' })
    await broker.ensure({ topics: ['forgetful'] })
    const { handled, read } = recorder()
    const { done } = read(broker, 'forgetful', 'one')
    await broker.publish('forgetful', upTo(3))
    await eventually('all', () => handled.length === 3)
    await server.kill()
    await server.restart()
    await expect(done).rejects.toMatchObject({
      code: 'ERR_NOT_FOUND',
      message: expect.stringContaining('"forgetful"'),
    })
    await broker.close().catch(() => {})
  }, 20_000)
})

/** How readers of a stream settle its messages, as another connection hears it. */
async function tellings(stream: string) {
  const client = await connectClient({ servers: server.address })
  const told: string[] = []
  client.subscribe(`$JS.ACK.${stream}.>`, {
    callback: (_, message) => {
      const text = message.string()
      // By one for no delivery a reader learns that all was taken.
      if (text !== '-NAK') told.push(message.reply ? `${text}, confirmed` : text)
    },
  })
  await client.flush()
  return {
    async end(): Promise<string[]> {
      await client.flush()
      await client.close()
      return told
    },
  }
}

await describeWith('nats', 'a member that leaves', () => {
  it('keeps nobody waiting, also where it was still waiting itself when the first message came', async () => {
    await using broker = await open({ ackWaitMs: 20_000 })
    await broker.ensure({ topics: ['left'] })
    for (let round = 0; round < 10; round++) {
      const leaving = readAs(broker, `leaving ${round}`, () => {})
      await broker.ping()
      const closed = leaving.close()
      await broker.publish('left', numbered(round))
      await closed
      const seen: string[] = []
      const reading = readAs(broker, `leaving ${round}`, (id) => seen.push(id))
      await eventually('all', () => seen.length > 0)
      await reading.close()
    }
  }, 20_000)
})

function readAs(broker: JetstreamBroker, group: string, see: (id: string) => void) {
  return broker.subscribe({ topic: 'left', group, start: 'earliest' }, ({ id }) => see(id), { policy })
}
