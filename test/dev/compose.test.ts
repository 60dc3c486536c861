import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import { recipes } from '../../dev/recipes.ts'

const text = await readFile(join(import.meta.dirname, '../../compose.yaml'), 'utf8')

it.each([
  ['kafka', 'apache/kafka:'],
  ['nats', 'nats:'],
  ['kinesis', 'kinesis-local@'],
] as const)('compose.yaml has the release of %s that is started without it', (kind, name) => {
  expect(text).toContain(`${name}${recipes[kind].defaultVersion}`)
})
