import { describe, expect, it } from '@jest/globals'
import { decodeJson, encodeJson } from '../../adapters/core/json.ts'
import { bytesOf, envelope, event, textOf, thrownBy } from './events.ts'

function decode(text: string) {
  return decodeJson(bytesOf(text))
}

describe('reading a JSON event', () => {
  it('keeps every attribute as it was sent, and adds none', () => {
    const sent = {
      specversion: '1.0',
      id: 'A-1',
      source: 'https://example.com/orders#eu',
      type: 'placed',
      subject: 'Bestellung ü',
      time: '2020-01-01T00:00:00.123456789+02:00',
      dataschema: 'urn:order:1',
      comexampleflag: true,
      comexamplecount: -2147483648,
      tracestate: '',
    }
    expect({ ...decode(JSON.stringify(sent)) }).toEqual(sent)
  })

  it('leaves time, content type and data absent when they are absent', () => {
    expect(Object.keys(decode(envelope()))).toEqual(['specversion', 'id', 'source', 'type'])
  })

  it('takes a null attribute for an absent one', () => {
    const read = decode(
      envelope('"time":null,"subject":null,"dataschema":null,"extra":null,"datacontenttype":null'),
    )
    expect(Object.keys(read)).toEqual(['specversion', 'id', 'source', 'type'])
  })

  it.each([
    ['a number', '5'],
    ['a list', '[]'],
    ['null', 'null'],
    ['a string', '"{}"'],
  ])('refuses a document that is %s', (_, text) => {
    expect(thrownBy(() => decode(text))).toMatchObject({ name: 'DecodeError', code: 'ERR_DECODE' })
  })

  it.each([
    ['nothing', new Uint8Array()],
    ['text that is no JSON', bytesOf('specversion: 1.0')],
    ['a document that was cut', bytesOf(envelope().slice(0, -1))],
    ['two documents', bytesOf(envelope() + envelope())],
  ])('refuses %s', (_, bytes) => {
    expect(thrownBy(() => decodeJson(bytes))).toMatchObject({
      code: 'ERR_DECODE',
      message: '[waybill] the event is not valid JSON: send one JSON object in the CloudEvents JSON format',
    })
  })

  it('refuses bytes that are not UTF-8, and says so', () => {
    const bytes = bytesOf(envelope('"subject":"??"'))
    bytes[bytes.indexOf(0x3f)] = 0xff
    expect(thrownBy(() => decodeJson(bytes))).toMatchObject({
      code: 'ERR_DECODE',
      message: '[waybill] the event is not UTF-8 text: the JSON event format requires it',
    })
  })

  it('names every broken rule at once', () => {
    const error = thrownBy(() => decode('{"specversion":"1.0","id":"","time":"yesterday","Subject":"x"}'))
    expect(error).toMatchObject({
      code: 'ERR_DECODE',
      violations: expect.arrayContaining([
        expect.objectContaining({ attribute: 'source', rule: 'required' }),
        expect.objectContaining({ attribute: 'type', rule: 'required' }),
        expect.objectContaining({ attribute: 'id', rule: 'non-empty' }),
        expect.objectContaining({ attribute: 'time', rule: 'rfc3339' }),
        expect.objectContaining({ attribute: 'Subject', rule: 'name' }),
      ]),
    })
  })

  it.each([
    ['a float', '"extra":1.5'],
    ['an integer beyond 32 bits', '"extra":2147483648'],
    ['an object', '"extra":{}'],
    ['a list', '"extra":[1]'],
    ['a lone surrogate', '"extra":"\\ud800"'],
    ['a control character', '"extra":"\\u0007"'],
  ])('refuses an attribute that is %s', (_, member) => {
    expect(thrownBy(() => decode(envelope(member)))).toMatchObject({ violations: [{ attribute: 'extra' }] })
  })

  it('lets the last of repeated members count, as JSON.parse does, in attributes and in data', () => {
    const read = decode(envelope('"data":{"n":1},"subject":"a","data":{"n":9007199254740993},"subject":"b"'))
    expect(read.subject).toBe('b')
    expect(textOf(encodeJson(read))).toContain('"data":{"n":9007199254740993}')
  })

  it('knows members by names that are written with escapes', () => {
    const read = decode(envelope('"d\\u0061ta":{"n":9007199254740993},"subj\\u0065ct":"s"'))
    expect(read.subject).toBe('s')
    expect(textOf(encodeJson(read))).toContain('"data":{"n":9007199254740993}')
  })

  it('takes the names of data for what they are, in this case only', () => {
    expect(thrownBy(() => decode(envelope('"Data":1')))).toMatchObject({ violations: [{ rule: 'name' }] })
    expect(thrownBy(() => decode(envelope('"DATA_BASE64":"AA=="')))).toMatchObject({
      violations: [{ rule: 'name' }],
    })
  })

  it('takes "constructor" and the like for extensions, as their names are legal', () => {
    const read = decode(envelope('"constructor":"x","valueof":"y","tojson":"z","then":"w"'))
    expect({ ...read }).toMatchObject({ constructor: 'x', valueof: 'y', tojson: 'z' })
    expect(Reflect.get(read, 'then')).toBe('w')
    expect(JSON.parse(textOf(encodeJson(read)))).toMatchObject({ constructor: 'x', tojson: 'z' })
  })

  it('refuses "__proto__" as a name, and lets it change no prototype', () => {
    const error = thrownBy(() => decode(envelope('"__proto__":{"polluted":true}')))
    expect(error).toMatchObject({ violations: [{ attribute: '__proto__', rule: 'name' }] })
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  })

  it('keeps "__proto__" inside data as data', () => {
    const read = decode(envelope('"data":{"__proto__":{"polluted":true},"constructor":1}'))
    expect(Reflect.get(Object(read.data), 'polluted')).toBeUndefined()
    expect(textOf(encodeJson(read))).toContain('"data":{"__proto__":{"polluted":true},"constructor":1}')
  })
})

describe('writing a JSON event', () => {
  it('writes an event that reads back the same', () => {
    const written = event({
      id: '7',
      time: '2026-01-31T12:00:00.5+01:00',
      subject: '"quoted"\\ ü',
      flag: false,
      n: -1,
    })
    expect({ ...decodeJson(encodeJson(written)) }).toEqual({ ...written })
  })

  it('writes bytes of an attribute as base64', () => {
    const written = encodeJson(event({ material: new Uint8Array([0, 255]) }))
    expect(JSON.parse(textOf(written))).toMatchObject({ material: 'AP8=' })
  })

  it('leaves out what is undefined', () => {
    const text = textOf(encodeJson({ ...event({ id: '1' }), extra: undefined }))
    expect(Object.keys(JSON.parse(text)).sort()).toEqual(['id', 'source', 'specversion', 'time', 'type'])
  })

  it('adds no time, no id and no content type to an event that has none', () => {
    const text = envelope('"data":{"a":1}')
    expect(JSON.parse(textOf(encodeJson(decode(text))))).toEqual(JSON.parse(text))
  })

  it('refuses an event that breaks a rule, naming it', () => {
    expect(thrownBy(() => encodeJson({ ...event(), source: '' }))).toMatchObject({
      code: 'ERR_INVALID_EVENT',
      violations: [{ attribute: 'source', rule: 'non-empty' }],
    })
  })
})
