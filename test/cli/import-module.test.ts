import { afterAll, describe, expect, test } from '@jest/globals'
import { start } from './command-line.ts'
import { folder } from './folder.ts'

const made = folder({
  'waybill.config.mjs': `
    const source = { topic: 't' }
    export default {
      brokers: { main: 'memory://' },
      functions: { f: { handler: process.env.HANDLER, source } },
    }`,
  'package.mjs': `console.log('run'); await import('no-such-package'); export const handler = () => {}`,
  'file.mjs': `console.log('run'); await import('./no-such-file.mjs'); export const handler = () => {}`,
  'format.mjs': `console.log('run'); await import('./data.yaml'); export const handler = () => {}`,
  'data.yaml': 'a: 1',
  'inner.mjs': `import './package.mjs'; export const handler = () => {}`,
  'bare.ts': `import { word } from './word'; console.log(word); export const handler = () => {}`,
  'index.ts': `import { word } from './words'; console.log(word); export const handler = () => {}`,
  'renamed.ts': `import { word } from './word.js'; console.log(word); export const handler = () => {}`,
  'word.ts': `export const word: string = 'found'`,
  'words/index.ts': `export const word: string = 'found'`,
})
afterAll(() => made.remove())

/** By plain Node, which cannot run all of TypeScript itself. */
function check(handler: string) {
  return start(['check'], { cwd: made.path, env: { HANDLER: `./${handler}` }, built: true }).finished
}

describe('a module of the user', () => {
  test.each([
    ['package.mjs', "Cannot find package 'no-such-package'"],
    ['file.mjs', 'no-such-file.mjs'],
    ['format.mjs', 'Unknown file extension ".yaml"'],
    ['inner.mjs', "Cannot find package 'no-such-package'"],
  ])('is run once, where something that it imports cannot be found: %s', async (handler, reason) => {
    const { code, stderr } = await check(handler)
    expect(code).toBe(2)
    expect(stderr.split('\n').filter((line) => line === 'run')).toHaveLength(1)
    expect(stderr).toContain(`[waybill] functions.f.handler: ./${handler} cannot be loaded: `)
    expect(stderr).toContain(reason)
  })

  test.each(['bare.ts', 'index.ts', 'renamed.ts'])(
    'may name its own files as TypeScript does: %s',
    async (handler) => {
      const { code, stderr } = await check(handler)
      expect({ code, stderr }).toEqual({ code: 0, stderr: 'found\n' })
    },
  )
})
