import { describe, expect, it } from '@jest/globals'
import { headerBinding } from '../../adapters/core/header-binding.ts'
import { headerOf, type Message } from '../../adapters/core/message.ts'
import { DecodeError } from '../../adapters/index.ts'
import { thrownBy } from './events.ts'

const values = [undefined, null, 5, true, ['text/plain'], {}, Symbol('a'), () => 'a']

/** A header as a driver without types could leave it. */
function untyped(headers: Record<string, unknown>): Message['headers'] {
  return headers as Message['headers']
}

describe('a header that is no string', () => {
  it.each(values.map((value) => [value]))('has no value: %p', (value) => {
    expect(headerOf(untyped({ 'content-type': value }), 'content-type')).toBeUndefined()
    expect(headerOf(untyped({ 'Content-Type': value }), 'content-type')).toBeUndefined()
    const both = untyped({ 'Content-Type': value, 'CONTENT-TYPE': 'text/plain' })
    expect(headerOf(both, 'content-type')).toBe('text/plain')
  })

  it.each(values.map((value) => [value]))('is told by its name where an event needs it: %p', (value) => {
    const binding = headerBinding({ name: 'test', prefix: 'ce-' })
    const required = { 'ce-specversion': '1.0', 'ce-source': '/orders', 'ce-type': 'placed', 'ce-id': value }
    const headers = untyped({ ...required, 'content-type': value })
    const error = thrownBy(() => binding.decode({ body: null, headers }))
    expect(error).toBeInstanceOf(DecodeError)
    expect(error).toHaveProperty('violations.0.attribute', 'id')
  })

  it.each(values.map((value) => [value]))('says no other content type: %p', (value) => {
    const binding = headerBinding({ name: 'test', prefix: 'ce-' })
    const event = { 'ce-specversion': '1.0', 'ce-source': '/orders', 'ce-type': 'placed', 'ce-id': '1' }
    const headers = untyped({ ...event, 'content-type': 'text/plain', 'ce-datacontenttype': value })
    expect(binding.decode({ body: null, headers }).datacontenttype).toBe('text/plain')
  })
})
