import { describe, expect, it } from '@jest/globals'
import { binding, httpBinding } from '../../adapters/http/binding.ts'
import { eventsOf, responseOf } from '../../adapters/http/request.ts'
import { event, thrownBy } from '../core/events.ts'

const structuredType = 'application/cloudevents+json; charset=utf-8'

describe('a response', () => {
  it.each(['binary', 'structured'] as const)('replies with an event, %s', async (mode) => {
    const reply = event({ subject: 'ü', datacontenttype: 'application/json', data: { a: 1 } })
    const response = responseOf(reply, { mode })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe(mode === 'binary' ? 'application/json' : structuredType)
    const [read] = await eventsOf(response)
    expect({ ...read }).toEqual({ ...reply })
  })

  it('replies with several events as a batch', async () => {
    const response = responseOf([event({ id: 'a' }), event({ id: 'b' })], {
      headers: { 'x-a': '1', 'Content-Type': 'text/plain' },
    })
    expect(response.headers.get('content-type')).toBe('application/cloudevents-batch+json; charset=utf-8')
    expect(response.headers.get('x-a')).toBe('1')
    expect((await eventsOf(response)).map(({ id }) => id)).toEqual(['a', 'b'])
  })

  it('without an event is 204, and gives none', async () => {
    for (const none of [undefined, []]) {
      const response = responseOf(none, { headers: { 'x-a': '1' } })
      expect(response.status).toBe(204)
      expect(response.body).toBeNull()
      expect(response.headers.get('x-a')).toBe('1')
      expect(await eventsOf(response)).toEqual([])
    }
  })

  it('that is empty gives no event, whatever its status and content type', async () => {
    for (const status of [200, 202, 500]) {
      const headers = { 'content-type': 'text/plain', 'content-length': '0' }
      expect(await eventsOf(new Response('', { status, headers }))).toEqual([])
    }
  })

  it('without a body may have an event in its headers', async () => {
    const dataless = responseOf(event({ id: 'a' }), { mode: 'binary' })
    expect(dataless.body).toBeNull()
    expect(await eventsOf(dataless)).toMatchObject([{ id: 'a' }])
  })

  it('with another body is refused, as is an empty one that should be an event', async () => {
    const html = new Response('<html>', { headers: { 'content-type': 'text/html' } })
    await expect(eventsOf(html)).rejects.toMatchObject({ code: 'ERR_DECODE' })
    const cut = new Response('', { headers: { 'content-type': structuredType } })
    await expect(eventsOf(cut)).rejects.toMatchObject({ code: 'ERR_DECODE' })
  })

  it('has the status and the headers that are asked for, but those of the event are its own', () => {
    const headers = { 'x-a': '1', 'ce-id': 'other', 'content-type': 'text/html' }
    const response = responseOf(event({ id: 'a', data: 1 }), { status: 201, headers })
    expect(response.status).toBe(201)
    expect(response.headers.get('x-a')).toBe('1')
    expect(response.headers.get('ce-id')).toBe('a')
    expect(response.headers.get('content-type')).toBe('application/json')
  })

  it('is written by the binding that is given', () => {
    const own = httpBinding({ mode: 'structured' })
    expect(responseOf(event({ data: 1 }), { binding: own }).headers.get('content-type')).toBe(structuredType)
    expect(responseOf([event({ data: 1 })], { binding }).headers.get('ce-id')).not.toBeNull()
  })

  it.each([100, 199, 204, 205, 304, 600, 200.5, Number.NaN])('has no event with status %s', (status) => {
    expect(thrownBy(() => responseOf(event(), { status }))).toMatchObject({ code: 'ERR_CONFIG' })
  })

  it('refuses an invalid event and a header that HTTP cannot carry', () => {
    expect(thrownBy(() => responseOf({ ...event(), id: '' }))).toMatchObject({ code: 'ERR_INVALID_EVENT' })
    expect(thrownBy(() => responseOf(event(), { headers: { 'x-a': '€' } }))).toMatchObject({
      message: expect.stringContaining('"x-a"'),
    })
  })
})
