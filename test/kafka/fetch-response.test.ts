import { gzipSync } from 'node:zlib'
import { describe, expect, it } from '@jest/globals'
import { fetchOf, readFetches } from '../../adapters/kafka/fetch-response.ts'
import { FetchedRecord } from '../../adapters/kafka/fetched-record.ts'
import { messageOfRecord, type SentRecord } from '../../adapters/kafka/message.ts'
import { batchBound, writeBatch } from '../../adapters/kafka/record-batch.ts'
import { WireWriter } from '../../adapters/kafka/wire-writer.ts'
import { decodeWith, fetchCreation } from './kafkajs-wire.ts'

const sequence = { producerId: 7n, producerEpoch: 1, first: 0 }
const time = 1_769_860_800_123n

interface BatchChange {
  readonly offset?: bigint
  readonly attributes?: number
}

/** One batch as it lies in the log. */
function batch(records: readonly SentRecord[], { offset = 0n, attributes = 0 }: BatchChange = {}): Buffer {
  const writer = new WireWriter(batchBound(records))
  writeBatch(writer, records, time, sequence)
  const bytes = Buffer.from(writer.written)
  bytes.writeBigInt64BE(offset, 0)
  bytes.writeInt16BE(attributes, 21)
  // Later than the first, so that a reader shows which it takes.
  bytes.writeBigInt64BE(time + 5n, 35)
  return bytes
}

/** A response of version 11 with one partition, and an empty one. */
function response(...batches: readonly Buffer[]): Buffer {
  const log = Buffer.concat(batches)
  const writer = new WireWriter(log.length + 1_000)
  writer.int32(0)
  writer.int16(0)
  writer.int32(0)
  writer.int32(1)
  writer.text('orders')
  writer.int32(2)
  partition(writer, 0, log)
  partition(writer, 1, Buffer.alloc(0))
  return Buffer.from(writer.written)
}

function partition(writer: WireWriter, id: number, log: Buffer): void {
  writer.int32(id)
  writer.int16(0)
  writer.int64(100n)
  writer.int64(99n)
  writer.int64(1n)
  writer.int32(1)
  writer.int64(7n)
  writer.int64(2n)
  writer.int32(-1)
  writer.int32(log.length)
  writer.at += log.copy(writer.bytes, writer.at)
}

function record(parts: Partial<SentRecord>): SentRecord {
  return { key: null, value: Buffer.from('{}'), headers: {}, ...parts }
}

/** Everything of a record that somebody may look at. */
function shown(records: readonly unknown[]): readonly unknown[] {
  return records.map((each) => {
    if (typeof each !== 'object' || each === null) return each
    const names = [
      'magicByte',
      'attributes',
      'timestamp',
      'offset',
      'key',
      'value',
      'headers',
      'isControlRecord',
      'batchContext',
    ]
    return Object.fromEntries(names.map((name) => [name, Reflect.get(each, name)]))
  })
}

/** Plain objects in the place of records, at any depth. */
function comparable(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (name, each: unknown) =>
      name === 'messages' && Array.isArray(each) ? shown(each) : each,
    ),
  )
}

function recordsIn(payload: Buffer): readonly FetchedRecord[] {
  return fetchOf(payload)?.responses[0]?.partitions[0]?.messages ?? []
}

const usual = record({
  key: 'customer-1',
  headers: { ce_specversion: '1.0', ce_id: 'a-1', ce_source: '/orders', 'content-type': 'application/json' },
})
const samples: readonly (readonly [string, readonly SentRecord[]])[] = [
  ['usual records', [usual, usual, record({ ...usual, headers: { ...usual.headers, ce_id: 'a-2' } })]],
  ['no key, no value', [record({ value: null })]],
  ['empty key, empty value, empty header', [record({ key: '', value: Buffer.alloc(0), headers: { a: '' } })]],
  [
    'other characters than ASCII',
    [record({ key: 'ü', headers: { ü: '日本', x: '😀' } }), record({ headers: { ü: '日木', x: 'Ã©' } })],
  ],
  ['U+FFFD that was sent', [record({ key: '\ufffd', headers: { a: 'x\ufffd' } })]],
  [
    'bytes that are not UTF-8',
    [record({ key: Buffer.from([255, 0]), headers: { a: Buffer.from([255]), b: '1' } })],
  ],
  ['repeated headers', [record({ headers: { a: ['1', '2', Buffer.from([254])], b: '3' } })]],
  [
    'headers that change place, and come and go',
    [usual, record({ headers: { b: '1', a: '2' } }), record({}), usual],
  ],
  [
    'headers whose names change, are numbers, or are repeated in the place of others',
    [
      record({ headers: { aa: '1', b: '2' } }),
      record({ headers: { ab: '1', b: '2' } }),
      record({ headers: { b: ['1', '2'] } }),
      record({ headers: { 10: 'x', 9: 'y' } }),
      record({ headers: { 10: 'x', 9: 'z' } }),
    ],
  ],
  ['long values', [record({ value: Buffer.alloc(9_000, 'x'), headers: { a: 'y'.repeat(500) } })]],
]

