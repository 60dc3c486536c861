import { describe, expect, it } from '@jest/globals'
import { connect } from '../../adapters/index.ts'
import { memory } from '../../adapters/memory/index.ts'
import { rejectionOf, thrownBy } from '../core/events.ts'

/** What a program without types can pass. */
const untyped = (text: string) => JSON.parse(text)

describe('the memory broker', () => {
  it.each(['memory://orders', 'memory://host/x', 'memory:///x', 'memory://host:1'])(
    'has no address, so that %s is refused',
    async (url) => {
      expect(await rejectionOf(connect(url))).toMatchObject({
        code: 'ERR_CONFIG',
        message: expect.stringMatching(/has no address.*write memory:\/\//),
      })
    },
  )

  it.each([
    ['{"capcity":1}', 'capacity'],
    ['{"retain":1}', 'retainMs'],
    ['{"redeliver":"runner"}', 'redelivery'],
  ])('refuses the unknown option of %s and names the nearest', (options, near) => {
    expect(thrownBy(() => memory(untyped(options)))).toMatchObject({
      code: 'ERR_CONFIG',
      message: expect.stringContaining(`did you mean "${near}"?`),
    })
  })

  it.each(['{}', '5', '{"now":1,"after":2}'])('refuses %s for a clock', (clock) => {
    expect(thrownBy(() => memory({ clock: untyped(clock) }))).toMatchObject({
      code: 'ERR_CONFIG',
      message: expect.stringContaining('clock'),
    })
  })
})
