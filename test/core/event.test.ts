import { describe, expect, it } from '@jest/globals'
import { createEvent, derive } from '../../adapters/core/event.ts'
import { headerBinding } from '../../adapters/core/header-binding.ts'
import { decodeJson, encodeJson } from '../../adapters/core/json.ts'
import { bytesOf, envelope, event, textOf, thrownBy } from './events.ts'

const binding = headerBinding({ name: 'test', prefix: 'ce-' })
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

describe('createEvent', () => {
  it('fills in specversion, a random id and the present time', () => {
    const before = Date.now()
    const made = createEvent({ type: 'placed', source: '/orders' })
    expect(made).toEqual({
      specversion: '1.0',
      type: 'placed',
      source: '/orders',
      id: expect.stringMatching(uuid),
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    })
    expect(Date.parse(made.time ?? '')).toBeGreaterThanOrEqual(before)
    expect(createEvent({ type: 'placed', source: '/orders' }).id).not.toBe(made.id)
  })

  it('takes id and time as given', () => {
    const time = '2020-01-01T00:00:00.123456789+02:00'
    expect(createEvent({ type: 't', source: '/s', id: '1', time })).toMatchObject({ id: '1', time })
  })

  it.each([[{}], [null], ['text'], [0], [false], [[]]])('calls data %j JSON', (data) => {
    expect(createEvent({ type: 't', source: '/s', data })).toMatchObject({
      datacontenttype: 'application/json',
      data,
    })
  })

  it('calls bytes nothing, and absent data neither', () => {
    expect(createEvent({ type: 't', source: '/s', data: new Uint8Array(1) })).not.toHaveProperty(
      'datacontenttype',
    )
    expect(createEvent({ type: 't', source: '/s', data: undefined })).not.toHaveProperty('datacontenttype')
    expect(createEvent({ type: 't', source: '/s', data_base64: 'AA==' })).not.toHaveProperty(
      'datacontenttype',
    )
  })

  it('leaves a content type as given', () => {
    const made = createEvent({ type: 't', source: '/s', datacontenttype: 'text/csv', data: 'a,b' })
    expect(made.datacontenttype).toBe('text/csv')
  })

  it('takes extensions, and leaves out what is undefined', () => {
    const made = createEvent({
      type: 't',
      source: '/s',
      partitionkey: 'p',
      severitynumber: 9,
      subject: undefined,
    })
    expect(made).toMatchObject({ partitionkey: 'p', severitynumber: 9 })
    expect(made).not.toHaveProperty('subject')
  })

  it('names every broken rule', () => {
    const make = () => createEvent({ type: '', source: '/s', Extra: 1, ratio: 0.5, specversion: '0.3' })
    expect(thrownBy(make)).toMatchObject({
      name: 'InvalidEventError',
      code: 'ERR_INVALID_EVENT',
      violations: expect.arrayContaining([
        expect.objectContaining({ attribute: 'type', rule: 'non-empty' }),
        expect.objectContaining({ attribute: 'Extra', rule: 'name' }),
        expect.objectContaining({ attribute: 'ratio', rule: 'type' }),
        expect.objectContaining({ attribute: 'specversion', rule: 'specversion' }),
      ]),
    })
  })

  it('refuses an attribute that is named __proto__', () => {
    const init = JSON.parse('{"type":"t","source":"/s","__proto__":{"x":"1"}}')
    expect(thrownBy(() => createEvent(init))).toMatchObject({
      violations: [{ attribute: '__proto__', rule: 'name' }],
    })
  })

  it('says in one line what is wrong and what would be right', () => {
    expect(thrownBy(() => createEvent({ type: 't', source: '/s', time: '2026-01-31' }))).toMatchObject({
      message:
        '[waybill] invalid CloudEvent: "time" is "2026-01-31": use an RFC 3339 timestamp with an offset, such as 2026-01-31T12:00:00Z',
    })
  })
})