/** kafkajs gives the first of these with a function before its value. */
const inherited = [
  record({ headers: { constructor: 'c', toString: 't' } }),
  record({ headers: { ['__proto__']: 'p', a: '1' } }),
]

describe('a fetch', () => {
  it.each(samples)('is read as kafkajs reads it: %s', async (_, records) => {
    const payload = response(batch(records, { offset: 5n }), batch(records, { offset: 90n }))
    expect(comparable(fetchOf(payload))).toEqual(comparable(await decodeWith(fetchCreation(), payload)))
  })

  it.each([
    ['a time given by the broker', { attributes: 8 }],
    ['a transaction', { attributes: 16 }],
    ['a marker of a transaction', { attributes: 48 }],
    ['offsets beyond 2^53', { offset: 2n ** 62n }],
  ])('is read as kafkajs reads it: %s', async (_, change) => {
    const payload = response(batch([usual, usual], change))
    expect(recordsIn(payload)).toHaveLength(2)
    expect(comparable(fetchOf(payload))).toEqual(comparable(await decodeWith(fetchCreation(), payload)))
  })

  it.each([...samples, ['names that objects inherit', inherited] as const])(
    'has the messages that its records have: %s',
    (_, records) => {
      const found = recordsIn(response(batch([...records, ...records])))
      expect(found).toHaveLength(2 * records.length)
      for (const each of found) expect(each.message()).toEqual(messageOfRecord(each))
    },
  )

  it('has its messages in any order, and again', () => {
    const many = Array.from({ length: 50 }, (_, i) =>
      record({ key: `k${i % 3}`, headers: { a: `${i}`, b: 'same' } }),
    )
    const found = recordsIn(response(batch(many)))
    for (const at of [49, 0, 20, 20, 7]) {
      expect(found[at]?.message().headers).toEqual({ a: `${at}`, b: 'same' })
      expect(found[at]?.message().key).toBe(`k${at % 3}`)
    }
  })

  it('leaves a header without a value out', () => {
    const bytes = batch([record({ headers: { a: '', b: '1' } })])
    // The length of the empty value becomes that of none, -1.
    bytes[bytes.indexOf('a') + 1] = 1
    const [found] = recordsIn(response(bytes))
    expect(found?.message()).toEqual({ body: Buffer.from('{}'), headers: { b: '1' }, key: undefined })
  })

  it.each([
    ['a value is longer than the record', 'v', 40],
    ['a value is shorter', 'v', 0],
    ['a name is longer', 'name', 40],
  ])('has the message of its record where %s', (_, before, length) => {
    const bytes = batch([record({ headers: { name: 'v' } }), record({ headers: { name: 'v' } })])
    bytes[bytes.lastIndexOf(before) - 1] = length
    bytes[bytes.indexOf(before) - 1] = length
    for (const each of recordsIn(response(bytes))) expect(each.message()).toEqual(messageOfRecord(each))
  })

  it('ends before a batch that is cut off', () => {
    const whole = batch([usual])
    for (const cut of [10, 40, whole.length - 1])
      expect(recordsIn(response(whole, whole.subarray(0, cut)))).toHaveLength(1)
  })

  it('is left to kafkajs where it is compressed', async () => {
    const plain = batch([usual])
    const head = Buffer.from(plain.subarray(0, 61))
    const packed = gzipSync(plain.subarray(61))
    head.writeInt16BE(1, 21)
    head.writeInt32BE(49 + packed.length, 8)
    const payload = response(Buffer.concat([head, packed]))
    expect(fetchOf(payload)).toBeUndefined()
    const own = readFetches(fetchCreation, {})
    expect(await decodeWith(own, payload)).toEqual(await decodeWith(fetchCreation(), payload))
  })

  it('is read here where it is plain', async () => {
    const decoded = await decodeWith(readFetches(fetchCreation, {}), response(batch([usual])))
    expect(decoded).toMatchObject({
      responses: [{ partitions: [{ messages: [expect.any(FetchedRecord)] }, {}] }],
    })
  })

  it('is left to kafkajs in a version that is not known', () => {
    const creation = { ...fetchCreation(), request: { apiVersion: 12 } }
    expect(readFetches(() => creation, {})).toBe(creation)
  })
})
