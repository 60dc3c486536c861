import { expect, it } from '@jest/globals'
import { headerBinding } from '../../adapters/core/header-binding.ts'
import { decodeJson, encodeJson } from '../../adapters/core/json.ts'
import { bytesOf, envelope, event, thrownBy } from './events.ts'

const binding = headerBinding({ name: 'test', prefix: 'ce-' })

it('copies changed bytes', () => {
  const read = binding.decode(binding.encode(event({ data: new Uint8Array([1, 2]) })))
  if (!(read.data instanceof Uint8Array)) throw new Error('no bytes')
  read.data[0] = 9
  const { body } = binding.encode(read)
  read.data[0] = 7
  expect([...(body ?? [])]).toEqual([9, 2])
})

it('does not forget a change because the data are deep', () => {
  const read = decodeJson(
    bytesOf(envelope(`"data":{"n":1,"deep":${'['.repeat(50_000)}${']'.repeat(50_000)}}`)),
  )
  Object.assign(Object(read.data), { n: 2 })
  expect(thrownBy(() => encodeJson(read))).toMatchObject({ code: 'ERR_INVALID_EVENT' })
})

it('does not call UTF-8 bytes latin1', () => {
  const made = event({ datacontenttype: 'text/plain; charset=iso-8859-1', data: 'é' })
  expect(thrownBy(() => binding.encode(made))).toMatchObject({ code: 'ERR_INVALID_EVENT' })
})
