import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { binding, kinesisBinding, partitionKeyOf } from '../../adapters/kinesis/binding.ts'
import { memoryBinding } from '../../adapters/memory/binding.ts'
import { arbEvent, arbString } from '../core/arbitraries.ts'
import { bytesOf, envelope, event, textOf, thrownBy } from '../core/events.ts'
import { aggregated } from './aggregation-encoder.ts'

const origin = { topic: 'orders', lane: 'shardId-000000000000', position: '1' }

describe('the Kinesis binding', () => {
  it('gives every event back as memory does', () => {
    const memory = memoryBinding()
    const written = (sent: Parameters<typeof memory.encode>[0]) => memory.encode(sent, { mode: 'structured' })
    fc.assert(
      fc.property(arbEvent(arbString), (sent) => {
        const received = binding.decode(binding.encode(sent))
        expect(memory.decode(written(received))).toEqual(memory.decode(written(sent)))
      }),
    )
  })

  it('relays an event with its data bytes', () => {
    const sent = binding.decode({
      body: bytesOf(envelope('"data":{ "big": 9007199254740993 }')),
      headers: {},
    })
    expect(textOf(binding.encode(sent).body)).toContain('"data":{ "big": 9007199254740993 }')
    expect(textOf(memoryBinding().encode(sent).body)).toBe('{ "big": 9007199254740993 }')
  })

  it.each([{ mode: 'binary' }, { sniff: false }] as const)('has no option %j', (options) => {
    expect(thrownBy(() => kinesisBinding(options))).toMatchObject({
      code: 'ERR_CONFIG',
      message: expect.stringContaining(`option "${Object.keys(options)[0]}"`),
    })
  })

  it('says what cannot be sent, and the way out', () => {
    const headers = { tracestate: 'a=b' }
    expect(thrownBy(() => binding.encode(event(), { headers }))).toMatchObject({
      code: 'ERR_INVALID_EVENT',
      adapter: 'kinesis',
      message: expect.stringContaining('"tracestate" cannot be sent: leave it out, or make it an extension'),
    })
    expect(thrownBy(() => binding.encode(event(), { mode: 'binary' }))).toMatchObject({
      adapter: 'kinesis',
      message: expect.stringContaining('use mode auto or structured'),
    })
  })

  it('names what a record is that holds many', () => {
    const userRecord = { data: bytesOf(envelope()), partitionKey: 'k' }
    const body = aggregated([userRecord, userRecord])
    expect(thrownBy(() => binding.decode({ body, headers: {}, key: 'a' }, origin))).toMatchObject({
      code: 'ERR_DECODE',
      adapter: 'kinesis',
      message: expect.stringMatching(/Kinesis Producer Library \(KPL\).*messagesOfRecord/),
    })
    const batch = { body: bytesOf(`[${envelope()}]`), headers: {} }
    expect(thrownBy(() => binding.decode(batch, origin))).toMatchObject({
      message: expect.stringContaining('put each into a record of its own'),
    })
  })

  it('says what makes a record an event where it refuses one that is none', () => {
    const strict = kinesisBinding({ strict: true })
    expect(thrownBy(() => strict.decode({ body: bytesOf('[]'), headers: {} }, origin))).toMatchObject({
      message: expect.stringContaining('"specversion", "id", "source" and "type"'),
    })
  })

  it('leaves a raw record to the function of the application', () => {
    const own = kinesisBinding({
      raw: (message, { position }) => event({ id: `own-${position}`, data: textOf(message.body) }),
    })
    const message = { body: bytesOf('Hello'), headers: {} }
    expect(own.decode(message, origin)).toMatchObject({ id: 'own-1', data: 'Hello' })
  })

  it('gives the same raw event at every delivery', () => {
    const message = { body: bytesOf('Hello'), headers: {}, key: 'k' }
    const again = { ...origin }
    expect({ ...binding.decode(message, again) }).toEqual({ ...binding.decode(message, origin) })
  })

  it('reads megabytes of brackets and blanks as raw data', () => {
    for (const text of [
      '['.repeat(2_000_000),
      ' '.repeat(2_000_000),
      `["specversion"${',['.repeat(500_000)}`,
    ]) {
      const message = { body: bytesOf(text), headers: {} }
      expect(binding.decode(message, origin)).toMatchObject({ type: 'com.amazon.kinesis.stream_record' })
    }
  })
})

describe('the partition key', () => {
  it('has 1 to 256 UTF-16 code units and no half characters, whatever the key', () => {
    const arbKey = fc.string({
      unit: fc.constantFrom('a', '\0', 'é', '😀', '\ud83d', '\udcff'),
      maxLength: 600,
    })
    fc.assert(
      fc.property(arbKey, (key) => {
        const partitionKey = partitionKeyOf(event(), key)
        expect(partitionKey.length).toBeGreaterThanOrEqual(1)
        expect(partitionKey.length).toBeLessThanOrEqual(256)
        expect(partitionKey).not.toMatch(/\p{Surrogate}/u)
        expect(partitionKeyOf(event(), partitionKey)).toBe(partitionKey)
        if (key !== '') expect(partitionKeyOf(event(), key)).toBe(partitionKey)
      }),
    )
  })

  it('differs where long keys differ at their end', () => {
    const [a, b] = ['a', 'b'].map((end) => partitionKeyOf(event(), 'k'.repeat(400) + end))
    expect(a).not.toBe(b)
    expect(a?.slice(0, 224)).toBe(b?.slice(0, 224))
  })

  it('differs where keys of bytes differ', () => {
    expect(partitionKeyOf(event(), '\udcfe')).not.toBe(partitionKeyOf(event(), '\udcff'))
  })

  it('of a raw record that is published again is the same', () => {
    const raw = binding.decode({ body: bytesOf('Hello'), headers: {}, key: 'customer-7' }, origin)
    expect(binding.encode(raw).key).toBe('customer-7')
  })

  it('passes over attributes that are no text', () => {
    expect(partitionKeyOf(event({ id: '1', partitionkey: 7, subject: undefined }))).toBe('1')
  })
})
