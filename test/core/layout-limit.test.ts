import { expect, it } from '@jest/globals'
import { documentedExtensions } from '../../adapters/core/extensions.ts'
import { layoutOf } from '../../adapters/core/layout.ts'
import { eventOfLayout, startOf } from '../../adapters/core/layout-event.ts'

it('reads data whole where what is searched for attributes ends just before them', () => {
  const members = { specversion: '1.0', source: '/s', type: 't', id: 'i', data: 1 }
  const layout = layoutOf(members, JSON.stringify(members), documentedExtensions)
  let read = 0
  for (let length = 940; length < 990; length++) {
    const json = JSON.stringify({ ...members, id: 'i'.repeat(length), data: 12 }) + ' '.repeat(200)
    const found = layout?.head.exec(startOf(json))
    if (!layout || !found) continue
    read++
    expect([length, eventOfLayout(layout, found, json)?.data]).toEqual([length, 12])
  }
  expect(read).toBeGreaterThan(5)
})
