import { expect, it } from '@jest/globals'
import { derive } from '../../adapters/core/event.ts'
import { headerBinding } from '../../adapters/core/header-binding.ts'
import { event } from './events.ts'

const binding = headerBinding({ name: 'test', prefix: 'ce-' })

it.each([(name: string) => name, (name: string) => name.toUpperCase()])(
  'reads back the event that was written, whatever headers go with it',
  (spell) => {
    const original = binding.encode(event({ subject: 's', data: { a: 1 }, flag: true }))
    const headers = Object.fromEntries(
      Object.entries({ ...original.headers, traceparent: '00' }).map(([name, value]) => [spell(name), value]),
    )
    const child = derive(binding.decode(original), {
      subject: undefined,
      flag: undefined,
      datacontenttype: undefined,
      data: new Uint8Array([1]),
    })
    for (const mode of ['binary', 'structured'] as const) {
      const message = binding.encode(child, { mode, headers })
      expect({ ...binding.decode(message) }).toEqual({ ...child })
      expect(Object.keys(message.headers).map((name) => name.toLowerCase())).toContain('traceparent')
    }
  },
)
