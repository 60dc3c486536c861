import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { disposeHandler, loadHandler } from '../../cli/load-handler.ts'
import { folder } from './folder.ts'

const made = folder({
  'handler.ts':
    'export const handler = (event: { data: string }) => ({ ...event, data: event.data.toUpperCase() })',
  'factory.ts': `
    export async function createHandler(options: { suffix?: string }) {
      const { suffix = '!' } = options
      const handler = (event: { id: string }) => ({ ...event, id: event.id + suffix })
      return Object.assign(handler, { [Symbol.asyncDispose]: async () => { globalThis.disposed = suffix } })
    }`,
  'both.mjs': 'export const handler = () => "plain"\nexport const createHandler = () => () => "made"',
  'broken.mjs': 'throw new Error("no database\\nand more")',
  'syntax.mjs': 'export const handler = =>',
  'neither.mjs': 'export default () => {}\nexport const handle = () => {}\nexport const handler = 5',
  'nothing.mjs': '',
  'refuses.mjs': 'export const createHandler = () => { throw new Error("column is missing") }',
  'useless.mjs': 'export const createHandler = () => 5',
})
afterAll(() => made.remove())

const event = { specversion: '1.0', id: 'a', source: '/test', type: 't', data: 'x' }

function load(file: string, options?: Record<string, unknown>) {
  return loadHandler({ name: 'f', handler: { written: `./${file}`, path: join(made.path, file) }, options })
}

async function call(handler: unknown) {
  return typeof handler === 'function' ? handler(event) : undefined
}

describe('a handler module', () => {
  test('may export the handler', async () => {
    expect(await call(await load('handler.ts'))).toMatchObject({ data: 'X' })
  })

  test('may export a function that makes the handler from options', async () => {
    expect(await call(await load('factory.ts', { suffix: '?' }))).toMatchObject({ id: 'a?' })
    expect(await call(await load('factory.ts'))).toMatchObject({ id: 'a!' })
  })

  test('may make a handler that is disposed at the end', async () => {
    await disposeHandler(await load('factory.ts', { suffix: 'gone' }))
    expect(globalThis).toHaveProperty('disposed', 'gone')
    await disposeHandler(await load('handler.ts'))
  })

  test('that exports both makes one only where there are options', async () => {
    expect(await call(await load('both.mjs'))).toBe('plain')
    expect(await call(await load('both.mjs', {}))).toBe('made')
  })

  test.each([
    [
      'missing.ts',
      undefined,
      `no file ${join(made.path, 'missing.ts')}: correct the path, it is relative to the configuration`,
    ],
    ['broken.mjs', undefined, './broken.mjs cannot be loaded: no database'],
    [
      'neither.mjs',
      undefined,
      './neither.mjs exports no function "handler" or "createHandler", but "default", "handle", "handler": export one of the two',
    ],
    [
      'nothing.mjs',
      undefined,
      './nothing.mjs exports no function "handler" or "createHandler", but nothing: export one of the two',
    ],
    [
      'handler.ts',
      { suffix: '?' },
      './handler.ts exports "handler", which takes no options: export createHandler(options), or remove "options"',
    ],
    ['refuses.mjs', {}, 'createHandler of ./refuses.mjs failed: column is missing'],
    ['useless.mjs', {}, 'createHandler of ./useless.mjs returned no function: return (event, context) => …'],
  ])('is refused: %s', async (file, options, message) => {
    await expect(load(file, options)).rejects.toMatchObject({
      code: 'ERR_CONFIG',
      message: `[waybill] functions.f.handler: ${message}`,
    })
  })

  test('that throws while it is loaded is the cause', async () => {
    await expect(load('broken.mjs')).rejects.toMatchObject({ cause: { message: 'no database\nand more' } })
    await expect(load('syntax.mjs')).rejects.toThrow('./syntax.mjs cannot be loaded: ')
  })
})
