import { describe, expect, it } from '@jest/globals'
import { InvalidEventError } from '../../adapters/core/errors.ts'
import { derive } from '../../adapters/core/event.ts'
import { binding, kafkaBinding, leakedAttributes } from '../../adapters/kafka/binding.ts'
import { messageOfRecord } from '../../adapters/kafka/message.ts'
import { bytesOf, event, thrownBy } from '../core/events.ts'

const required = { ce_specversion: '1.0', ce_id: '1', ce_source: '/orders', ce_type: 'placed' }

it('refuses an event without data in binary mode by the name of the option that allows it', () => {
  const error = thrownBy(() => binding.encode(event(), { mode: 'binary' }))
  expect(error).toBeInstanceOf(InvalidEventError)
  expect(error).toMatchObject({ adapter: 'kafka', violations: [{ attribute: 'data' }] })
  expect(String(error)).toMatch(/^InvalidEventError: \[kafka\] .*"tombstones"/)
})

it('takes the partition key away from an event that is derived without it, restored or not', () => {
  const restoring = kafkaBinding({ restorePartitionKey: true })
  const read = restoring.decode({ body: null, headers: required, key: 'k' })
  expect(Object.keys(read)).toContain('partitionkey')
  expect(derive(read, { partitionkey: undefined })).not.toHaveProperty('partitionkey')
})

it('leaves the message alone when it restores a partition key', () => {
  const message = Object.freeze({ body: null, headers: Object.freeze({ ...required }), key: 'k' })
  expect(kafkaBinding({ restorePartitionKey: true }).decode(message)).toHaveProperty('partitionkey', 'k')
})

it('strips what other senders leak, and nothing else', () => {
  const leaked = Object.fromEntries(leakedAttributes.map((name) => [`ce_${name}`, 'x']))
  const headers = { ...required, ...leaked, ce_kafka: 'mine' }
  expect({ ...kafkaBinding({ strip: leakedAttributes }).decode({ body: null, headers }) }).toEqual({
    specversion: '1.0',
    id: '1',
    source: '/orders',
    type: 'placed',
    kafka: 'mine',
  })
})

it('reads data only when asked, so that broken JSON is an error of the handler and not of the record', () => {
  const read = binding.decode({
    body: bytesOf('{'),
    headers: { ...required, 'content-type': 'application/json' },
  })
  expect(read.id).toBe('1')
  expect(thrownBy(() => read.data)).toMatchObject({ code: 'ERR_DECODE' })
})

it('forwards the bytes of data as they came', () => {
  const body = bytesOf('{ "n": 9007199254740993 }')
  const read = binding.decode({ body, headers: { ...required, 'content-type': 'application/json' } })
  expect(read.data).toEqual({ n: 9007199254740992 })
  expect(binding.encode(read).body).toBe(body)
})

it('reads the same event of a raw record at every delivery', () => {
  const message = { body: bytesOf('x'), headers: {}, key: 'k' }
  const origin = { topic: 'a/b c', lane: '3', position: '7', time: 0 }
  const [first, second] = [binding.decode(message, origin), binding.decode({ ...message }, { ...origin })]
  expect({ ...first }).toEqual({ ...second })
  expect(first).toMatchObject({ source: 'kafka:///a/b%20c', time: '1970-01-01T00:00:00.000Z' })
})

it('refuses a raw record without a place', () => {
  const message = { body: null, headers: {} }
  for (const origin of [undefined, { topic: 't' }, { topic: 't', lane: '0' }, { topic: 't', position: '0' }])
    expect(thrownBy(() => binding.decode(message, origin))).toMatchObject({
      code: 'ERR_DECODE',
      adapter: 'kafka',
    })
})

it('lets the application map raw records itself', () => {
  const mapped = kafkaBinding({
    raw: (message, { topic }) => event({ id: message.key, source: `/${topic}`, type: 'mapped' }),
  })
  const read = mapped.decode({ body: null, headers: {}, key: 'k' }, { topic: 'orders' })
  expect(read).toMatchObject({ id: 'k', source: '/orders', type: 'mapped' })
})

describe('annotating', () => {
  const dlq = { dlqreason: 'no', dlqattempts: 2 }

  it('adds headers to a binary record and leaves a tombstone one', () => {
    const message = { body: null, headers: required, key: 'k' }
    expect(binding.annotate(message, dlq)).toEqual({
      ...message,
      headers: { ...required, ce_dlqreason: 'no', ce_dlqattempts: '2' },
    })
  })

  it('adds to the envelope of a structured record', () => {
    const message = binding.encode(event({ id: '1' }), { mode: 'structured', key: 'k' })
    const annotated = binding.annotate(message, dlq)
    expect(annotated.headers).toEqual(message.headers)
    expect(binding.decode(annotated)).toMatchObject({ id: '1', dlqreason: 'no', dlqattempts: 2 })
  })
})

it('reads what kafkajs delivers of what it was given', () => {
  const sent = event({ id: '1', data: { a: '€' }, subject: 'Zürich', sampledrate: 5, deprecated: true })
  const { headers, body, key } = binding.encode(sent, { key: 'k' })
  const delivered = Object.entries(headers).map(([name, value]) => [name, Buffer.from(value)])
  const record = {
    key: Buffer.from(key ?? ''),
    value: body === null ? null : Buffer.from(body),
    headers: Object.fromEntries(delivered),
  }
  expect({ ...binding.decode(messageOfRecord(record)) }).toEqual(sent)
})
