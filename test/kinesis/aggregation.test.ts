import { describe, expect, it } from '@jest/globals'
import { deaggregate, isAggregated } from '../../adapters/kinesis/aggregation.ts'
import { aggregated, bytes, key, magic, number, sealed, varint } from './aggregation-encoder.ts'

const encoder = new TextEncoder()
const text = (data: Uint8Array) => Buffer.from(data).toString('latin1')
const fromHex = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'))

/** The user record of a record's fields in an aggregated record with the partition keys p0 and p1 and the hash key 7. */
function userRecordOf(...fields: readonly Uint8Array[]) {
  return deaggregate(sealed(bytes(1, 'p0'), bytes(1, 'p1'), bytes(2, '7'), bytes(3, ...fields)))
}

const plainRecord = [number(1, 0), bytes(3, 'x')]
const x = { data: encoder.encode('x'), partitionKey: 'p0', subSequenceNumber: 0 }

describe('an aggregated record', () => {
  // Key tables "a", "b" and "77"; three records: hello (a, 77), world (b), x (a).
  const whole = fromHex(
    'f3899ac2 0a0161 0a0162 12023737 1a0b080010001a0568656c6c6f 1a0908011a05776f726c64 1a0508001a0178' +
      'b8467891a31f65d58b06498028de7c23',
  )

  it('gives its user records in order, each with its own keys', () => {
    expect(deaggregate(whole)).toEqual([
      { data: encoder.encode('hello'), partitionKey: 'a', explicitHashKey: '77', subSequenceNumber: 0 },
      { data: encoder.encode('world'), partitionKey: 'b', subSequenceNumber: 1 },
      { data: encoder.encode('x'), partitionKey: 'a', subSequenceNumber: 2 },
    ])
  })

  it('gives views of its bytes, not copies', () => {
    const wider = new Uint8Array(whole.length + 9)
    wider.set(whole, 5)
    const userRecords = deaggregate(wider.subarray(5, 5 + whole.length)) ?? []
    expect(userRecords.map(({ data }) => text(data))).toEqual(['hello', 'world', 'x'])
    expect(userRecords.every(({ data }) => data.buffer === wider.buffer)).toBe(true)
  })

  it('reads a Buffer as any bytes', () => {
    expect(deaggregate(Buffer.from(whole))?.map(({ data }) => text(data))).toEqual(['hello', 'world', 'x'])
  })

  it('has no explicit hash key where the producer gave none, although the table has one: aws-kinesis-agg takes index 0', () => {
    expect(userRecordOf(...plainRecord)).toStrictEqual([x])
  })

  it('reads the tags of a record', () => {
    const tags = [{ key: 'k', value: 'v' }, { key: 'none' }, { key: '__proto__', value: '' }]
    const data = encoder.encode('x')
    expect(deaggregate(aggregated([{ data, partitionKey: 'p0', tags }]))).toStrictEqual([{ ...x, tags }])
    expect({}).not.toHaveProperty('k')
  })

  it('may hold no user record', () => {
    expect(deaggregate(sealed(bytes(1, 'key')))).toEqual([])
  })

  it('reads keys as UTF-8, a byte order mark kept and what is no UTF-8 as U+FFFD', () => {
    const keys = [encoder.encode('\ufeffschlüssel 🚚'), Uint8Array.of(0x61, 0xc0, 0x62), new Uint8Array()]
    const message = keys.flatMap((content, index) => [
      bytes(1, content),
      bytes(3, number(1, index), bytes(3, '')),
    ])
    expect(deaggregate(sealed(...message))?.map(({ partitionKey }) => partitionKey)).toEqual([
      '\ufeffschlüssel 🚚',
      'a\ufffdb',
      '',
    ])
  })

  it('gives every one of many thousand records its number', () => {
    const data = encoder.encode('x')
    const many = Array.from({ length: 20_000 }, (_, index) => ({ data, partitionKey: `p${index % 300}` }))
    expect(deaggregate(aggregated(many))).toEqual(
      many.map((userRecord, subSequenceNumber) => ({ ...userRecord, subSequenceNumber })),
    )
  })
})

describe('the fields of an aggregated record', () => {
  it('may come in any order: records before the tables, data before indexes', () => {
    const record = bytes(3, bytes(3, 'x'), number(2, 0), number(1, 1))
    expect(deaggregate(sealed(record, bytes(2, '7'), bytes(1, 'p0'), bytes(1, 'p1')))).toEqual([
      { ...x, partitionKey: 'p1', explicitHashKey: '7' },
    ])
  })

  it('count by the last where one is repeated', () => {
    expect(userRecordOf(number(1, 1), bytes(3, 'y'), ...plainRecord)).toEqual([x])
  })

  it('may be numbers of up to ten bytes', () => {
    const longest = Buffer.from('80808080808080808000', 'hex')
    expect(userRecordOf(key(1, 0), longest, bytes(3, 'x'))).toEqual([x])
    expect(userRecordOf(key(1, 0), Buffer.from('81808080808080808000', 'hex'), bytes(3, 'x'))).toEqual([
      { ...x, partitionKey: 'p1' },
    ])
  })

  it.each<readonly [name: string, field: Uint8Array]>([
    ['a number', number(9, 2n ** 64n - 1n)],
    ['eight bytes', Buffer.concat([key(9, 1), Buffer.alloc(8, 0xff)])],
    ['four bytes', Buffer.concat([key(9, 5), Buffer.alloc(4, 0xff)])],
    ['bytes', bytes(9, 'anything')],
    ['a field of the highest number', bytes(2 ** 29 - 1, 'anything')],
    ['an empty group', Buffer.concat([key(9, 3), key(9, 4)])],
    [
      'groups in groups',
      Buffer.concat([key(9, 3), key(8, 3), number(1, 1), key(8, 4), bytes(3, 'y'), key(9, 4)]),
    ],
    ['groups a hundred deep', Buffer.concat([...Array(100).fill(key(9, 3)), ...Array(100).fill(key(9, 4))])],
    ['the partition key index, packed', bytes(1, varint(1))],
    ['the data, as a number', number(3, 1)],
  ])('are passed over where unknown: %s', (_name, field) => {
    expect(userRecordOf(...plainRecord, field)).toEqual([x])
    expect(userRecordOf(field, ...plainRecord)).toEqual([x])
  })

  it.each<readonly [name: string, field: Uint8Array]>([
    ['a number', number(9, 1)],
    ['a group', Buffer.concat([key(9, 3), bytes(1, 'no key'), bytes(3, 'no record'), key(9, 4)])],
    ['the partition key table, as a number', number(1, 1)],
    ['the records, as a number', number(3, 1)],
  ])('are passed over where unknown beside the records: %s', (_name, field) => {
    expect(deaggregate(sealed(field, bytes(1, 'p0'), field, bytes(3, ...plainRecord), field))).toEqual([x])
  })
})

