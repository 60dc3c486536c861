import { describe, expect, it } from '@jest/globals'
import { type CloudEventV1, CloudEvent as SdkEvent } from 'cloudevents'
import fc from 'fast-check'
import type { CloudEvent } from '../../adapters/core/event.ts'
import { validate, violationsOf } from '../../adapters/core/validate.ts'
import { arbEvent, arbJsonAttribute } from './arbitraries.ts'

/** Compiles only where the argument is one. */
function asOurs<T>(event: CloudEvent<T>): CloudEvent<T> {
  return event
}
function asTheirs<T>(event: CloudEventV1<T>): CloudEventV1<T> {
  return event
}

interface Order {
  readonly total: number
}
const ours: CloudEvent<Order> = { specversion: '1.0', id: '1', source: '/s', type: 't', data: { total: 5 } }
const theirs: CloudEventV1<Order> = {
  specversion: '1.0',
  id: '1',
  source: '/s',
  type: 't',
  data: { total: 5 },
}
const sdk = new SdkEvent<Order>({ id: '1', source: '/s', type: 't', data: { total: 5 }, partitionkey: 'k' })

describe('the CloudEvent type', () => {
  it('is the type of the cloudevents package, both ways', () => {
    const total: (number | undefined)[] = [
      asTheirs(ours).data?.total,
      asOurs(theirs).data?.total,
      asOurs(sdk).data?.total,
      asOurs<unknown>(asTheirs<unknown>(ours)) === ours ? 5 : undefined,
    ]
    expect(total).toEqual([5, 5, 5, 5])
  })

  it('refuses what the package refuses', () => {
    const { source: _source, ...incomplete } = ours
    // @ts-expect-error: source is required
    asOurs<Order>(incomplete)
    // @ts-expect-error: and there too
    asTheirs<Order>(incomplete)
    // @ts-expect-error: an id is a string
    asOurs<Order>({ ...ours, id: 5 })
    // @ts-expect-error: the data have a type
    asOurs<Order>({ ...ours, data: { total: 'five' } })
    expect(violationsOf(incomplete)).toHaveLength(1)
  })

  it('is what validate makes of an unknown value', () => {
    const unknown: unknown = sdk
    validate(unknown)
    expect(asOurs(unknown).id).toBe('1')
  })
})

describe('events of one side', () => {
  it('are valid on the other: the package accepts every valid event', () => {
    fc.assert(
      fc.property(arbEvent(arbJsonAttribute), (event) => {
        const copy = new SdkEvent(event, false)
        expect(violationsOf(copy)).toEqual([])
        expect(copy).toMatchObject({ id: event.id, source: event.source, type: event.type })
      }),
    )
  })

  it('are valid on ours: a new event of the package has no violations', () => {
    expect(violationsOf(sdk)).toEqual([])
    expect(violationsOf(sdk.cloneWith({ subject: 'x', data: { total: 6 } }))).toEqual([])
    expect(sdk.validate()).toBe(true)
    expect(new SdkEvent(ours).validate()).toBe(true)
  })
})
