import { afterEach, describe, expect, jest, test } from '@jest/globals'
import { adapters } from '../../adapters/index.ts'
import {
  authentication,
  bindingOf,
  brokerOf,
  handlerOf,
  jsonLogger,
  partialResponses,
  withUrls,
} from '../../cli/entry/index.ts'

const config = {
  brokers: {
    plain: 'kafka://localhost:9092?strict=true&tombstones=false&clientId=x&mode=structured',
    written: { url: 'kafka://localhost:9092?sniff=false', sniff: true, strip: ['hop'], sasl: { secret: 1 } },
    own: 'memory://?retainCount=1',
  },
  functions: {},
}

afterEach(() => {
  delete process.env.WAYBILL_BROKER_PLAIN
  delete process.env.WAYBILL_BROKER_OWN
})

describe('the binding of a source', () => {
  test('has the options of its URL and settings that are about reading, and no others', () => {
    expect(bindingOf(config, 'plain')).toEqual({ mode: 'structured', strict: true })
    expect(bindingOf(config, 'plain', { tombstones: 'boolean' })).toEqual({
      mode: 'structured',
      strict: true,
      tombstones: false,
    })
    expect(bindingOf(config, 'written')).toEqual({ sniff: true, strip: ['hop'] })
  })

  test('is that of the URL in the environment, which has no options of another transport', () => {
    process.env.WAYBILL_BROKER_PLAIN = 'kinesis://eu-central-1?raw=reject'
    expect(bindingOf(config, 'plain')).toEqual({ raw: 'reject' })
  })
})

describe('a broker of an entry', () => {
  test('is opened once, when it is asked for', async () => {
    const open = brokerOf(config, 'own', adapters)
    await open.close()
    const [first, second] = await Promise.all([open(), open()])
    expect(first).toBe(second)
    expect(first.name).toBe('memory')
    await open.close()
    await expect(first.publish('t', [])).rejects.toMatchObject({ code: 'ERR_CLOSED' })
  })

  test('is asked for again after it could not be opened', async () => {
    process.env.WAYBILL_BROKER_OWN = 'memory://nowhere'
    const open = brokerOf(config, 'own', adapters)
    await expect(open()).rejects.toMatchObject({ code: 'ERR_CONFIG' })
    process.env.WAYBILL_BROKER_OWN = 'memory://'
    await open()
    await open.close()
  })

  test('has the URL that the build was given, and the options of the same transport', () => {
    const urls = { own: 'nats://n', written: 'kafka://other:9092' }
    expect(withUrls(config, urls).brokers).toEqual({
      plain: config.brokers.plain,
      written: { ...config.brokers.written, url: 'kafka://other:9092' },
      own: { url: 'nats://n' },
    })
  })

  test('cannot be one that the bundle does not hold', async () => {
    process.env.WAYBILL_BROKER_OWN = 'nats://localhost'
    const memoryOnly = adapters.filter(({ schemes }) => schemes.includes('memory'))
    await expect(brokerOf(config, 'own', memoryOnly)()).rejects.toThrow(
      /unknown scheme "nats:\/\/".*use one of memory:\/\//,
    )
  })
})

describe('the handler of a module', () => {
  const handler = () => {}

  test('is its handler, or what createHandler makes of the options', async () => {
    expect(await handlerOf({ handler, createHandler: undefined }, undefined)).toBe(handler)
    expect(await handlerOf({ handler: undefined, createHandler: async () => handler }, undefined)).toBe(
      handler,
    )
    const createHandler = jest.fn(() => handler)
    expect(await handlerOf({ handler: () => {}, createHandler }, { a: 1 })).toBe(handler)
    expect(createHandler.mock.calls).toEqual([[{ a: 1 }]])
  })

  test('is refused where there is none', async () => {
    await expect(handlerOf({ handler }, {})).rejects.toThrow(/exports no handler/)
    await expect(handlerOf({ createHandler: () => 5 }, {})).rejects.toThrow(
      /createHandler returned no function/,
    )
  })
})

describe('the environment of an entry', () => {
  test('says who may push', () => {
    const [account, audience] = ['push@project.iam.gserviceaccount.com', 'https://service.example']
    const both = { WAYBILL_PUSH_ACCOUNT: account, WAYBILL_PUSH_AUDIENCE: audience, K_SERVICE: 's' }
    expect(authentication(undefined, both)).toEqual({ serviceAccount: account, audience })
    expect(authentication('platform', both)).toEqual({ serviceAccount: account, audience })
    expect(authentication('platform', { K_SERVICE: 's' })).toBe('platform')
    expect(authentication(undefined, { WAYBILL_PUSH_AUTHENTICATION: 'platform', K_SERVICE: 's' })).toBe(
      'platform',
    )
    expect(authentication(undefined, { WAYBILL_PUSH_AUTHENTICATION: 'none' })).toBe('none')
    expect(authentication(undefined, {})).toBe('none')
  })

  test.each([
    [{ K_SERVICE: 's' }, /anybody could send events/],
    [{ WAYBILL_PUSH_ACCOUNT: 'a@b' }, /go together/],
    [
      { WAYBILL_PUSH_ACCOUNT: 'a@b', WAYBILL_PUSH_AUDIENCE: 'c', WAYBILL_PUSH_AUTHENTICATION: 'none' },
      /go together/,
    ],
    [{ WAYBILL_PUSH_AUTHENTICATION: 'some' }, /is "some": use platform or none/],
  ])('is refused as %j', (env, message) => {
    expect(() => authentication(undefined, env)).toThrow(message)
  })

  test('says whether partial responses are taken', () => {
    expect([
      partialResponses(undefined, {}),
      partialResponses(undefined, { WAYBILL_PARTIAL_RESPONSES: 'false' }),
    ]).toEqual([true, false])
    expect([
      partialResponses(false, {}),
      partialResponses(false, { WAYBILL_PARTIAL_RESPONSES: 'true' }),
    ]).toEqual([false, true])
  })
})

describe('the logger of an entry', () => {
  test('writes one JSON object a line, by level', () => {
    const written: string[] = []
    const spies = (['info', 'error', 'debug'] as const).map((level) =>
      jest.spyOn(console, level).mockImplementation((line: string) => void written.push(`${level} ${line}`)),
    )
    const logger = jsonLogger('total')
    logger.info({ id: 'A' }, 'seen')
    logger.error({}, 'gone')
    logger.debug({}, 'quiet')
    for (const spy of spies) spy.mockRestore()
    expect(written.map((line) => line.replace(/"time":"[^"]+Z"/, '"time":"…"'))).toEqual([
      'info {"level":"info","severity":"INFO","time":"…","function":"total","message":"seen","id":"A"}',
      'error {"level":"error","severity":"ERROR","time":"…","function":"total","message":"gone"}',
    ])
  })
})