describe('plain data', () => {
  const whole = aggregated([
    { data: encoder.encode('hello'), partitionKey: 'a', explicitHashKey: '77', tags: [{ key: 'k' }] },
    { data: encoder.encode('world'), partitionKey: 'b' },
  ])

  it('are those with other first bytes', () => {
    for (const data of ['', '{}', 'f3899a', 'f3899ac3', '00f3899ac2']) {
      const plain = data.startsWith('{') ? encoder.encode(data) : fromHex(data)
      expect(isAggregated(plain)).toBe(false)
      expect(deaggregate(plain)).toBeUndefined()
    }
    expect(isAggregated(whole)).toBe(true)
    expect(isAggregated(magic)).toBe(true)
  })

  it('are an aggregated record cut short anywhere', () => {
    for (let length = 0; length < whole.length; length++) {
      expect(deaggregate(whole.subarray(0, length))).toBeUndefined()
    }
  })

  it('are an aggregated record with any one bit turned', () => {
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const data = whole.slice()
      data[bit >> 3] = (data[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(deaggregate(data)).toBeUndefined()
    }
  })

  it('are the magic bytes and the digest of nothing', () => {
    expect(deaggregate(sealed())).toBeUndefined()
  })

  it.each<readonly [name: string, fields: readonly Uint8Array[]]>([
    ['a partition key index past the table', [number(1, 2), bytes(3, 'x')]],
    ['a partition key index that is 0 in its low 32 bits', [number(1, 2n ** 32n), bytes(3, 'x')]],
    ['a partition key index of 2^53', [number(1, 2n ** 53n), bytes(3, 'x')]],
    ['a partition key index of 2^64 - 1', [number(1, 2n ** 64n - 1n), bytes(3, 'x')]],
    ['an explicit hash key index past the table', [...plainRecord, number(2, 1)]],
    ['no partition key index', [bytes(3, 'x')]],
    ['no data', [number(1, 0)]],
    ['nothing', []],
    ['a tag without a key', [...plainRecord, bytes(4, bytes(2, 'value'))]],
    ['a malformed tag', [...plainRecord, bytes(4, key(1, 2), varint(9))]],
    ['data longer than the record', [number(1, 0), key(3, 2), varint(2), encoder.encode('x')]],
    ['data of 2^63 bytes', [number(1, 0), key(3, 2), varint(2n ** 63n)]],
    ['data of 2^32 bytes', [number(1, 0), key(3, 2), varint(2n ** 32n), encoder.encode('x')]],
    ['a number of eleven bytes', [...plainRecord, key(9, 0), Buffer.from('8080808080808080808000', 'hex')]],
    ['a number without an end', [...plainRecord, key(9, 0), Buffer.from('8080', 'hex')]],
    ['a field without a value', [...plainRecord, key(9, 0)]],
    ['four bytes that are three', [...plainRecord, key(9, 5), Buffer.alloc(3)]],
    ['eight bytes that are seven', [...plainRecord, key(9, 1), Buffer.alloc(7)]],
    ['the field number 0', [...plainRecord, number(0, 1)]],
    ['a field number of 30 bits', [...plainRecord, number(2 ** 29, 1)]],
    ['wire type 6', [...plainRecord, key(9, 6), varint(1)]],
    ['wire type 7', [...plainRecord, key(9, 7), varint(1)]],
    ['a group without an end', [...plainRecord, key(9, 3)]],
    ['the end of no group', [...plainRecord, key(9, 4)]],
    ['the end of another group', [...plainRecord, key(9, 3), key(8, 4)]],
    [
      'groups a hundred and one deep',
      [...plainRecord, ...Array(101).fill(key(9, 3)), ...Array(101).fill(key(9, 4))],
    ],
  ])('are an aggregated record that has %s, its digest right', (_name, fields) => {
    expect(userRecordOf(...fields)).toBeUndefined()
  })

  it('are an aggregated record whose last user record alone is wrong: none of the others is taken', () => {
    const good = bytes(3, ...plainRecord)
    expect(deaggregate(sealed(bytes(1, 'p0'), good, good))).toHaveLength(2)
    expect(deaggregate(sealed(bytes(1, 'p0'), good, bytes(3, number(1, 1), bytes(3, 'y'))))).toBeUndefined()
  })

  it('are an aggregated record with bytes after its last field', () => {
    expect(deaggregate(sealed(bytes(1, 'p0'), bytes(3, ...plainRecord), Uint8Array.of(0)))).toBeUndefined()
  })
})
