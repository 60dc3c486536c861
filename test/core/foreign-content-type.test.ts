import { expect, it } from '@jest/globals'
import { messageOf } from '../../adapters/core/errors.ts'
import { decodeJson } from '../../adapters/core/json.ts'
import { bytesOf, thrownBy } from './events.ts'
import { binding } from './recorded-runner.ts'

const forged = `a\n[waybill] all is well\u001b[2J\u202e${'x'.repeat(5_000)}`

it.each([
  ['of a message that is no event', { 'content-type': forged }],
  ['that names an event format', { 'content-type': `application/cloudevents+${forged}` }],
])('a content type %s is quoted in one short, harmless line', (_, headers) => {
  const text = messageOf(thrownBy(() => binding.decode({ body: null, headers })))
  expect(text.length).toBeLessThan(300)
  expect(text).not.toMatch(/[\p{Cc}\p{Cf}]/u)
})

it('the content type of data that does not fit it is quoted too', () => {
  const contentType = JSON.stringify(`text/plain;a="${'\u202e'.repeat(10)}${'x'.repeat(5_000)}"`)
  const text = `{"specversion":"1.0","id":"1","source":"/s","type":"t","datacontenttype":${contentType},"data":{}}`
  const error = messageOf(thrownBy(() => decodeJson(bytesOf(text))))
  expect(error.length).toBeLessThan(400)
  expect(error).not.toMatch(/[\p{Cc}\p{Cf}]/u)
})
