import { describe, expect, it } from '@jest/globals'
import { createBroker } from '../../adapters/core/create-broker.ts'
import type { Capabilities, Driver, Source } from '../../adapters/core/driver.ts'
import { idle, manualClock } from '../manual-clock.ts'
import { event, rejectionOf, textOf, thrownBy } from './events.ts'
import { fakeDriver } from './fake-driver.ts'
import { binding } from './recorded-runner.ts'

const source: Source = { topic: 'orders', group: 'billing' }

function brokerOver(changes: Partial<Capabilities> = {}, parts: Partial<Driver> = {}) {
  const fake = fakeDriver(changes)
  const clock = manualClock()
  const driver: Driver = { ...fake, send: fake.send, close: fake.close, ...parts }
  const broker = createBroker({ name: 'fake', driver, binding, clock, random: () => 1 })
  return { broker, fake, clock }
}

describe('publish', () => {
  it('sends one event or a list, each as a message, and gives a receipt for each', async () => {
    const { broker, fake } = brokerOver()
    fake.answerAll()
    expect(await broker.publish('orders', event({ id: '1' }))).toEqual([{ position: '0' }])
    expect(await broker.publish('orders', [event({ id: '2' }), event({ id: '3' })])).toHaveLength(2)
    expect(await broker.publish('orders', [])).toEqual([])
    const sent = fake.calls.flatMap(({ messages }) => messages)
    expect(sent.map((message) => binding.decode(message).id)).toEqual(['1', '2', '3'])
    expect(fake.calls.map(({ topic }) => topic)).toEqual(['orders', 'orders'])
  })

  it('takes the key from the options, else from partitionkey, else none', async () => {
    const { broker, fake } = brokerOver()
    fake.answerAll()
    const [keyed, keyless] = [event({ id: '1', partitionkey: 'p' }), event({ id: '2' })]
    await broker.publish('orders', [keyed, keyless])
    await broker.publish('orders', [keyed, keyless], { key: 'k' })
    await broker.publish('orders', [keyed, keyless], { key: ({ id }) => (id === '2' ? 'two' : undefined) })
    expect(fake.calls.flatMap(({ messages }) => messages.map(({ key }) => key))).toEqual([
      'p',
      undefined,
      'k',
      'k',
      'p',
      'two',
    ])
  })

  it('writes the mode that is asked for', async () => {
    const { broker, fake } = brokerOver()
    fake.answerAll()
    await broker.publish('orders', event({ id: '1' }), { mode: 'structured' })
    expect(JSON.parse(textOf(fake.calls[0]?.messages[0]?.body))).toHaveProperty('id', '1')
  })

  it('encodes before it returns: what changes afterwards changes nothing', async () => {
    const { broker, fake } = brokerOver()
    fake.answerAll()
    const data = { a: 1 }
    const events = [event({ data })]
    const publishing = broker.publish('orders', events)
    data.a = 2
    events.push(event())
    await publishing
    expect(fake.calls.flatMap(({ messages }) => messages.map(({ body }) => textOf(body)))).toEqual([
      '{"a":1}',
    ])
  })

  it('sends nothing of a list in which one event is invalid', async () => {
    const { broker, fake } = brokerOver()
    const invalid = { ...event(), source: '' }
    expect(await rejectionOf(broker.publish('orders', [event(), invalid]))).toMatchObject({
      code: 'ERR_INVALID_EVENT',
    })
    await idle()
    expect(fake.calls).toHaveLength(0)
  })

  it('keeps topics apart: one that hangs holds no other back', async () => {
    const { broker, fake } = brokerOver()
    void broker.publish('slow', event())
    const other = broker.publish('fast', event())
    await idle()
    fake.calls.find(({ topic }) => topic === 'fast')?.answer()
    expect(await other).toHaveLength(1)
  })

  it.each([
    ['', { code: 'ERR_CONFIG', message: '[fake] publish needs a topic: give a text that is not empty' }],
  ])('refuses the topic %j', async (topic, error) => {
    expect(await rejectionOf(brokerOver().broker.publish(topic, event()))).toMatchObject(error)
  })

  it('does not begin when its signal was aborted before', async () => {
    const { broker, fake } = brokerOver()
    expect(
      await rejectionOf(broker.publish('orders', event(), { signal: AbortSignal.abort() })),
    ).toMatchObject({ code: 'ERR_ABORTED' })
    expect(fake.calls).toHaveLength(0)
  })
})

describe('send', () => {
  it('carries messages as they are', async () => {
    const { broker, fake } = brokerOver()
    fake.answerAll()
    const message = { body: new Uint8Array([0xff]), headers: { X: 'y' }, key: 'k' }
    expect(await broker.send('raw', [message])).toEqual([{ position: '0' }])
    expect(fake.calls[0]?.messages).toEqual([message])
  })
})

