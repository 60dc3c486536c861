import { renameSync, symlinkSync, unlinkSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { isInside, isStillThere } from '../../../functions/upload/directory.ts'
import { openInput } from '../../../functions/upload/input.ts'
import { xlsxLines } from '../../../functions/upload/xlsx.ts'
import { folder } from '../../cli/folder.ts'
import { openFiles, folder as outsideFolder, rowsOf } from './files.ts'
import { headerRow, workbook } from './workbook.ts'

const files = folder({ 'secret.csv': 'a\nsecret\n', 'inside/a.csv': 'a\n1\n', 'inside/b.csv': 'a\n2\n' })
const books = outsideFolder()
const inside = join(files.path, 'inside')
afterAll(() => {
  files.remove()
  books.remove()
})

describe('a folder that files are read from', () => {
  it('holds what is in it, links followed', async () => {
    symlinkSync(join(files.path, 'secret.csv'), join(inside, 'out.csv'))
    symlinkSync(join(inside, 'a.csv'), join(files.path, 'in.csv'))
    const within = (path: string) => isInside(inside, path)
    expect(await within(join(inside, 'a.csv'))).toBe(true)
    expect(await within(join(files.path, 'in.csv'))).toBe(true)
    expect(await within(join(inside, 'none.csv'))).toBe(true)
    expect(await within(join(inside, 'out.csv'))).toBe(false)
    expect(await within(files.path)).toBe(false)
    expect(await within(`${inside}-not/a.csv`)).toBe(false)
  })

  it('is asked when the rows are read, whoever was asked before', async () => {
    const before = openFiles()
    const path = join(inside, 'swapped.csv')
    symlinkSync(join(files.path, 'secret.csv'), path)
    await expect(rowsOf(path, { directory: inside })).rejects.toMatchObject({
      code: 'ERR_INPUT',
      message: '[upload] swapped.csv: is outside the folder that upload reads from: put the file there',
    })
    expect(openFiles()).toBe(before)
  })

  it('tells an open file from one that was put in its place', async () => {
    const path = join(inside, 'moving.csv')
    symlinkSync(join(files.path, 'secret.csv'), path)
    const handle = await open(path)
    expect(await isStillThere(path, handle)).toBe(true)
    unlinkSync(path)
    expect(await isStillThere(path, handle)).toBe(false)
    renameSync(join(inside, 'b.csv'), path)
    expect(await isStillThere(path, handle)).toBe(false)
    await handle.close()
  })
})

describe('a workbook that was opened', () => {
  it('is read, not one that was put in its place', async () => {
    const before = openFiles()
    const path = books.write('a.xlsx', workbook({ sheets: { S: headerRow('first') } }))
    const input = await openInput(path)
    renameSync(books.write('b.xlsx', workbook({ sheets: { S: headerRow('second') } })), path)
    const cells: unknown[] = []
    for await (const lines of xlsxLines(input)) cells.push(...lines.map((line) => line.cells))
    await input.handle.close()
    expect(cells).toEqual([['first']])
    expect(openFiles()).toBe(before)
  })
})
