import { describe, expect, it } from '@jest/globals'
import { idOf } from '../../../infra/aws/names.ts'
import { appOf } from './deployed.ts'

const alike = ['orders-new', 'orders.new', 'orders_new', 'Orders-New', 'ordersNew', 'orders-1', 'orders1']

describe('ids of constructs', () => {
  it('are never the same for two names', () => {
    expect(new Set(alike.map(idOf)).size).toBe(alike.length)
    expect(idOf('extract-subset')).toBe('ExtractSubset')
  })

  it.each(['kinesis', 'kafka', 'nats'] as const)(
    'let functions and topics on %s be called as they like',
    (platform) => {
      const names = [
        'login',
        'credentials',
        'workers',
        'outgoing',
        'key',
        'network',
        'addresses',
        'functions',
      ]
      const own = alike.filter((name) => !name.includes('.'))
      const functions = [...names, ...own].map((name, at) => [
        name,
        { handler: './handler.ts', source: { topic: alike[at % alike.length], group: name } },
      ])
      const infra = {
        kinesis: { keyArn: 'arn:aws:kms:eu-central-1:123456789012:key/12345678-90ab-cdef-1234-567890abcdef' },
        nats: { credentialsArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:nats-abc123' },
      }
      const config = {
        brokers: { main: 'memory://' },
        functions: {
          ...Object.fromEntries(functions),
          publishing: { handler: './handler.ts', source: { topic: 'numbers' }, sink: 'orders' },
        },
        infra,
      }
      expect(() => appOf(platform, config)).not.toThrow()
    },
  )
})
