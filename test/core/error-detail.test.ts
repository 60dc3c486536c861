import { describe, expect, it } from '@jest/globals'
import { DecodeError, PublishError, WaybillError } from '../../adapters/core/errors.ts'
import { decodeJsonBatch } from '../../adapters/core/json.ts'
import { bytesOf, thrownBy } from './events.ts'

describe('the detail of an error', () => {
  it.each([
    new WaybillError('ERR_CONFIG', 'no such topic', { adapter: 'kafka' }),
    new DecodeError('no such topic', { adapter: 'nats' }),
    new PublishError('no such topic', []),
  ])('is its message without the name in brackets: %s', (error) => {
    expect(error.detail).toBe('no such topic')
    expect(error.message).toBe(`[${error.adapter}] no such topic`)
    expect(Object.keys(error)).not.toContain('detail')
  })

  it('is what an error about a batch quotes, whoever wrote brackets into it', () => {
    const error = thrownBy(() => decodeJsonBatch(bytesOf('[{"id":"[waybill] x"}]')))
    expect(error).toMatchObject({
      message: expect.stringMatching(/^\[waybill\] event 0 of the batch: (?!\[)/),
    })
  })
})
