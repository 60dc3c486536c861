import { describe, expect, it } from '@jest/globals'
import { CloudEvent as SdkEvent } from 'cloudevents'
import fc from 'fast-check'
import type { CloudEvent } from '../../adapters/core/event.ts'
import { fromSdk, toSdk } from '../../adapters/sdk.ts'
import { arbExtensionName } from '../core/arbitraries.ts'
import { http, kafka, summary, type WireMode } from './wires.ts'

// What no named defect of the package touches; the defects have tests of their own.
const arbName = arbExtensionName.filter((name) => name !== 'constructor')
const arbText = fc.stringMatching(/^[!#$&-~]{1,20}$/)
const arbData = fc.oneof(
  fc.record({
    datacontenttype: fc.constant('application/json'),
    data: fc.oneof(
      fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true }),
      fc.array(fc.jsonValue()),
    ),
  }),
  fc.record({
    datacontenttype: fc.constant('text/plain'),
    data: fc.string({ unit: 'grapheme', minLength: 1 }),
  }),
  fc.record({
    datacontenttype: fc.constant('application/octet-stream'),
    data: fc.uint8Array({ minLength: 1, maxLength: 60 }),
  }),
)
const arbCommonEvent: fc.Arbitrary<CloudEvent> = fc
  .tuple(
    fc.record(
      {
        specversion: fc.constant('1.0'),
        id: arbText,
        source: fc.constantFrom('/orders', 'https://example.com/a?b=c#d', 'urn:a:b', '#x'),
        type: arbText,
        time: fc
          .date({ min: new Date(0), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true })
          .map((date) => date.toISOString()),
        subject: arbText,
        dataschema: fc.constant('https://example.com/schema.json'),
      },
      { requiredKeys: ['specversion', 'id', 'source', 'type', 'time'] },
    ),
    fc.dictionary(arbName, arbText, { maxKeys: 5, noNullPrototype: true }),
    arbData,
  )
  .map(([attributes, extensions, data]) => ({ ...extensions, ...attributes, ...data }))

const modes = [
  ['HTTP binary', http, 'binary'],
  ['HTTP structured', http, 'structured'],
  ['Kafka binary', kafka, 'binary'],
  ['Kafka structured', kafka, 'structured'],
] as const

describe.each(modes)('%s', (_name, wire, mode: WireMode) => {
  it('is read here as the package wrote it', () => {
    fc.assert(
      fc.property(arbCommonEvent, (event) => {
        const sdk = new SdkEvent<unknown>(event)
        expect(summary(wire.binding.decode(wire.write(sdk, mode)))).toEqual(summary(event))
      }),
      { numRuns: 1000 },
    )
  })

  it('is read by the package as it was written here', () => {
    fc.assert(
      fc.property(arbCommonEvent, (event) => {
        const sdk = wire.read(wire.binding.encode(event, { mode }))
        expect(summary(fromSdk(sdk))).toEqual(summary(event))
      }),
      { numRuns: 1000 },
    )
  })

  it('is read here as the package wrote a converted event', () => {
    fc.assert(
      fc.property(arbCommonEvent, fc.boolean(), (event, isReceived) => {
        const given = isReceived ? wire.binding.decode(wire.binding.encode(event)) : event
        expect(summary(wire.binding.decode(wire.write(toSdk(given), mode)))).toEqual(summary(event))
      }),
      { numRuns: 1000 },
    )
  })
})
