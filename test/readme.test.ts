import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { type Row, tableOf, withTable } from '../scripts/matrix-table.ts'
import { harnesses } from './conformance/harnesses/index.ts'
import { cases } from './conformance/index.ts'

const readme = readFileSync(resolve(import.meta.dirname, '../README.md'), 'utf8')

async function rows(): Promise<Row[]> {
  const all: Row[] = []
  for (const [broker, open] of Object.entries(harnesses)) {
    const harness = open()
    await using opened = await harness.open((driver) => driver)
    const { capabilities } = opened
    const applicable = cases.filter((each) => each.needs(capabilities, harness) === true).length
    all.push({ broker, capabilities, passed: applicable, applicable })
  }
  return all
}

describe('the README', () => {
  it('shows the matrix that the drivers declare, with every applicable case passed', async () => {
    expect(withTable(readme, tableOf(await rows()))).toBe(readme)
  })

  it('refuses a document without a place for the matrix', () => {
    expect(() => withTable('# Waybill', '| a |')).toThrow('no place for the matrix')
  })

  it('names only scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync(resolve(import.meta.dirname, '../package.json'), 'utf8'))
    const named = [...readme.matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name)
    expect(named.filter((name) => name === undefined || !(name in scripts))).toEqual([])
  })

  it('links to files that exist', () => {
    const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, path]) => path ?? '')
    expect(links.length).toBeGreaterThan(3)
    for (const path of links)
      expect(() => readFileSync(resolve(import.meta.dirname, '..', path))).not.toThrow(/ENOENT/)
  })
})