describe('subscribe', () => {
  it.each<[Source, object]>([
    [
      { topic: '', group: 'g' },
      { code: 'ERR_CONFIG', message: '[fake] a source needs a topic: give a text that is not empty' },
    ],
    [
      { topic: 't', group: '' },
      { code: 'ERR_CONFIG', message: '[fake] a source needs a group: give a text that is not empty' },
    ],
    [
      { topic: 't', group: 'g', start: { time: 0 } },
      {
        code: 'ERR_UNSUPPORTED',
        message: '[fake] start from time is not supported: this broker has earliest, latest',
      },
    ],
  ])('refuses %j at once', (wrong, error) => {
    expect(thrownBy(() => brokerOver().broker.subscribe(wrong, () => {}))).toMatchObject(error)
  })

  it('refuses a policy that is wrong, at once', () => {
    const subscribe = () => brokerOver().broker.subscribe(source, () => {}, { policy: { concurrency: 0 } })
    expect(thrownBy(subscribe)).toMatchObject({ code: 'ERR_CONFIG' })
  })

  it('is done, with the reason, when reading cannot go on', async () => {
    const lost = new Error('connection lost')
    const { broker } = brokerOver({}, { receive: () => Promise.reject(lost) })
    const subscription = broker.subscribe(source, () => {})
    expect(await rejectionOf(subscription.done)).toBe(lost)
    expect(await rejectionOf(subscription.close())).toBe(lost)
    await broker.close()
  })

  it('can be closed again and again, and by await using', async () => {
    const { broker } = brokerOver()
    {
      await using subscription = broker.subscribe(source, () => {})
      await Promise.all([subscription.close(), subscription.close()])
    }
    const subscription = broker.subscribe(source, () => {})
    await subscription.close()
    await subscription.done
  })

  it('leaves no timer behind', async () => {
    const { broker, clock } = brokerOver()
    await broker.subscribe(source, () => {}).close()
    expect(clock.waits).toEqual([])
  })
})

describe('replay and ensure', () => {
  it.each<[Partial<Driver>, Parameters<ReturnType<typeof brokerOver>['broker']['replay']>[1], string]>([
    [{}, 'earliest', '[fake] replay from earliest is not supported: this broker has earliest, latest'],
    [
      { seek: async () => {} },
      { time: 5 },
      '[fake] replay from time is not supported: this broker has earliest, latest',
    ],
    [
      { seek: async () => {} },
      { position: '5' },
      '[fake] replay from position is not supported: this broker has earliest, latest',
    ],
  ])('are refused where the broker cannot: %#', async (parts, from, message) => {
    const { broker } = brokerOver({}, parts)
    expect(await rejectionOf(broker.replay(source, from))).toMatchObject({ code: 'ERR_UNSUPPORTED', message })
  })

  it('reach the driver where it can', async () => {
    const told: unknown[] = []
    const { broker } = brokerOver(
      {},
      {
        seek: async (...given) => void told.push(given),
        ensure: async (given) => void told.push(given),
      },
    )
    await broker.replay(source, 'latest')
    await broker.ensure({ topics: ['a'] })
    expect(told).toEqual([[source, 'latest'], { topics: ['a'] }])
  })

  it('say that topics cannot be created here', async () => {
    expect(await rejectionOf(brokerOver().broker.ensure({ topics: ['a'] }))).toMatchObject({
      code: 'ERR_UNSUPPORTED',
      message: '[fake] creating topics is not supported: use a broker that declares it',
    })
  })
})

describe('close', () => {
  it('sends what is queued, then closes the driver, once', async () => {
    const { broker, fake, clock } = brokerOver()
    const publishing = broker.publish('orders', event())
    const closing = [broker.close(), broker.close(), broker[Symbol.asyncDispose]()]
    await idle()
    expect([fake.calls.length, fake.closed]).toEqual([1, 0])
    fake.calls[0]?.answer()
    await Promise.all([publishing, ...closing])
    expect([fake.closed, clock.waits]).toEqual([1, []])
  })

  it('gives up on what cannot be sent in 10 s, and says so to the publisher', async () => {
    const { broker, fake, clock } = brokerOver()
    fake.answerAll((messages) => messages.map(() => ({ error: new Error('busy'), retryable: true })))
    const refused = rejectionOf(broker.publish('orders', event()))
    const closing = broker.close()
    await clock.advance(10_000)
    await closing
    expect(await refused).toMatchObject({ code: 'ERR_PUBLISH' })
    expect([fake.closed, clock.waits]).toEqual([1, []])
  })

  it('refuses everything afterwards', async () => {
    const { broker } = brokerOver({}, { seek: async () => {}, ensure: async () => {} })
    await broker.close()
    const closed = { code: 'ERR_CLOSED' }
    expect(await rejectionOf(broker.publish('orders', event()))).toMatchObject({
      ...closed,
      message: '[fake] publish after close: open a new broker',
    })
    expect(await rejectionOf(broker.send('orders', []))).toMatchObject(closed)
    expect(await rejectionOf(broker.replay(source, 'earliest'))).toMatchObject(closed)
    expect(await rejectionOf(broker.ensure({ topics: [] }))).toMatchObject(closed)
    expect(thrownBy(() => broker.subscribe(source, () => {}))).toMatchObject({
      ...closed,
      message: '[fake] subscribe after close: open a new broker',
    })
  })

  it('closes the driver also where a subscription failed while it ended, and tells of that', async () => {
    const lost = new Error('connection lost')
    const { broker, fake } = brokerOver(
      {},
      {
        receive: (_source, _deliver, signal) =>
          new Promise((_, reject) => signal.addEventListener('abort', () => reject(lost), { once: true })),
      },
    )
    const subscription = broker.subscribe(source, () => {})
    const done = rejectionOf(subscription.done)
    expect(await rejectionOf(broker.close())).toBe(lost)
    expect([await done, fake.closed]).toEqual([lost, 1])
  })
})
