import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createEvent, PublishError } from '../../adapters/core/index.ts'
import { Deliveries } from '../../adapters/kinesis/deliveries.ts'
import { kinesis } from '../../adapters/kinesis/index.ts'
import { settingsOf } from '../../adapters/kinesis/options.ts'
import { aggregated } from './aggregation-encoder.ts'

const event = createEvent({ type: 'n', source: '/n', id: '1' })
const nowhere = 'http://127.0.0.1:1'

describe('without credentials', () => {
  const before = { ...process.env }
  beforeEach(() => {
    for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name]
    const none = {
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/none',
      AWS_SHARED_CREDENTIALS_FILE: '/none',
    }
    Object.assign(process.env, none)
  })
  afterEach(() => {
    for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name]
    Object.assign(process.env, before)
  })

  it('publishing and reading say that there are none, and where they are looked for; nothing was refused', async () => {
    await using broker = await kinesis({ region: 'us-east-1', endpoint: nowhere, leases: 'memory' })
    const told = {
      code: 'ERR_CONFIG',
      message: expect.stringMatching(
        /"orders".* there are no credentials .*AWS_ACCESS_KEY_ID.*AWS_PROFILE.* role/,
      ),
    }
    const publishing = broker.publish('orders', event).catch((error: unknown) => error)
    const refusal = await publishing
    expect(refusal instanceof PublishError ? refusal.failures[0]?.error : refusal).toMatchObject(told)
    const reading = broker.subscribe({ topic: 'orders', group: 'g' }, () => {}).done
    await expect(reading).rejects.toMatchObject(told)
  }, 20_000)
})

describe('options that depend on each other', () => {
  it('are right where one is given alone: a short lease is renewed in time', () => {
    expect(settingsOf({ leaseMs: 3_000 }).renewMs).toBe(1_000)
    expect(settingsOf({ leaseMs: 60_000 }).renewMs).toBe(2_000)
    expect(() => settingsOf({ leaseMs: 3_000, renewMs: 1_001 })).toThrow(
      /"renewMs" .*a third of leaseMs \(3000\)/,
    )
  })
})

describe('a record that begins as aggregated records do and is damaged', () => {
  it('is delivered as data, and the log says which and why, once a read', () => {
    const [warnings, sequences] = [[] as unknown[], ['7', '8', '9']]
    const Data = aggregated([{ data: Uint8Array.of(1), partitionKey: 'k' }])
    const damaged = Uint8Array.from(Data)
    damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1
    const datas = [Data, damaged, damaged]
    const records = sequences.map((SequenceNumber, n) => ({
      SequenceNumber,
      PartitionKey: 'p',
      Data: datas[n],
    }))
    const deliveries = new Deliveries(
      { records, behindMs: 0, isEnd: true },
      {
        topic: 'orders',
        shard: 's',
        from: { kind: 'earliest' },
        signal: new AbortController().signal,
        logger: { debug() {}, info() {}, error() {}, warn: (...said) => warnings.push(said) },
      },
    )
    expect(deliveries.first(9).map(({ position, message: { key } }) => [position, key])).toEqual([
      ['7#0', 'k'],
      ['8', 'p'],
      ['9', 'p'],
    ])
    expect(warnings).toEqual([
      [
        { topic: 'orders', shard: 's', position: '8' },
        expect.stringMatching(/^\[kinesis\] .*aggregated.*checksum.*delivered as data.*producer/),
      ],
    ])
  })
})
