import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { cached, cacheFolder } from '../../dev/cache.ts'
import { rejectionOf } from '../core/events.ts'

let home = ''
const before = process.env.XDG_CACHE_HOME

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'waybill-cache-'))
  process.env.XDG_CACHE_HOME = home
})

afterEach(async () => {
  if (before === undefined) Reflect.deleteProperty(process.env, 'XDG_CACHE_HOME')
  else process.env.XDG_CACHE_HOME = before
  await rm(home, { recursive: true, force: true })
})

it('what is fetched at the same time is fetched once', async () => {
  let fetches = 0
  const fetch = (folder: string) => {
    fetches++
    return writeFile(join(folder, 'a'), 'x')
  }
  const folders = await Promise.all(Array.from({ length: 10 }, () => cached('thing-1', fetch)))
  expect([fetches, new Set(folders).size]).toEqual([1, 1])
  expect(await readFile(join(folders[0] ?? '', 'a'), 'utf8')).toBe('x')
  expect((await readdir(cacheFolder())).sort()).toEqual(['thing-1'])
})

it('what was not fetched to its end is fetched again, and leaves nothing behind', async () => {
  const fail = async (folder: string) => {
    await writeFile(join(folder, 'half'), 'x')
    throw new Error('the network is down')
  }
  expect(await rejectionOf(cached('thing-1', fail))).toMatchObject({ message: 'the network is down' })
  expect(await readdir(cacheFolder())).toEqual([])
  const folder = await cached('thing-1', (draft) => writeFile(join(draft, 'whole'), 'x'))
  expect((await readdir(folder)).sort()).toEqual(['.finished', 'whole'])
})

it('a lock whose owner was killed holds nobody up', async () => {
  await cached('other', async () => {})
  // Numbers of processes end well below this one.
  await writeFile(join(cacheFolder(), 'thing-1.lock'), '99999999')
  await cached('thing-1', async () => {})
  expect((await readdir(cacheFolder())).sort()).toEqual(['other', 'thing-1'])
})
