import { describe, expect, it } from '@jest/globals'
import { binding, recordOf } from '../../adapters/kafka/binding.ts'
import { sampleEvent } from '../../bench/events.ts'
import { binaryRecord, readBinary, readStructured, structuredRecord } from '../../bench/kafka/hand.ts'

const event = sampleEvent(7, 200)

/** As a broker stores it and kafkajs delivers it. */
function stored({ key, value, headers }: ReturnType<typeof binaryRecord>) {
  const entries = Object.entries(headers ?? {}).map(([name, text]) => [name, Buffer.from(String(text))])
  return {
    key: Buffer.from(String(key)),
    value: Buffer.from(String(value)),
    headers: Object.fromEntries(entries),
    timestamp: '0',
    attributes: 0,
    offset: '0',
  }
}

describe('the records that the bench of Kafka writes by hand', () => {
  it.each([
    ['binary', binaryRecord(event)],
    ['structured', structuredRecord(event)],
  ] as const)('are those that the library writes: %s', (mode, byHand) => {
    const ours = recordOf(binding.encode(event, { mode, key: event.subject }))
    expect({ key: byHand.key, headers: byHand.headers }).toEqual({ key: ours.key, headers: ours.headers })
    expect(JSON.parse(String(byHand.value))).toEqual(JSON.parse(String(ours.value)))
    expect(Buffer.byteLength(String(byHand.value))).toBe(ours.value?.length)
  })

  it('are read by hand to the same event', () => {
    expect(readBinary(stored(binaryRecord(event)), true)).toEqual(event)
    expect(readStructured(stored(structuredRecord(event)))).toEqual(event)
  })
})
