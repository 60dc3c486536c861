import { symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type CloudEvent, createEvent, type NewEvent } from '../../adapters/index.ts'
import { createHandler, fileSubmitted, rowType } from '../../functions/upload/handler.ts'
import { folder } from '../cli/folder.ts'
import { call } from './call.ts'
import { openFiles } from './upload/files.ts'

const table = 'code,city\n00M,Bay Springs\n00R,\n\n00V,"Colorado\nSprings"\n'
let files: ReturnType<typeof folder>
beforeAll(() => {
  files = folder({ 'airports.csv': table, 'inside/a.csv': table, 'header.csv': 'a,b\n', 'empty.csv': '' })
})
afterAll(() => files.remove())

function submitted(data: unknown, more: Partial<NewEvent> = {}): CloudEvent {
  return createEvent({ type: fileSubmitted, source: '/test', time: '2026-01-31T12:00:00Z', data, ...more })
}

function upload(name: string, more: object = {}): Promise<CloudEvent[]> {
  return call(createHandler(), submitted({ path: join(files.path, name), ...more }))
}

const onEnd = () => {}

describe('upload', () => {
  it('returns an event for each row, with the file for subject and key and the number of the row', async () => {
    const [first, ...rest] = await upload('airports.csv')
    expect(first).toEqual({
      specversion: '1.0',
      id: expect.stringMatching(/^[0-9a-f]{16}-1$/),
      source: '/functions/upload',
      type: rowType,
      time: '2026-01-31T12:00:00Z',
      subject: 'airports.csv',
      partitionkey: 'airports.csv',
      row: '1',
      sequence: '0000000001',
      datacontenttype: 'application/json',
      data: { code: '00M', city: 'Bay Springs' },
    })
    expect(rest.map(({ row, data }) => [row, data])).toEqual([
      ['2', { code: '00R' }],
      ['4', { code: '00V', city: 'Colorado\nSprings' }],
    ])
  })

  it('gives the same events when it is asked again', async () => {
    expect(await upload('airports.csv')).toEqual(await upload('airports.csv'))
  })

  it('gives other ids when the file has changed', async () => {
    const path = join(files.path, 'changing.csv')
    writeFileSync(path, table)
    utimesSync(path, 1, 1)
    const before = await upload('changing.csv')
    utimesSync(path, 2, 2)
    const after = await upload('changing.csv')
    expect(after.map(({ sequence }) => sequence)).toEqual(before.map(({ sequence }) => sequence))
    const known = new Set(before.map(({ id }) => id))
    expect(after.filter(({ id }) => known.has(id))).toEqual([])
  })

  it('gives rows one by one, and closes the file when it is left', async () => {
    const path = join(files.path, 'long.csv')
    const before = openFiles()
    writeFileSync(path, `n\n${Array.from({ length: 200_000 }, (_, at) => at).join('\n')}\n`)
    const { signal } = new AbortController()
    const delivery = {
      message: { body: null, headers: {} },
      topic: 'test',
      attempt: 1,
      signal,
      native: undefined,
    }
    const result = await createHandler()(submitted({ path }), { attempt: 1, signal, delivery, onEnd })
    if (result === undefined || !(Symbol.asyncIterator in result)) throw new Error('no stream')
    const stream = result[Symbol.asyncIterator]()
    expect((await stream.next()).value.data).toEqual({ n: '0' })
    expect((await stream.next()).value.data).toEqual({ n: '1' })
    expect(openFiles()).toBe(before + 1)
    await stream.return?.()
    expect(openFiles()).toBe(before)
  })

  it('stops with the reason of its signal', async () => {
    const abort = new AbortController()
    const delivery = {
      message: { body: null, headers: {} },
      topic: 't',
      attempt: 1,
      signal: abort.signal,
      native: undefined,
    }
    const event = submitted({ path: join(files.path, 'airports.csv') })
    const result = await createHandler()(event, { attempt: 1, signal: abort.signal, delivery, onEnd })
    if (result === undefined || !(Symbol.asyncIterator in result)) throw new Error('no stream')
    const stream = result[Symbol.asyncIterator]()
    await stream.next()
    abort.abort(new Error('the lease was lost'))
    await expect(stream.next()).rejects.toThrow('the lease was lost')
  })

  it('has no rows for a file that is only a header', async () => {
    expect(await upload('header.csv')).toEqual([])
  })

  it('keeps surplus cells with the row, as ASCII', async () => {
    writeFileSync(join(files.path, 'long-rows.csv'), 'a,b\n1,2,"ä\n",\ufffe\n3,4,,\n')
    const [surplus, plain] = await upload('long-rows.csv')
    expect(surplus).toMatchObject({ data: { a: '1', b: '2' }, surplus: '["\\u00e4\\n","\\ufffe"]' })
    expect(plain).not.toHaveProperty('surplus')
  })

  it('takes a delimiter', async () => {
    writeFileSync(join(files.path, 'odd.csv'), 'a!b,c\n1!2\n')
    const [event] = await upload('odd.csv', { delimiter: '!' })
    expect(event?.data).toEqual({ a: '1', 'b,c': '2' })
  })

  it.each([
    [
      'empty.csv',
      '[upload] empty.csv: is empty: name the columns in the first line and put the rows below it',
    ],
    ['none.csv', '[upload] none.csv: there is no such file: check the path'],
    ['inside', '[upload] inside: is a folder: give one file in it'],
  ])('dead-letters %s with the reason', async (name, message) => {
    await expect(upload(name)).rejects.toMatchObject({
      code: 'ERR_TERMINAL',
      message: expect.stringContaining(message),
    })
  })

  it.each([
    [undefined, 'the data name no file: send { "path": "…" }'],
    [{ file: 'a.csv' }, 'the data name no file ("path")'],
    [{ path: 7 }, 'the data name no file ("path")'],
    [{ path: 'a.csv', delimiter: 'ab' }, 'the data name no file ("delimiter")'],
  ])('dead-letters the data %j', async (data, message) => {
    await expect(call(createHandler(), submitted(data))).rejects.toMatchObject({
      code: 'ERR_TERMINAL',
      message: expect.stringContaining(message),
    })
  })

  it('dead-letters an event that tells of something else', async () => {
    const event = submitted({ path: 'a.csv' }, { id: 'e1', type: 'dev.waybill.file.deleted' })
    await expect(call(createHandler(), event)).rejects.toMatchObject({
      code: 'ERR_TERMINAL',
      message: 'event e1 is of type "dev.waybill.file.deleted": upload takes "dev.waybill.file.submitted"',
    })
  })

  it.each([
    [{ folder: '/' }, '[upload] unknown option "folder": use directory'],
    [{ directory: '' }, '[upload] directory:'],
    ['/', '[upload] give { directory }'],
  ])('refuses the options %j', (options, message) => {
    expect(() => Reflect.apply(createHandler, undefined, [options])).toThrow(message)
  })
})

