import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { crc32c } from '../../adapters/kafka/crc32c.ts'
import type { SentRecord } from '../../adapters/kafka/message.ts'
import { writeProduces } from '../../adapters/kafka/produce-request.ts'
import { checksum, encodeWith, produceBytes, produceCreation } from './kafkajs-wire.ts'

const noHeaders = {}

function record(parts: Partial<SentRecord>): SentRecord {
  return { key: null, value: Buffer.from('{}'), headers: noHeaders, ...parts }
}

function asked(messages: readonly SentRecord[], more: object = {}): object {
  return {
    acks: -1,
    timeout: 30_000,
    compression: 0,
    producerId: '7',
    producerEpoch: 3,
    topicData: [
      {
        topic: 'orders',
        partitions: [
          { partition: '0', firstSequence: 41, messages },
          { partition: '3', firstSequence: 0, messages: [record({ key: 'k' })] },
        ],
      },
    ],
    ...more,
  }
}

async function written(request: object): Promise<Buffer> {
  return encodeWith(writeProduces(() => produceCreation(request), request))
}

describe('what is produced', () => {
  beforeEach(() => {
    jest.spyOn(Date, 'now').mockReturnValue(1_769_860_800_123)
  })
  afterEach(() => {
    jest.restoreAllMocks()
  })

  const lengths = [0, 1, 62, 63, 64, 65, 127, 128, 8_000, 8_191, 8_192, 20_000, 1_100_000]
  const records: readonly (readonly [string, SentRecord])[] = [
    ['a record with nothing', record({ value: null })],
    ['a key of text', record({ key: 'customer-1' })],
    ['a key of bytes', record({ key: Buffer.from([0, 255, 128]) })],
    ['an empty key and an empty value', record({ key: '', value: Buffer.alloc(0) })],
    ['headers', record({ headers: { ce_id: '1', ce_source: '/a', 'content-type': 'application/json' } })],
    ['a header without text', record({ headers: { ce_subject: '' } })],
    ['other characters than ASCII', record({ key: 'grün', headers: { ce_ü: '日本', ce_x: '😀' } })],
    ['a lone surrogate', record({ headers: { ce_x: 'a\ud800b' } })],
    [
      'repeated headers, as bytes too',
      record({ headers: { a: ['1', Buffer.from([255]), 'ü'], b: Buffer.from('2') } }),
    ],
    ...lengths.map((length): readonly [string, SentRecord] => [
      `a value of ${length} bytes`,
      record({ value: Buffer.alloc(length, 'v') }),
    ]),
    ...lengths
      .slice(0, 8)
      .map((length): readonly [string, SentRecord] => [
        `a header of ${length} characters, ASCII or not`,
        record({ headers: { a: 'v'.repeat(length), b: 'ü'.repeat(length) } }),
      ]),
    [
      'many headers',
      record({
        headers: Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`h${i}`, 'x'.repeat(i)])),
      }),
    ],
  ]

  it.each(records)('is the bytes that kafkajs would write: %s', async (_, one) => {
    const request = asked([one, record({ key: 'a' }), one])
    expect((await written(request)).equals(await produceBytes(request))).toBe(true)
  })

  it('is the bytes that kafkajs would write: thousands of records, and a producer without numbers', async () => {
    const many = Array.from({ length: 3_000 }, (_, i) =>
      record({ key: `k${i}`, headers: { ce_id: `id-${i}` } }),
    )
    const request = asked(many, { producerId: -1n, producerEpoch: 0 })
    expect((await written(request)).equals(await produceBytes(request))).toBe(true)
  })

  it.each([
    ['compressed', { compression: 1 }],
    ['in a transaction', { transactionalId: 'orders' }],
  ])('is left to kafkajs: %s', (_, more) => {
    const request = asked([record({})], more)
    const creation = produceCreation(request)
    expect(writeProduces(() => creation, request)).toBe(creation)
  })

  it('is left to kafkajs in a version that is not known', () => {
    const request = asked([record({})])
    const creation = { request: { apiVersion: 8 }, response: {} }
    expect(writeProduces(() => creation, request)).toBe(creation)
  })
})

describe('the checksum', () => {
  it('is CRC-32C (the vectors of RFC 3720, B.4)', () => {
    const rising = Uint8Array.from({ length: 32 }, (_, i) => i)
    expect(crc32c(new Uint8Array(32), 0, 32).toString(16)).toBe('8a9136aa')
    expect(crc32c(new Uint8Array(32).fill(255), 0, 32).toString(16)).toBe('62a8ab43')
    expect(crc32c(rising, 0, 32).toString(16)).toBe('46dd794e')
  })

  it.each([0, 1, 7, 8, 9, 15, 16, 17, 1_001])('is that of kafkajs for %i bytes', (length) => {
    const bytes = Buffer.from(Array.from({ length: length + 5 }, (_, i) => (i * 131 + 17) & 255))
    expect(crc32c(bytes, 5, 5 + length)).toBe(checksum(bytes.subarray(5)))
  })
})
