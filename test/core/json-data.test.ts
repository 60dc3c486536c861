import { describe, expect, it } from '@jest/globals'
import { headerBinding } from '../../adapters/core/header-binding.ts'
import { decodeJson, encodeJson } from '../../adapters/core/json.ts'
import { bytesOf, envelope, event, textOf, thrownBy } from './events.ts'

const binding = headerBinding({ name: 'test', prefix: 'ce-' })

function decode(members: string) {
  return decodeJson(bytesOf(envelope(members)))
}

/** What stands behind `"data":` once the event was read and written again. */
function relayed(data: string): string {
  const text = textOf(encodeJson(decode(`"datacontenttype":"application/json","data":${data}`)))
  return text.slice(text.indexOf('"data":') + 7, -1)
}

describe('the data of a JSON event', () => {
  it('is null where the member is null, and absent where there is no member', () => {
    expect(decode('"data":null').data).toBeNull()
    expect('data' in decode('"data":null')).toBe(true)
    expect('data' in decode('')).toBe(false)
  })

  it('stays null and stays absent when it is written again', () => {
    expect(JSON.parse(textOf(encodeJson(decode('"data":null'))))).toHaveProperty('data', null)
    expect(JSON.parse(textOf(encodeJson(decode(''))))).not.toHaveProperty('data')
    expect(JSON.parse(textOf(encodeJson(event({ data: null }))))).toHaveProperty('data', null)
  })

  it.each(['0', 'false', '""', '[]', '{}', '"null"', '1.5', 'true'])('keeps %s', (data) => {
    expect(decode(`"data":${data}`).data).toEqual(JSON.parse(data))
    expect(relayed(data)).toBe(data)
  })

  it('is not parsed twice when it is a string that looks like JSON', () => {
    for (const type of [
      '',
      '"datacontenttype":"application/json",',
      '"datacontenttype":"application/x+json",',
    ])
      expect(decode(`${type}"data":"{\\"a\\":1}"`).data).toBe('{"a":1}')
  })

  it.each([
    'application/json',
    'APPLICATION/JSON',
    'text/json; charset=utf-8',
    'application/geo+json;v=1',
    'a/b+JSON',
  ])('is a JSON value where the content type is %s', (type) => {
    expect(decode(`"datacontenttype":"${type}","data":{"a":1}`).data).toEqual({ a: 1 })
  })

  it.each(['text/plain', 'TEXT/html; charset=utf-8', 'application/xml', 'image/svg+xml'])(
    'is text where the content type is %s',
    (type) => {
      const read = decode(`"datacontenttype":"${type}","data":"{\\"a\\":1}"`)
      expect(read.data).toBe('{"a":1}')
      expect(JSON.parse(textOf(encodeJson(read)))).toMatchObject({ datacontenttype: type, data: '{"a":1}' })
    },
  )

  it('is the bytes of a string where the content type is neither JSON nor text', () => {
    expect(decode('"datacontenttype":"application/avro","data":"ü"').data).toEqual(
      new Uint8Array([0xc3, 0xbc]),
    )
  })

  it.each(['{"a":1}', '5', 'null', 'true', '[]'])(
    'must be a string where the content type is not JSON: %s is refused',
    (data) => {
      expect(thrownBy(() => decode(`"datacontenttype":"text/plain","data":${data}`))).toMatchObject({
        code: 'ERR_DECODE',
        violations: [{ attribute: 'data', rule: 'data-type' }],
      })
    },
  )

  it('reads base64 as bytes, as text or as JSON, as the content type says', () => {
    expect(decode('"data_base64":"AP8="').data).toEqual(new Uint8Array([0, 255]))
    expect(decode('"datacontenttype":"text/plain","data_base64":"w7w="').data).toBe('ü')
    expect(decode('"datacontenttype":"application/json","data_base64":"eyJhIjoxfQ=="').data).toEqual({ a: 1 })
  })

  it('stays of unknown type where base64 comes without a content type', () => {
    const again = textOf(encodeJson(decode('"data_base64":"eyJhIjoxfQ=="')))
    expect(JSON.parse(again)).toHaveProperty('data_base64', 'eyJhIjoxfQ==')
    expect(JSON.parse(again)).not.toHaveProperty('datacontenttype')
  })

  it.each(['"A"', '"AA"', '"A-_="', '"AA==\\n"', '5', '{}'])('refuses data_base64 that is %s', (base64) => {
    expect(thrownBy(() => decode(`"data_base64":${base64}`))).toMatchObject({
      violations: [{ attribute: 'data_base64', rule: 'base64' }],
    })
  })

  it.each(['{"a":1}', 'null', '""'])('may not stand beside data_base64: data %s', (data) => {
    expect(thrownBy(() => decode(`"data":${data},"data_base64":"AA=="`))).toMatchObject({
      violations: [{ attribute: 'data', rule: 'data-exclusive' }],
    })
  })

  it('is what data says where data_base64 is null', () => {
    expect(decode('"data":{"a":1},"data_base64":null').data).toEqual({ a: 1 })
  })

  it.each([
    ['integers beyond 2^53', '{"n":9007199254740993,"m":[123456789012345678901234567890]}'],
    ['numbers beyond a double', '[1e400,-1e400,1e-400]'],
    ['negative zero', '[-0,-0.0]'],
    ['a fraction of zero', '[1.0,1.10,100e-2,1E3]'],
    ['the order and the doubling of members', '{"b":1,"a":2,"2":3,"1":4,"b":5}'],
    ['spaces and line ends', '{ "a" :\t1 ,\r\n"b":[ ] }'],
    ['escapes as they were chosen', '"\\u0041\\/\\ud800 \\ud83d\\ude00"'],
    ['brackets and quotes in strings', '{"a":"}]\\"{[\\\\","b":"\\\\\\""}'],
  ])('is relayed untouched: %s', (_, data) => {
    expect(relayed(data)).toBe(data)
  })

  it('is relayed untouched also after it was read', () => {
    const read = decode('"data":{"n":9007199254740993, "b":1.0}')
    expect(read.data).toEqual({ n: 9007199254740992, b: 1 })
    expect(textOf(encodeJson(read))).toContain('"data":{"n":9007199254740993, "b":1.0}')
  })

  it('is base64 where it was received as JSON but is none', () => {
    const { headers } = binding.encode(event({ data: {} }))
    const read = binding.decode({ body: bytesOf('{"a":'), headers })
    expect(JSON.parse(textOf(encodeJson(read)))).toMatchObject({ data_base64: 'eyJhIjo=' })
  })

  it('is base64 where it is called JSON but is none', () => {
    const text = textOf(encodeJson(event({ datacontenttype: 'application/json', data: bytesOf('{"a":') })))
    expect(JSON.parse(text)).toMatchObject({ datacontenttype: 'application/json', data_base64: 'eyJhIjo=' })
  })

  it('is base64 where it is called text but is not UTF-8', () => {
    const text = textOf(encodeJson(event({ datacontenttype: 'text/plain', data: new Uint8Array([0xff]) })))
    expect(JSON.parse(text)).toMatchObject({ data_base64: '/w==' })
  })

  it('cannot break out of its envelope', () => {
    const data = bytesOf('1,"subject":"forged"')
    const text = textOf(encodeJson(event({ datacontenttype: 'application/json', data })))
    expect(JSON.parse(text)).not.toHaveProperty('subject')
    expect(decodeJson(bytesOf(text)).subject).toBeUndefined()
  })

  it.each([
    ['a function', () => {}],
    ['a symbol', Symbol('s')],
    ['a bigint', 1n],
  ])('cannot be %s', (_, data) => {
    expect(thrownBy(() => encodeJson({ ...event(), data }))).toMatchObject({
      code: 'ERR_INVALID_EVENT',
      violations: [{ attribute: 'data', rule: 'data-type' }],
    })
  })

  it.each([
    ['Uint16Array', new Uint16Array([1])],
    ['DataView', new DataView(new ArrayBuffer(1))],
    ['ArrayBuffer', new ArrayBuffer(1)],
  ])('cannot be bytes in the shape of %s, which JSON would write as numbered members', (_, data) => {
    for (const datacontenttype of ['application/json', undefined, 'image/png']) {
      const made = { ...event(), data, ...(datacontenttype === undefined ? {} : { datacontenttype }) }
      expect(thrownBy(() => encodeJson(made))).toMatchObject({ violations: [{ attribute: 'data' }] })
    }
  })

  it('cannot contain itself, and the error shows none of it', () => {
    const data: Record<string, unknown> = { secret: 'hunter2' }
    data.self = data
    const error = thrownBy(() => encodeJson({ ...event(), data }))
    expect(error).toMatchObject({ code: 'ERR_INVALID_EVENT', cause: expect.anything() })
    expect(String(error)).not.toContain('hunter2')
  })

  it('must be text or bytes where the content type is not JSON', () => {
    expect(
      thrownBy(() => encodeJson({ ...event(), datacontenttype: 'text/plain', data: { a: 1 } })),
    ).toMatchObject({
      code: 'ERR_INVALID_EVENT',
      violations: [{ attribute: 'data', rule: 'data-type' }],
    })
  })
})
