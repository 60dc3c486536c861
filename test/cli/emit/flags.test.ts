import { describe, expect, test } from '@jest/globals'
import { encodeJson } from '../../../adapters/index.ts'
import { type EventFlags, eventOf } from '../../../cli/emit/flags.ts'
import { UsageError } from '../../../cli/report.ts'

function json(flags: EventFlags): string {
  return Buffer.from(
    encodeJson(eventOf({ type: 't', id: '1', time: '2026-01-31T00:00:00Z', ...flags })),
  ).toString()
}

describe('the flags of an event', () => {
  test('have defaults for what every event needs', () => {
    expect(eventOf({ type: 'order.placed' })).toEqual({
      specversion: '1.0',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      source: '/waybill/emit',
      type: 'order.placed',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
    })
  })

  test('name attributes and extensions', () => {
    expect(
      eventOf({ type: 't', source: '/shop', subject: 's', ext: ['tenant=acme=x', 'trace=1'] }),
    ).toMatchObject({
      source: '/shop',
      subject: 's',
      tenant: 'acme=x',
      trace: '1',
    })
  })

  test.each([
    [
      'JSON as it was written, with its big integers',
      { data: '{"n":12345678901234567890}' },
      /"data":\{"n":12345678901234567890\}/,
    ],
    ['text that is no JSON', { data: 'hello' }, /"datacontenttype":"text\/plain".*"data":"hello"/],
    ['text that reads as JSON', { data: '5', contentType: 'text/plain' }, /"data":"5"/],
    ['empty text', { data: '' }, /"datacontenttype":"text\/plain".*"data":""/],
    ['other types as bytes', { data: 'x', contentType: 'application/octet-stream' }, /"data_base64":"eA=="/],
  ])('carry %s', (_, flags, expected) => {
    expect(json(flags)).toMatch(expected)
  })

  test.each([
    [{}, 'an event needs a type: add --type, or read events with --file'],
    [{ type: 't', ext: ['tenant'] }, '--ext tenant: write --ext name=value'],
    [{ type: 't', ext: ['subject=s'] }, '--ext subject=… is not an extension: use --subject'],
    [
      { type: 't', ext: ['datacontenttype=a/b'] },
      '--ext datacontenttype=… is not an extension: use --content-type',
    ],
    [
      { type: 't', data: '{', contentType: 'application/cloud+json; charset=utf-8' },
      '--data is not JSON, but its content type is application/cloud+json; charset=utf-8: correct either',
    ],
  ])('are refused: %j', (flags, message) => {
    expect(() => eventOf(flags)).toThrow(new Error(message))
  })

  test('make valid events only', () => {
    expect(() => eventOf({ type: 't', ext: ['Tenant=acme'] })).toThrow('"Tenant"')
  })

  test.each([
    { time: 'yesterday' },
    { source: '' },
    { ext: ['Tenant=acme'] },
    { data: '{', contentType: 'a/b+json' },
  ])('are a wrong command line where they make no event: %j', (flags) => {
    expect(() => eventOf({ type: 't', ...flags })).toThrow(UsageError)
  })
})
