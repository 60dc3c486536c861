import { describe, expect, it } from '@jest/globals'
import { HTTP, CloudEvent as SdkEvent } from 'cloudevents'
import fc from 'fast-check'
import { decodeJson, encodeJson } from '../../adapters/core/json.ts'
import { fromSdk, toSdk } from '../../adapters/sdk.ts'
import { arbEvent, arbJsonAttribute } from '../core/arbitraries.ts'
import { bytesOf } from '../core/events.ts'
import { http, summary } from './wires.ts'

const runs = { numRuns: 3000 }

describe('any valid event, made one of the package and back', () => {
  it('is the same event when it was made here', () => {
    fc.assert(
      fc.property(arbEvent(), (event) => {
        expect(summary(fromSdk(toSdk(event)))).toEqual(summary(event))
      }),
      runs,
    )
  })

  it('is the same event when it was received, read or not', () => {
    const arbMode = fc.constantFrom<'binary' | 'structured'>('binary', 'structured')
    fc.assert(
      fc.property(arbEvent(), arbMode, fc.boolean(), (event, mode, isRead) => {
        const received = http.binding.decode(http.binding.encode(event, { mode }))
        if (isRead) void received.data
        const back = fromSdk(toSdk(received))
        expect(summary(back)).toEqual(summary(received))
        expect(back.data).toEqual(received.data)
      }),
      runs,
    )
  })

  it('is a valid instance of its class, with no member that the event has not', () => {
    fc.assert(
      fc.property(arbEvent(), (event) => {
        const sdk = toSdk(event)
        expect([sdk instanceof SdkEvent, sdk.validate(), Object.isFrozen(sdk)]).toEqual([true, true, true])
        const { data_base64: _, ...members } = sdk
        expect(members).toEqual(event)
      }),
      runs,
    )
  })

  it('is written by the package in structured mode as it is here', () => {
    fc.assert(
      fc.property(arbEvent(), (event) => {
        const { body } = HTTP.structured(toSdk(event))
        expect(summary(decodeJson(bytesOf(String(body))))).toEqual(summary(decodeJson(encodeJson(event))))
      }),
      runs,
    )
  })

  it('is what the package makes of the same members', () => {
    fc.assert(
      fc.property(arbEvent(arbJsonAttribute), (event) => {
        const { time, ...others } = fromSdk(new SdkEvent<unknown>(event))
        expect({ ...others, time: event.time }).toEqual({ time: undefined, ...event })
        if ('time' in event) expect(time).toBe(event.time)
      }),
      runs,
    )
  })
})