describe('derive', () => {
  const parent = decodeJson(
    bytesOf(envelope('"time":"2020-01-01T00:00:00Z","subject":"s","n":5,"data":{"n":9007199254740993}')),
  )

  it('gives the new event an id and a time of its own and keeps the other attributes', () => {
    const child = derive(parent, { type: 'paid' })
    expect({ ...child }).toMatchObject({
      specversion: '1.0',
      type: 'paid',
      source: '/orders',
      subject: 's',
      n: 5,
    })
    expect(child.id).toMatch(uuid)
    expect(child.time).not.toBe(parent.time)
    expect(parent.type).toBe('placed')
  })

  it('takes id and time from the changes', () => {
    const changes = { id: '2', time: '2021-01-01T00:00:00Z' }
    expect({ ...derive(parent, changes) }).toMatchObject(changes)
    expect(derive(parent, { id: undefined }).id).toMatch(uuid)
  })

  it('keeps the bytes of data that is not changed, in both modes', () => {
    const child = derive(parent, { type: 'paid' })
    expect(textOf(binding.encode(child).body)).toBe('{"n":9007199254740993}')
    expect(textOf(encodeJson(child))).toContain('"data":{"n":9007199254740993}')
    expect(child.data).toEqual(parent.data)
  })

  it('keeps data of events that were made here', () => {
    expect(derive(event({ data: [1] }), {}).data).toEqual([1])
    expect(derive(event({ data: new Uint8Array([7]) }), {}).data).toEqual(new Uint8Array([7]))
    expect(derive(event({ datacontenttype: 'text/plain', data: 'a' }), {}).data).toBe('a')
    expect('data' in derive(event(), {})).toBe(false)
  })

  it('puts other data in the place of the old', () => {
    expect({ ...derive(parent, { data: { a: 1 } }) }).toMatchObject({
      data: { a: 1 },
      datacontenttype: 'application/json',
    })
    expect(derive(parent, { data: new Uint8Array([1]) })).not.toHaveProperty('datacontenttype')
    expect(derive(parent, { data: null }).data).toBeNull()
  })

  it('removes what is undefined, the data included', () => {
    const child = derive(parent, { subject: undefined, data: undefined })
    expect('subject' in child || 'data' in child).toBe(false)
    expect(binding.encode(child).body).toBeNull()
  })

  it('names its parent when asked to, and the first event of the chain', () => {
    const child = derive(parent, {}, { causation: true })
    expect({ ...child }).toMatchObject({ causationid: '1', correlationid: '1' })
    expect({ ...derive(child, {}, { causation: true }) }).toMatchObject({
      causationid: child.id,
      correlationid: '1',
    })
    expect(derive(parent, {})).not.toHaveProperty('causationid')
  })

  it.each([
    ['text/plain', { a: 1 }],
    ['text/plain', 'text'],
    ['application/octet-stream', { a: 1 }],
    [undefined, { a: 1 }],
  ])(
    'reads kept data as a new content type says, the same before and after any mode: %s',
    (datacontenttype, data) => {
      const child = derive(event({ data }), { datacontenttype })
      const structured = decodeJson(encodeJson(child))
      const binary = binding.decode(binding.encode(child))
      expect([structured.data, binary.data]).toEqual([child.data, child.data])
    },
  )

  it('gives child and parent data of their own', () => {
    for (const given of [parent, event({ data: { n: 1 } })]) {
      const before = structuredClone(given.data)
      Object.assign(Object(derive(given, {}).data), { n: 2 })
      expect(given.data).toEqual(before)
    }
  })

  it('gives no foreign prototype', () => {
    const changes = JSON.parse('{"data":1,"__proto__":{"x":"1"}}')
    expect(thrownBy(() => derive(parent, changes))).toMatchObject({
      violations: [{ attribute: '__proto__' }],
    })
  })

  it('writes bytes attributes as base64 in JSON.stringify', () => {
    const child = derive(parent, { material: new Uint8Array([0, 255]) })
    expect(JSON.parse(JSON.stringify(child))).toMatchObject({ material: 'AP8=' })
  })

  it('refuses what would be no valid event', () => {
    expect(thrownBy(() => derive(parent, { type: '' }))).toMatchObject({ code: 'ERR_INVALID_EVENT' })
    expect(thrownBy(() => derive(parent, { source: undefined }))).toMatchObject({
      violations: [{ rule: 'required' }],
    })
    expect(thrownBy(() => derive(parent, { data: 1, data_base64: 'AA==' }))).toMatchObject({
      violations: [{ rule: 'data-exclusive' }],
    })
  })

  it('does not read the data it only passes on', () => {
    const broken = binding.decode({
      body: bytesOf('{'),
      headers: { ...binding.encode(event({ id: '1' })).headers, 'content-type': 'application/json' },
    })
    expect(textOf(binding.encode(derive(broken, { type: 'paid' })).body)).toBe('{')
  })
})
