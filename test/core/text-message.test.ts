import { describe, expect, it } from '@jest/globals'
import { asciiOfBase64, fromBase64, sizeOf } from '../../adapters/core/message.ts'
import { TextMessage } from '../../adapters/core/text-message.ts'
import { bytesOf } from './events.ts'

describe('a message of ASCII text', () => {
  const message = new TextMessage('{"a":1}', 'key')
  const plain = { body: Buffer.from('{"a":1}'), headers: {}, key: 'key' }

  it('has its bytes as any message, the same at each look', () => {
    expect(message.body).toEqual(plain.body)
    expect(message.body).toBe(message.body)
    expect(sizeOf(message)).toBe(sizeOf(plain))
  })

  it('keeps its bytes in a copy', () => {
    expect({ ...message }).toEqual(plain)
    expect({ ...message, headers: { a: 'b' } }).toEqual({ ...plain, headers: { a: 'b' } })
    expect([...structuredClone(new TextMessage('a', undefined)).body]).toEqual([...bytesOf('a')])
  })

  it('tells its text, which others do not', () => {
    expect(TextMessage.textOf(message)).toBe('{"a":1}')
    expect(TextMessage.textOf(plain)).toBeUndefined()
    expect(TextMessage.textOf({ ...message })).toBeUndefined()
  })
})

describe('ASCII text in Base64', () => {
  it.each(['', 'a', 'ab', 'abc', '\0\x7f', '{"a":"b"}', 'x'.repeat(5_000)])('is the text: %j', (text) => {
    expect(asciiOfBase64(Buffer.from(text).toString('base64'))).toBe(text)
  })

  it.each([
    ['text beyond ASCII', Buffer.from('Köln').toString('base64')],
    ['bytes', '8w=='],
    ['no padding', 'YQ'],
    ['padding inside', 'YQ==YQ=='],
    ['padding alone', '===='],
    ['space', 'YWJj YWJj   '],
    ['a line break in place of padding', 'YQ=\n'],
    ['space that makes up for a letter', 'YWJjYWI\n'],
    ['the alphabet of URLs', 'fn5-'],
    ['letters beyond ASCII', 'YWJ\u0163'],
  ])('is not found in %s', (_, text) => {
    expect(asciiOfBase64(text)).toBeUndefined()
  })

  it('is found in nothing that is no Base64', () => {
    const letters = ['Y', 'Q', '=', '\n', ' ', '-', '_', '+', '/', 'é', '\u0163']
    for (let seed = 0; seed < letters.length ** 4; seed++) {
      const text = Array.from(
        { length: 4 },
        (_, i) => letters[Math.floor(seed / letters.length ** i) % letters.length],
      )
      const ascii = asciiOfBase64(text.join(''))
      if (ascii !== undefined) expect(fromBase64(text.join(''))).toEqual(Buffer.from(ascii))
    }
  })
})
