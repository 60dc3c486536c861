import { describe, expect, it } from '@jest/globals'
import type { Broker } from '../../adapters/core/broker.ts'
import { type Adapter, connectWith, type Target } from '../../adapters/core/connect.ts'
import { createBroker } from '../../adapters/core/create-broker.ts'
import type { Logger } from '../../adapters/core/observe.ts'
import { bytesOf, event, rejectionOf, thrownBy } from './events.ts'
import { fakeDriver } from './fake-driver.ts'
import { binding } from './recorded-runner.ts'

function sink(logger?: Logger): Broker {
  const driver = fakeDriver({ emitOnly: true, replay: [] })
  driver.answerAll()
  return createBroker({ name: 'fake', driver, binding, logger })
}

describe('a broker that only emits', () => {
  it('publishes, and refuses to be read', async () => {
    const broker = sink()
    expect(await broker.publish('orders', event())).toHaveLength(1)
    expect(thrownBy(() => broker.subscribe({ topic: 'orders', group: 'g' }, () => {}))).toMatchObject({
      code: 'ERR_UNSUPPORTED',
      message: '[fake] it only emits: use it as a sink, and another broker as the source',
    })
    await broker.close()
  })
})

describe('an event above 64 KiB', () => {
  it('is published, and the log says once a topic that not every receiver takes it', async () => {
    const lines: unknown[] = []
    const ignore = () => {}
    const logger = {
      debug: ignore,
      info: ignore,
      error: ignore,
      warn: (fields: object) => lines.push(fields),
    }
    const broker = sink(logger)
    const large = event({ data: bytesOf('x'.repeat(65_536)) })
    await broker.publish('orders', [large, large])
    await broker.publish('bills', large)
    await broker.publish('small', event({ data: bytesOf('x'.repeat(65_000)) }))
    expect(lines).toMatchObject([{ topic: 'orders' }, { topic: 'bills' }])
    await broker.close()
  })
})

describe('a URL whose query belongs to the address', () => {
  const opened: Target[] = []
  const adapter: Adapter = {
    schemes: ['https'],
    query: 'address',
    parameters: { timeoutMs: 'number' },
    options: [],
    open(target) {
      opened.push(target)
      return sink()
    },
  }

  it('keeps it as it was written; options stand in the configuration', async () => {
    const broker = await connectWith([adapter], {
      url: 'https://hook.example/a?timeoutMs=x&b=%20',
      timeoutMs: 5,
    })
    expect(opened.at(-1)).toEqual({
      scheme: 'https',
      address: 'hook.example',
      path: 'a',
      query: 'timeoutMs=x&b=%20',
      options: { timeoutMs: 5 },
    })
    await broker.close()
  })

  it('may hold no secret', async () => {
    expect(
      await rejectionOf(connectWith([adapter], 'https://hook.example/?access_token=s3cret')),
    ).toMatchObject({
      code: 'ERR_CONFIG',
      message: expect.not.stringContaining('s3cret'),
    })
  })
})
