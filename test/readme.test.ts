import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { withTable } from '../scripts/matrix-table.ts'
import { harnesses } from './conformance/harnesses/index.ts'

const readme = readFileSync(resolve(import.meta.dirname, '../README.md'), 'utf8')

describe('the README', () => {
  it('has a row in its matrix for every harness, and no other', () => {
    const named = [...readme.matchAll(/^\| `([\w.-]+)` \|/gm)].map(([, name]) => name)
    expect(named).toEqual(Object.keys(harnesses))
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
