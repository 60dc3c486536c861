import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import {
  type Adapter,
  type BrokerConfig,
  connectWith,
  redactUrl,
  type Target,
} from '../../adapters/core/connect.ts'
import { connect } from '../../adapters/index.ts'
import { memory } from '../../adapters/memory/index.ts'
import { rejectionOf } from './events.ts'

const opened: Target[] = []
const adapter: Adapter = {
  schemes: ['kafka', 'kafkas'],
  parameters: { clientId: 'string', acks: 'number', tls: 'boolean', tokenEnv: 'string' },
  options: ['client', 'ssl'],
  open(target) {
    opened.push(target)
    return memory()
  },
}
const bare: Adapter = { schemes: ['nats'], parameters: {}, options: [], open: () => memory() }

async function targetOf(config: string | BrokerConfig): Promise<Target | undefined> {
  await (await connectWith([adapter, bare], config)).close()
  return opened.at(-1)
}

async function refusalOf(config: string | BrokerConfig): Promise<unknown> {
  const error = await rejectionOf(connectWith([adapter, bare], config))
  expect(error).toMatchObject({ code: 'ERR_CONFIG' })
  return Reflect.get(Object(error), 'message')
}

describe('a broker URL', () => {
  it.each([
    ['kafka://a:9092', { scheme: 'kafka', address: 'a:9092', path: '', options: {} }],
    ['kafka://a:9092,b:9092/x/y', { scheme: 'kafka', address: 'a:9092,b:9092', path: 'x/y', options: {} }],
    ['KAFKAS://[::1]:9092/', { scheme: 'kafkas', address: '[::1]:9092', path: '', options: {} }],
    ['kafka://', { scheme: 'kafka', address: '', path: '', options: {} }],
    ['kafka://a?clientId=x%20y&acks=-1&tls=true', { options: { clientId: 'x y', acks: -1, tls: true } }],
    ['kafka://a?tls=false&clientId=', { options: { tls: false, clientId: '' } }],
    ['kafka://a?', { address: 'a', options: {} }],
  ])('%s is read part by part', async (url, target) => {
    expect(await targetOf(url)).toMatchObject(target)
  })

  it('and options together are what the adapter gets; an option wins over a parameter', async () => {
    const client = {}
    const target = await targetOf({ url: 'kafka://a?acks=1&tls=true', acks: 0, client, ssl: undefined })
    expect(target?.options).toEqual({ acks: 0, tls: true, client, ssl: undefined })
  })

  it.each([
    [
      'kafak://a',
      'unknown scheme "kafak://" in kafak://a: did you mean "kafka://"? Known: kafka://, kafkas://, nats://',
    ],
    ['redis://a', 'unknown scheme "redis://" in redis://a: use one of kafka://, kafkas://, nats://'],
    [
      'kafka:a',
      'the broker is no URL (not shown: it may be secret): use scheme://address, such as memory://',
    ],
    ['', 'the broker is no URL (not shown: it may be secret): use scheme://address, such as memory://'],
    [
      'localhost:9092',
      'the broker is no URL (not shown: it may be secret): use scheme://address, such as memory://',
    ],
    ['://a', 'the broker is no URL (not shown: it may be secret): use scheme://address, such as memory://'],
    ['kafka://a?clientID=x', 'unknown URL parameter "clientID" of kafka://: did you mean "clientId"?'],
    ['kafka://a?ack=1', 'unknown URL parameter "ack" of kafka://: did you mean "acks"?'],
    ['nats://a?acks=1', 'unknown URL parameter "acks" of nats://: there are none'],
    ['kafka://a?acks=1&acks=2', 'URL parameter "acks" of kafka:// is given twice: give it once'],
    ['kafka://a?acks=all', 'URL parameter "acks" is not a number: use digits'],
    ['kafka://a?acks=', 'URL parameter "acks" is not a number: use digits'],
    ['kafka://a?acks=Infinity', 'URL parameter "acks" is not a number: use digits'],
    ['kafka://a?tls=yes', 'URL parameter "tls" is not a boolean: use true or false'],
    [
      'kafka://u:hunter2@a',
      'the URL kafka://*** holds credentials: give them as options or by the environment',
    ],
    ['kafka://u@a', 'the URL kafka://*** holds credentials: give them as options or by the environment'],
    [
      'kafka://a?password=hunter2',
      'URL parameter "password" of kafka:// looks like a secret: give it by the environment; its value is not shown',
    ],
    [
      'kafka://a?api_key=hunter2',
      'URL parameter "api_key" of kafka:// looks like a secret: give it by the environment; its value is not shown',
    ],
  ])('%s is refused', async (url, message) => {
    expect(await refusalOf(url)).toBe(`[waybill] ${message}`)
  })

  it('with a fragment is refused', async () => {
    expect(await refusalOf('kafka://a#x')).toMatch(/has a fragment \(#…\): remove it$/)
  })

  it.each<[BrokerConfig, string]>([
    [{ url: 'kafka://a', acks: '1' }, 'option "acks" of kafka:// is a string: use a number'],
    [{ url: 'kafka://a', tls: 1 }, 'option "tls" of kafka:// is a number: use a boolean'],
    [{ url: 'kafka://a', clinet: {} }, 'unknown option "clinet" of kafka://: did you mean "client"?'],
    [{ url: 'nats://a', client: {} }, 'unknown option "client" of nats://: there are none'],
    [{ url: 'kafka://a', tokenenv: 'T' }, 'unknown option "tokenenv" of kafka://: did you mean "tokenEnv"?'],
    [
      { url: 'kafka://a', token_env: 'T' },
      'unknown option "token_env" of kafka://: did you mean "tokenEnv"?',
    ],
    [
      { url: 'kafka://a', token: 'hunter2' },
      'option "token" of kafka:// looks like a secret: give it by the environment; its value is not shown',
    ],
    [
      { url: 'kafka://a', saslPassword: 'hunter2' },
      'option "saslPassword" of kafka:// looks like a secret: give it by the environment; its value is not shown',
    ],
  ])('with the wrong option is refused: %j', async (config, message) => {
    expect(await refusalOf(config)).toBe(`[waybill] ${message}`)
  })

  it('takes no name for known that every object has', async () => {
    for (const name of ['constructor', 'toString', '__proto__'])
      expect(await refusalOf(`kafka://a?${name}=1`)).toMatch(/^\[waybill\] unknown URL parameter/)
  })

  it.each([
    ['kafka://a:1,b:2/p?x=hunter2&y=hunter2&z', 'kafka://a:1,b:2/p?x=…&y=…&…'],
    ['kafka://a:1/p', 'kafka://a:1/p'],
    ['kafka://a#hunter2', 'kafka://a#…'],
    ['kafka://u:hunter2@a/p?x=1', 'kafka://***'],
    ['u:hunter2@a', '***'],
  ])('%s may be shown as %s', (url, shown) => {
    expect(redactUrl(url)).toBe(shown)
  })
})

describe('a secret', () => {
  const arbSecret = fc
    .string({ unit: fc.constantFrom(...'abcXYZ0123456789%+=~!*.-_:$/?#@&'), minLength: 8, maxLength: 20 })
    .map((text) => `s3cr3t${text}`)

  it('never stands in a message, wherever in a URL it was put', async () => {
    const arbScheme = fc.constantFrom('kafka', 'nats', 'kafak', 'memory', 'https')
    const arbUrl = fc.oneof(
      fc
        .tuple(arbScheme, arbSecret)
        .map(([scheme, secret]) => [`${scheme}://user:${secret}@host/x?acks=1`, secret]),
      fc.tuple(arbScheme, arbSecret).map(([scheme, secret]) => [`${scheme}://${secret}@host`, secret]),
      fc
        .tuple(
          arbScheme,
          fc.constantFrom('password', 'acks', 'tls', 'token', 'x', 'sasl.password'),
          arbSecret,
        )
        .map(([scheme, name, secret]) => [
          `${scheme}://host?${name}=${encodeURIComponent(secret)}&y=1`,
          secret,
        ]),
      fc.tuple(arbScheme, arbSecret).map(([scheme, secret]) => [`${scheme}:u:${secret}@host`, secret]),
      arbSecret.map((secret) => [`u:${secret}@host:9092`, secret]),
      arbSecret.map((secret) => [`kafka://host?x=1#${secret}`, secret]),
      fc
        .tuple(arbScheme, arbSecret)
        .map(([scheme, secret]) => [`${scheme}://a:${secret}@b:${secret}@host?x=${secret}`, secret]),
    )
    await fc.assert(
      fc.asyncProperty(arbUrl, async ([url = '', secret = '']) => {
        const message = await refusalOf(url)
        expect(message).not.toContain('s3cr3t')
        expect(message).not.toContain(secret)
      }),
    )
  })

  it('never stands in a message when it was given as an option', async () => {
    const arbName = fc.constantFrom('password', 'acks', 'tls', 'secretAccessKey', 'clinet', 'x')
    await fc.assert(
      fc.asyncProperty(arbName, arbSecret, async (name, secret) => {
        expect(await refusalOf({ url: 'kafka://a', [name]: secret })).not.toContain(secret)
      }),
    )
  })
})

describe('connect', () => {
  it('opens the memory broker with its parameters', async () => {
    const broker = await connect('memory://?redelivery=runner&maxMessageBytes=500')
    expect([broker.name, broker.capabilities.redelivery, broker.capabilities.maxMessageBytes]).toEqual([
      'memory',
      'runner',
      500,
    ])
    await broker.close()
  })

  it.each([
    ['memory://?redelivery=never', '[memory] "redelivery" is "never": use broker or runner'],
    ['memory://?capacity=0', '[memory] "capacity" is 0: use 1 or more'],
    ['memory://?retainCount=-1', '[memory] "retainCount" is -1: use 0 or more'],
    ['memory://?maxMessageBytes=0', '[memory] "maxMessageBytes" is 0: use 1 or more'],
    [
      'memory://?createTopics=1',
      '[waybill] URL parameter "createTopics" is not a boolean: use true or false',
    ],
    ['memory://?retain=1', '[waybill] unknown URL parameter "retain" of memory://: did you mean "retainMs"?'],
  ])('refuses %s', async (url, message) => {
    expect(await rejectionOf(connect(url))).toMatchObject({ code: 'ERR_CONFIG', message })
  })
})
