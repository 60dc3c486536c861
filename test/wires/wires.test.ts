import { existsSync, readdirSync } from 'node:fs'
import { expect, it } from '@jest/globals'
import { wires } from './wires.ts'

it('every broker has its wire', () => {
  const folders = readdirSync(new URL('../../adapters/', import.meta.url), { withFileTypes: true })
  const brokers = folders.filter((entry) => entry.isDirectory() && entry.name !== 'core')
  const names = new Set(wires.map(({ folder }) => folder))
  expect([...names].sort()).toEqual(brokers.map(({ name }) => name).sort())
})

it.each(wires.map(({ name }) => name))('%s is fuzzed', (name) => {
  expect(existsSync(new URL(`fuzz-${name}.test.ts`, import.meta.url))).toBe(true)
})
