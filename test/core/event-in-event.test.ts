import { describe, expect, it } from '@jest/globals'
import { headerBinding } from '../../adapters/core/header-binding.ts'
import { InvalidEventError } from '../../adapters/index.ts'
import { bytesOf, envelope, event, textOf, thrownBy } from './events.ts'

const binding = headerBinding({ name: 'test', prefix: 'ce-' })

describe('an event whose data are an event', () => {
  const types = [
    'application/cloudevents+json',
    'Application/CloudEvents-batch+json; charset=utf-8',
    'application/cloudevents',
    'application/cloudevents-schema+json',
  ]

  it.each(types)(
    'is structured in mode auto, since the header would name its data: %s',
    (datacontenttype) => {
      const outer = event({ datacontenttype, data: bytesOf(envelope()) })
      const message = binding.encode(outer)
      expect(message.headers).toEqual({ 'content-type': 'application/cloudevents+json; charset=utf-8' })
      const read = binding.decode(message)
      expect(read).toMatchObject({ id: outer.id, datacontenttype })
      expect(textOf(binding.encode(read).body)).toBe(textOf(message.body))
    },
  )

  it.each(types)('is refused in mode binary: %s', (datacontenttype) => {
    const outer = event({ datacontenttype })
    const error = thrownBy(() => binding.encode(outer, { mode: 'binary' }))
    expect(error).toBeInstanceOf(InvalidEventError)
    expect(error).toMatchObject({ violations: [{ attribute: 'datacontenttype', rule: 'ambiguous' }] })
  })

  it('is binary where no header that declares structured mode has the content type', () => {
    const apart = headerBinding({ name: 'test', prefix: 'ce-', contentType: ['ce-datacontenttype'] })
    const outer = event({ datacontenttype: 'application/cloudevents+json', data: bytesOf(envelope()) })
    const message = apart.encode(outer)
    expect(message.headers).toMatchObject({ 'ce-datacontenttype': 'application/cloudevents+json' })
    expect(textOf(message.body)).toBe(envelope())
    expect(apart.decode(message)).toMatchObject({ id: outer.id })
  })
})