describe('upload with a directory', () => {
  const inside = () => createHandler({ directory: join(files.path, 'inside') })

  it('reads files of it, by relative and by absolute paths', async () => {
    for (const path of ['a.csv', join(files.path, 'inside', 'a.csv'), '../inside/a.csv']) {
      expect(await call(inside(), submitted({ path }))).toHaveLength(3)
    }
  })

  it('refuses what lies outside, also behind a link', async () => {
    symlinkSync(join(files.path, 'airports.csv'), join(files.path, 'inside', 'link.csv'))
    for (const path of [
      '../airports.csv',
      '../none.csv',
      join(files.path, 'airports.csv'),
      'link.csv',
      '..',
    ]) {
      await expect(call(inside(), submitted({ path }))).rejects.toMatchObject({
        code: 'ERR_TERMINAL',
        message: expect.stringContaining(
          ': is outside the folder that upload reads from: put the file there',
        ),
      })
    }
  })

  it('takes a directory that is a link, with paths by the link and by where it leads', async () => {
    const link = join(files.path, 'linked')
    symlinkSync(join(files.path, 'inside'), link)
    const handler = createHandler({ directory: link })
    for (const path of ['a.csv', join(link, 'a.csv'), join(files.path, 'inside', 'a.csv')]) {
      expect(await call(handler, submitted({ path }))).toHaveLength(3)
    }
    await expect(call(handler, submitted({ path: join(files.path, 'airports.csv') }))).rejects.toThrow(
      'outside',
    )
  })

  it('says where there is no such file', async () => {
    await expect(call(inside(), submitted({ path: 'none.csv' }))).rejects.toThrow(
      'none.csv: there is no such file',
    )
  })
})

describe('a relative path', () => {
  it('is one from the working directory', async () => {
    const path = relative(process.cwd(), join(files.path, 'airports.csv'))
    const [event] = await call(createHandler(), submitted({ path }))
    expect(event?.subject).toBe(basename(path))
  })
})
