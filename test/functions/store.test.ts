import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from '@jest/globals'
import { builtinDrivers } from 'unstorage'
import { drivers } from '../../functions/store/drivers.ts'
import { createHandler, keyOf } from '../../functions/store/handler.ts'
import { folder } from '../cli/folder.ts'
import { call, row } from './call.ts'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

describe('store', () => {
  it('keeps the data under the file and the number of the row', async () => {
    const handler = await createHandler({ driver: 'memory' })
    expect(await call(handler, row({ code: '00M', city: 'Bay Springs' }))).toEqual([])
    expect(await handler.storage.getKeys()).toEqual(['airports.csv:0000000017'])
    expect(await handler.storage.getItem('airports.csv:0000000017')).toEqual({
      code: '00M',
      city: 'Bay Springs',
    })
  })

  it('writes the same bytes to the same file when an event comes again', async () => {
    const { path, remove } = folder({})
    cleanups.push(remove)
    const handler = await createHandler({ driver: 'fs', options: { base: path } })
    const file = join(path, 'airports.csv', '0000000017')
    await call(handler, row({ b: 'x', a: 'ä' }))
    const first = readFileSync(file)
    await call(handler, row({ b: 'x', a: 'ä' }))
    expect(readFileSync(file)).toEqual(first)
    expect(first.toString()).toBe('{"b":"x","a":"ä"}')
    expect(readdirSync(join(path, 'airports.csv'))).toHaveLength(1)
  })

  it('closes the storage when it is disposed', async () => {
    const handler = await createHandler({ driver: 'memory' })
    await call(handler, row({ a: 'b' }))
    await handler[Symbol.asyncDispose]()
    expect(await handler.storage.getKeys()).toEqual([])
  })

  it.each([
    ['a/b.csv', 'a%2fb.csv:0000000017'],
    ['..', '%2e%2e:0000000017'],
    ['a:b?c#d%.csv', 'a%3ab%3fc%23d%25.csv:0000000017'],
    [' a ', '%20a%20:0000000017'],
    [' . a. ..', '%20. a. %2e%2e:0000000017'],
    ['book.xlsx#Sheet 1', 'book.xlsx%23Sheet 1:0000000017'],
  ])('keeps rows of %j where no other file reaches', async (subject, key) => {
    const { path, remove } = folder({})
    cleanups.push(remove)
    const event = row({ a: 'b' }, { subject })
    expect(keyOf(event)).toBe(key)
    for (const options of [{ driver: 'memory' }, { driver: 'fs', options: { base: path } }]) {
      const handler = await createHandler(options)
      await call(handler, event)
      expect(await handler.storage.getItem(key)).toEqual({ a: 'b' })
      expect(await handler.storage.getKeys()).toEqual([key])
    }
  })

  it.each([
    ['without a subject', row({ a: 'b' }, { subject: undefined })],
    ['without a sequence', row({ a: 'b' }, { sequence: undefined })],
  ])('dead-letters an event %s', async (_what, event) => {
    const handler = await createHandler({ driver: 'memory' })
    await expect(call(handler, event)).rejects.toMatchObject({
      code: 'ERR_TERMINAL',
      message:
        'event f-17 has no place in the store: it needs "subject" (the file) and "sequence" (the number of the row)',
    })
  })

  it.each([
    ['no data', row(undefined)],
    ['bytes', row(new Uint8Array([1, 2]), { datacontenttype: 'application/octet-stream' })],
  ])('dead-letters an event with %s', async (_what, event) => {
    const handler = await createHandler({ driver: 'memory' })
    await expect(call(handler, event)).rejects.toThrow(
      'event f-17 has no JSON data: send its columns as application/json',
    )
  })

  it.each([
    [{ driver: 'redid' }, 'ERR_CONFIG', 'unknown driver "redid": did you mean "redis"?'],
    [
      { driver: 'toString' },
      'ERR_CONFIG',
      'unknown driver "toString": use one that is known. All of them: https://unstorage',
    ],
    [{ driver: 'fs' }, 'ERR_CONFIG', 'driver "fs" refused its options: Missing required option `base`.'],
    [
      { driver: 'github', options: { repo: 'a/b' } },
      'ERR_CONFIG',
      'driver "github" only reads: use one that can write',
    ],
    [
      { driver: 'redis' },
      'ERR_MISSING_CLIENT',
      'driver "redis" needs the package "ioredis": run npm install ioredis',
    ],
    [{}, 'ERR_CONFIG', "driver: give the name of a driver, such as 'memory' or 'fs'"],
    [{ driver: 'memory', option: {} }, 'ERR_CONFIG', 'unknown option "option": did you mean "options"?'],
    [{ driver: 'memory', options: 7 }, 'ERR_CONFIG', 'options: give an object'],
  ])('refuses the options %j', async (options, code, problem) => {
    const error: unknown = await Reflect.apply(createHandler, undefined, [options]).catch(
      (thrown: unknown) => thrown,
    )
    expect(error).toMatchObject({ code, message: expect.stringContaining(`[store] ${problem}`) })
  })

  it('knows every driver that unstorage ships', () => {
    const shipped = new Set(
      Object.values(builtinDrivers).map((path) => path.replace('unstorage/drivers/', '')),
    )
    expect(new Set(Object.keys(drivers))).toEqual(shipped)
  })
})
