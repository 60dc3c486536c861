import { readFileSync } from 'node:fs'
import { expect, it } from '@jest/globals'
import { leniencies } from '../adapters/core/leniency.ts'

it('docs/bindings.md lists every leniency, in its words', () => {
  const text = readFileSync('docs/bindings.md', 'utf8')
  const section = text.slice(text.indexOf('## Leniencies'), text.indexOf('Never accepted:'))
  const rows = [...section.matchAll(/^\| `([a-z-]+)` \| (.*) \|$/gm)].map(([, name, words]) => [name, words])
  expect(rows).toEqual(Object.entries(leniencies))
})
