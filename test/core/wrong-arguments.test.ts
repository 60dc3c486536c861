import { describe, expect, it } from '@jest/globals'
import { createBroker } from '../../adapters/core/create-broker.ts'
import { memory } from '../../adapters/memory/index.ts'
import { rejectionOf, thrownBy } from './events.ts'
import { fakeDriver } from './fake-driver.ts'
import { binding } from './recorded-runner.ts'

/** What a program without types can pass. */
const untyped = (text: string) => JSON.parse(text)
const nothing = untyped('{}').absent
const source = { topic: 'orders', group: 'billing' }
const handler = () => {}

describe('subscribe', () => {
  it.each([[nothing], [null], [5], ['text'], [{}]])('refuses %j for a handler', async (value) => {
    await using broker = memory()
    expect(thrownBy(() => broker.subscribe(source, value))).toMatchObject({
      code: 'ERR_CONFIG',
      message: expect.stringContaining('needs a handler'),
    })
  })

  it('refuses an unknown option that is near none and names those that there are', async () => {
    await using broker = memory()
    expect(thrownBy(() => broker.subscribe(source, handler, untyped('{"concurrency":1}')))).toMatchObject({
      code: 'ERR_CONFIG',
      message: expect.stringMatching(/unknown option.*"concurrency": use .*\bpolicy\b/),
    })
  })

  it.each([
    ['{"polcy":{}}', 'polcy', 'policy'],
    ['{"mddleware":[]}', 'mddleware', 'middleware'],
    ['{"middlewares":[]}', 'middlewares', 'middleware'],
  ])('refuses the unknown option of %s and names one that is meant', async (options, name) => {
    await using broker = memory()
    expect(thrownBy(() => broker.subscribe(source, handler, untyped(options)))).toMatchObject({
      code: 'ERR_CONFIG',
      message: expect.stringMatching(new RegExp(`unknown option.*"${name}": did you mean "\\w+"`)),
    })
  })

  it.each([
    ['{"polcy":{}}', 'policy'],
    ['{"middlewares":[]}', 'middleware'],
    ['{"observer":1}', 'observe'],
  ])('names the option that is nearest to that of %s', async (options, near) => {
    await using broker = memory()
    expect(() => broker.subscribe(source, handler, untyped(options))).toThrow(`did you mean "${near}"?`)
  })

  it('refuses an unknown key of a source, and names the nearest', async () => {
    await using broker = memory()
    const wrong = { ...source, star: 'latest' }
    for (const error of [
      thrownBy(() => broker.subscribe(wrong, handler)),
      await rejectionOf(broker.replay(wrong, 'earliest')),
    ]) {
      expect(error).toMatchObject({
        code: 'ERR_CONFIG',
        message: expect.stringContaining('"star": did you mean "start"?'),
      })
    }
  })

  it.each([[nothing], [null], [5], [''], [{}]])('refuses %j for a topic or a group', async (value) => {
    await using broker = memory()
    for (const [name, wrong] of [
      ['topic', { ...source, topic: value }],
      ['group', { ...source, group: value }],
    ] as const) {
      expect(thrownBy(() => broker.subscribe(wrong, handler))).toMatchObject({
        code: 'ERR_CONFIG',
        message: expect.stringContaining(`needs a ${name}`),
      })
    }
  })
})

describe('publish', () => {
  it.each([[nothing], [null], [5], ['text'], [[nothing]], [[null]]])(
    'refuses %j for an event',
    async (value) => {
      await using broker = memory()
      expect(await rejectionOf(broker.publish('orders', value))).toMatchObject({ code: 'ERR_INVALID_EVENT' })
    },
  )

  it.each([[nothing], [null], [5], ['']])('refuses %j for a topic', async (value) => {
    await using broker = memory()
    const message = { body: null, headers: {} }
    expect(await rejectionOf(broker.send(value, [message]))).toMatchObject({ code: 'ERR_CONFIG' })
  })
})

describe('a driver that declares a limit below one', () => {
  const maxBatch = { records: 10, bytes: 1_000 }
  it.each([
    ['maxBatch.records is 0', { maxBatch: { ...maxBatch, records: 0 } }],
    ['maxBatch.records is NaN', { maxBatch: { ...maxBatch, records: Number.NaN } }],
    ['maxBatch.bytes is 0.5', { maxBatch: { ...maxBatch, bytes: 0.5 } }],
    ['maxMessageBytes is -1', { maxMessageBytes: -1 }],
  ])('is refused, or every publish would hang: %s', (limit, capabilities) => {
    const driver = fakeDriver(capabilities)
    expect(thrownBy(() => createBroker({ name: 'fake', driver, binding }))).toMatchObject({
      code: 'ERR_CONFIG',
      adapter: 'fake',
      message: expect.stringContaining(limit),
    })
  })
})
