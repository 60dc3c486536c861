import { expect, it } from '@jest/globals'
import { redactUrl } from '../../adapters/core/connect.ts'
import { messageOf } from '../../adapters/core/errors.ts'
import { connect } from '../../adapters/index.ts'
import { rejectionOf } from './events.ts'

it.each([
  'Endpoint=sb://bus.example.com/;SharedAccessKeyName=Root;SharedAccessKey=SECRET=',
  'host=db password=SECRET',
  'mqtt:user:SECRET',
  'SECRET',
  '//SECRET',
])('nothing is shown of what is no URL: %s', async (text) => {
  expect(redactUrl(text)).not.toContain('SECRET')
  const error = await rejectionOf(connect(text))
  expect(error).toMatchObject({ code: 'ERR_CONFIG' })
  expect(messageOf(error)).not.toContain('SECRET')
})
