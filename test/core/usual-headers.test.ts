import { describe, expect, it } from '@jest/globals'
import { headerBinding } from '../../adapters/core/header-binding.ts'
import { usualHeaders } from '../../adapters/core/usual-headers.ts'
import type { CloudEvent } from '../../adapters/index.ts'
import { sampledEvents } from '../wires/corpus.ts'
import { thrownBy } from './events.ts'

const event = { specversion: '1.0', id: '1', source: '/orders', type: 'placed' }

/** The same attributes in an object of an unknown kind, of which nothing counts as usual. */
class Stranger {
  [name: string]: unknown
  readonly specversion = '1.0'
  readonly id = '1'
  readonly source = '/orders'
  readonly type = 'placed'
}

function strange(members: object): CloudEvent {
  return Object.assign(new Stranger(), members)
}

describe.each(['ce_', 'ce-'])('headers with %s of what most events have', (prefix) => {
  const transport = {
    name: 'test',
    prefix,
    contentType: ['content-type', 'other-type'],
    percentEncoded: true,
  }
  const binding = headerBinding(transport)

  it('are those that a closer look would write', () => {
    const usual = { subject: 's-1', time: '2026-01-31T12:00:00.5Z', datacontenttype: 'application/json' }
    const events = [
      event,
      { ...event, ...usual, region: 'eu', count: 5 },
      { ...event, subject: 'Käufer 1', region: 'é' },
      { ...event, datacontenttype: 'text/plain' },
      { ...event, id: 'a b', time: '2024-02-29T23:59:60Z' },
      ...sampledEvents(500, 11),
    ]
    for (const each of events) {
      const { data: _, data_base64: __, ...attributes }: CloudEvent = each
      expect(binding.encode(attributes, { mode: 'binary' }).headers).toEqual(
        binding.encode(strange(attributes), { mode: 'binary' }).headers,
      )
    }
  })

  it('keep what the caller adds, but for what is the event’s own', () => {
    const given = { trace: 't', [`${prefix}id`]: 'other', [`${prefix}subject`]: 'other' }
    const { headers } = binding.encode(event, { mode: 'binary', headers: given })
    expect(headers).toMatchObject({ trace: 't', [`${prefix}id`]: '1' })
    expect(headers).not.toHaveProperty(`${prefix}subject`)
  })

  it.each([
    ['an attribute is missing', { id: undefined }],
    ['an attribute is empty', { type: '' }],
    ['the version is unknown', { specversion: '0.3' }],
    ['the source is no reference', { source: 'a b' }],
    ['the subject is no text', { subject: 5 }],
    ['the time is none', { time: 'soon' }],
    ['the content type is none', { datacontenttype: 'json' }],
    ['an extension has no legal name', { 'x-y': '1' }],
  ])('are refused as ever where %s', (_, members: object) => {
    const wrong: CloudEvent = Object.assign({}, event, members)
    expect(thrownBy(() => binding.encode(wrong))).toMatchObject({ code: 'ERR_INVALID_EVENT' })
  })

  it.each([
    ['nothing', undefined],
    ['a list', Object.assign([], event)],
    ['attributes that are inherited', Object.create(event)],
  ])('are not made of %s', (_, wrong) => {
    expect(thrownBy(() => binding.encode(wrong))).toMatchObject({ code: 'ERR_INVALID_EVENT' })
  })
})

it('no prefix but those of CloudEvents has usual headers', () => {
  expect(usualHeaders('ce-', ['content-type'])(event)).toHaveProperty('ce-id', '1')
  expect(usualHeaders('x-', ['content-type'])(event)).toBeUndefined()
})

it.each([
  [['content-type']],
  [['ce-datacontenttype']],
  [['content-type', 'ce-datacontenttype']],
  [['ce-datacontenttype', 'other-type']],
])('the content type stands in %p and nowhere else', (places) => {
  const headers = usualHeaders('ce-', places)({ ...event, datacontenttype: 'application/json' })
  const others = ['ce-specversion', 'ce-id', 'ce-source', 'ce-type']
  expect(Object.keys(headers ?? {}).sort()).toEqual([...others, ...places].sort())
})
