import { describe, expect, it } from '@jest/globals'
import { derive } from '../../adapters/core/event.ts'
import { event } from './events.ts'

describe('the time of a derived event', () => {
  it('is left out where the changes say undefined, whether its parent had one or not', () => {
    const timed = event()
    const timeless = derive(timed, { time: undefined })
    expect(Object.keys(timeless)).not.toContain('time')
    expect(Object.keys(derive(timeless, { time: undefined }))).not.toContain('time')
  })

  it('is the present where the changes say nothing', () => {
    const before = Date.now()
    const { time } = derive(derive(event(), { time: undefined }), {})
    expect(Date.parse(time ?? '')).toBeGreaterThanOrEqual(before)
  })

  it('is not what an undefined id is: that is made anew', () => {
    const parent = event({ id: 'parent' })
    expect(derive(parent, { id: undefined }).id).toMatch(/^[0-9a-f-]{36}$/)
  })
})
