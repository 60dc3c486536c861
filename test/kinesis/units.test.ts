import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { deaggregate } from '../../adapters/kinesis/aggregation.ts'
import {
  checkpointOf,
  compareSequences,
  iteratorRequest,
  type Position,
  positionOf,
} from '../../adapters/kinesis/position.ts'
import { descendantsOf, lacksChildren, readableShards } from '../../adapters/kinesis/shards.ts'
import { unitsOf } from '../../adapters/kinesis/units.ts'

const one = '49680433155647095050380766573935801541637586640424665090'
const two = '49680433155647095050380766573935801541637586640424665091'

const arbMessages = fc.array(
  fc.record({
    key: fc.constantFrom('a', 'b', 'ü', 'k'.repeat(256)),
    body: fc.uint8Array({ maxLength: 300 }),
  }),
  { minLength: 1, maxLength: 60 },
)

describe('records of messages', () => {
  it('hold those of a key in order, fit the limit, and come back as they were', () => {
    fc.assert(
      fc.property(arbMessages, fc.integer({ min: 900, max: 4_000 }), (messages, maxBytes) => {
        const open = messages.map((message, index) => ({ index, message: { ...message, headers: {} } }))
        const units = unitsOf(open, { aggregates: true, maxBytes })
        const found = units.flatMap(({ key, indexes, size, record }) => {
          expect(size).toBeLessThanOrEqual(maxBytes)
          const data = record.Data ?? new Uint8Array()
          if (indexes.length === 1) return [{ index: indexes[0], key, data: Buffer.from(data) }]
          const unpacked = deaggregate(data) ?? []
          expect(unpacked).toHaveLength(indexes.length)
          return unpacked.map((user, i) => ({
            index: indexes[i],
            key: user.partitionKey,
            data: Buffer.from(user.data),
          }))
        })
        const expected = messages.map(({ key, body }, index) => ({ index, key, data: Buffer.from(body) }))
        expect([...found].sort((a, b) => Number(a.index) - Number(b.index))).toEqual(expected)
        for (const key of new Set(messages.map((message) => message.key))) {
          const order = found.filter((each) => each.key === key).map(({ index }) => Number(index))
          expect(order).toEqual([...order].sort((a, b) => a - b))
        }
      }),
    )
  })

  it('are what was sent, for an event that has no other of its key beside it', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 30 }), (keys) => {
        const open = keys.map((key, index) => {
          const body = new TextEncoder().encode(JSON.stringify({ specversion: '1.0', id: String(index) }))
          return { index, message: { key, headers: {}, body } }
        })
        const units = unitsOf(open, { aggregates: true, maxBytes: 1_048_576 })
        expect(units.map(({ record }) => record.Data)).toEqual(open.map(({ message }) => message.body))
      }),
    )
  })

  it('never hold messages of two keys', () => {
    fc.assert(
      fc.property(arbMessages, (messages) => {
        const open = messages.map((message, index) => ({ index, message: { ...message, headers: {} } }))
        for (const { key, indexes, record } of unitsOf(open, { aggregates: true, maxBytes: 1_048_576 })) {
          expect(record.PartitionKey).toBe(key)
          for (const index of indexes) expect(messages[index]?.key).toBe(key)
        }
      }),
    )
  })

  it('hold one message each where nothing is to be aggregated, or what is aggregated already', () => {
    const body = Uint8Array.of(0xf3, 0x89, 0x9a, 0xc2, 1)
    const open = [0, 1].map((index) => ({ index, message: { key: 'k', headers: {}, body } }))
    expect(unitsOf(open, { aggregates: true, maxBytes: 1_000 })).toHaveLength(2)
    const plain = open.map(({ index }) => ({ index, message: { key: 'k', headers: {}, body: null } }))
    expect(unitsOf(plain, { aggregates: false, maxBytes: 1_000 })).toHaveLength(2)
  })

  it('without a key go anywhere', () => {
    const message = { headers: {}, body: Uint8Array.of(1) }
    const units = unitsOf(
      [0, 1].map((index) => ({ index, message })),
      { aggregates: true, maxBytes: 1_000 },
    )
    expect(new Set(units.map(({ key }) => key)).size).toBe(2)
  })
})

describe('a position', () => {
  it.each<Position>([
    { kind: 'earliest' },
    { kind: 'latest', time: 1_700_000_000_123, iterator: 'AAAA+/=:x' },
    { kind: 'latest', time: 1_700_000_000_123, iterator: undefined },
    { kind: 'time', time: 5 },
    { kind: 'at', sequence: one, sub: 3 },
    { kind: 'after', sequence: one },
  ])('is the same after it was a checkpoint: %j', (position) => {
    expect(positionOf(checkpointOf(position))).toEqual(position)
  })

  it.each([undefined, '', 'SHARD_END', 'AFTER_SEQUENCE_NUMBER:', 'x'])(
    'is the beginning where %j is none',
    (text) => {
      expect(positionOf(text)).toEqual({ kind: 'earliest' })
    },
  )

  it('compares as a number beyond 2^53', () => {
    const numbers = [two, '9', one, '10', one]
    expect(numbers.sort(compareSequences)).toEqual(['9', '10', one, one, two])
  })

  it('never asks for a moment to come', () => {
    const { Timestamp } = iteratorRequest({ kind: 'time', time: Date.now() + 60_000 })
    expect(Timestamp?.getTime()).toBeLessThanOrEqual(Date.now())
  })
})

describe('shards', () => {
  const shard = (ShardId: string, ParentShardId?: string, AdjacentParentShardId?: string) => ({
    ShardId,
    HashKeyRange: undefined,
    SequenceNumberRange: undefined,
    ...(ParentShardId === undefined ? {} : { ParentShardId }),
    ...(AdjacentParentShardId === undefined ? {} : { AdjacentParentShardId }),
  })
  const shards = [
    shard('0'),
    shard('1'),
    shard('2', '0'),
    shard('3', '0'),
    shard('4', '3', '1'),
    shard('5', 'gone'),
  ]

  it.each([
    [[], ['0', '1', '5']],
    [['0'], ['1', '2', '3', '5']],
    [
      ['0', '3'],
      ['1', '2', '5'],
    ],
    [
      ['0', '1', '3'],
      ['2', '4', '5'],
    ],
  ])('may be read when all before them are ended (%j)', (ended, readable) => {
    expect(readableShards(shards, new Set(ended))).toEqual(readable)
  })

  it('have descendants, by a merge those of both', () => {
    expect([...descendantsOf(shards, '0')].sort()).toEqual(['2', '3', '4'])
    expect([...descendantsOf(shards, '1')]).toEqual(['4'])
  })

  it('that ended and came to nothing known are looked after', () => {
    expect(lacksChildren(shards, new Set(['0', '1']))).toBe(false)
    expect(lacksChildren(shards, new Set(['2']))).toBe(true)
  })
})
