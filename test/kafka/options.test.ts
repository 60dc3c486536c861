import { describe, expect, it } from '@jest/globals'
import { connect } from '../../adapters/index.ts'
import { type KafkaOptions, kafka } from '../../adapters/kafka/index.ts'
import { settingsOf } from '../../adapters/kafka/options.ts'
import { checkSasl } from '../../adapters/kafka/sasl.ts'
import { patternOf } from '../../adapters/kafka/topics.ts'

describe('options of Kafka', () => {
  it('takes several brokers, with and without a port, by name, IPv4 and IPv6', () => {
    expect(settingsOf({ brokers: 'a,b:9093, 10.0.0.1 ,[::1],[::1]:9094' }).brokers).toEqual([
      'a:9092',
      'b:9093',
      '10.0.0.1:9092',
      '[::1]:9092',
      '[::1]:9094',
    ])
  })

  it.each<[string, KafkaOptions]>([
    ['brokers', {}],
    ['brokers', { brokers: [] }],
    ['brokers', { brokers: 'http://a:1' }],
    ['brokers', { brokers: 'a:b' }],
    ['brokers', { brokers: 'a,,b' }],
    ['clientId', { brokers: 'a', clientId: '' }],
    ['maxWaitMs', { brokers: 'a', maxWaitMs: 0 }],
    ['maxBytesPerPartition', { brokers: 'a', maxBytesPerPartition: 1.5 }],
    ['partitions', { brokers: 'a', partitions: Number.NaN }],
    ['heartbeatMs', { brokers: 'a', heartbeatMs: 5_000, sessionTimeoutMs: 5_000 }],
  ])('refuses a wrong %s: %j', async (name, options) => {
    await expect(kafka(options)).rejects.toMatchObject({
      code: 'ERR_CONFIG',
      message: expect.stringContaining(`"${name}"`),
    })
  })

  it.each(['yes', 1, null])('refuses what "ssl" cannot be: %j', async (ssl) => {
    await expect(connect({ url: 'kafka://a', ssl })).rejects.toMatchObject({
      code: 'ERR_CONFIG',
      message: '[kafka] option "ssl" is not valid: use true, false or the options of tls.connect',
    })
  })

  it('refuses by URL what is unknown, misspelt, no number, a path, or a secret', async () => {
    const refused = async (url: string, text: string) =>
      expect(connect(url)).rejects.toMatchObject({
        code: 'ERR_CONFIG',
        message: expect.stringContaining(text),
      })
    await refused('kafka://a?compresion=gzip', 'did you mean "compression"')
    await refused('kafka://a?compression=zip', '"compression"')
    await refused('kafka://a?maxWaitMs=soon', '"maxWaitMs"')
    await refused('kafka://a/orders', 'no path')
    await refused('kafka://', '"brokers"')
    await refused('kafka://user:word@a', 'credentials')
    await refused('kafka://a?password=x', 'secret')
  })

  it('opens by URL without a connection, and closes', async () => {
    const broker = await connect('kafka://127.0.0.1:1?clientId=test&mode=structured')
    expect(broker.name).toBe('kafka')
    await broker.close()
  })

  it.each<[string, unknown]>([
    ['option "sasl" is not valid', 'plain'],
    ['is not one of plain, scram-sha-256', { mechanism: 'gssapi' }],
    ['did you mean "scram-sha-512"', { mechanism: 'scramsha512' }],
    ['"password" of option "sasl" is not set', { mechanism: 'plain', username: 'ann', password: undefined }],
    ['"username" of option "sasl" is not set', { mechanism: 'SCRAM-SHA-256', username: '', password: 'x' }],
    ['a function that returns', { mechanism: 'oauthbearer', oauthBearerProvider: 'token' }],
  ])('refuses credentials that cannot work: %s', (words, sasl) => {
    expect(() => checkSasl(sasl)).toThrow(words)
  })

  it("takes a mechanism of kafkajs' own kind as it is", () => {
    expect(() => checkSasl({ mechanism: 'gssapi', authenticationProvider: () => {} })).not.toThrow()
  })

  it('names the client package that is missing', async () => {
    const load = () => Promise.reject(new Error("Cannot find package 'kafkajs'"))
    await expect(kafka({ brokers: 'a' }, undefined, { load })).rejects.toMatchObject({
      code: 'ERR_MISSING_CLIENT',
      message: expect.stringContaining('npm install kafkajs'),
    })
  })

  it('takes a topic between slashes for a regular expression', () => {
    expect(patternOf('orders')).toBeUndefined()
    expect(patternOf('/^orders\\./i')?.test('ORDERS.eu')).toBe(true)
    expect(patternOf('/a/g')?.flags).toBe('')
  })
})
