import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { afterEach, describe, expect, it, jest } from '@jest/globals'
import writeExcelFile from 'write-excel-file/node'
import type { Handler, Message } from '../../adapters/index.ts'
import type { WorkerFunction } from '../../functions/hosts/worker.ts'
import { folder } from '../cli/folder.ts'
import { contentOf, type Pipeline, type RunOptions, startPipeline, until } from './run.ts'

const styles = ['memory://?redelivery=broker', 'memory://?redelivery=runner']
const airports = resolve(
  dirname(createRequire(import.meta.url).resolve('vega-datasets')),
  '../data/airports.csv',
)
const everyColumn = { subset: {} }

jest.setTimeout(90_000)

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

function files(contents: Readonly<Record<string, string>> = {}): string {
  const { path, remove } = folder(contents)
  cleanups.push(remove)
  return path
}

async function pipeline(options: Omit<RunOptions, 'base'>): Promise<Pipeline & { readonly base: string }> {
  const base = files()
  const started = await startPipeline({ base, ...options })
  cleanups.push(() => started.close())
  return { ...started, base }
}

/** Waits until this many rows are stored or dead-lettered, counting a row once. */
async function settled({ handled, deadLetters }: Pipeline, rows: number): Promise<void> {
  const isRow = (sequence: string | undefined) => sequence !== undefined
  const dead = () => new Set(deadLetters.map(({ headers }) => headers['ce-sequence']).filter(isRow)).size
  await until(
    `${rows} rows settled`,
    () => handled.length + dead() >= rows && new Set(handled).size + dead() >= rows,
  )
}

function table(rows: number): string {
  const lines = Array.from({ length: rows }, (_, at) => `${at + 1},name ${at + 1},city ${at % 7}`)
  return `code,name,city\n${lines.join('\n')}\n`
}

describe('the pipeline of waybill.config.ts', () => {
  it('accounts for every row of a real file, the same in both styles of redelivery', async () => {
    const contents = []
    for (const url of styles) {
      const run = await pipeline({ url })
      await run.submit(airports)
      await settled(run, 3_376)
      expect(run.handled).toEqual(run.handled.toSorted())
      expect(run.handled).toHaveLength(3_364)
      expect(run.deadLetters).toHaveLength(12)
      contents.push(contentOf(run.base))
    }
    expect(contents[1]).toEqual(contents[0])
    expect(contents[0]?.['airports.csv/0000000001']).toBe(
      '{"code":"00M","airport":"THIGPEN","city":"BAY SPRINGS","state":"MS","lat":"31.95376472","lon":"-89.23450472"}',
    )
  })

  it.each(styles)('keeps the order of each of several files on %s', async (url) => {
    const path = files({ 'a.csv': table(400), 'b.csv': table(400), 'c.csv': table(400) })
    const run = await pipeline({ url, ...everyColumn })
    await Promise.all(['a', 'b', 'c'].map((name) => run.submit(join(path, `${name}.csv`))))
    await settled(run, 1_200)
    for (const name of ['a', 'b', 'c']) {
      const own = run.handled.filter((key) => key.startsWith(`${name}.csv`))
      expect(own).toHaveLength(400)
      expect(own).toEqual(own.toSorted())
    }
  })

  it.each(styles)(
    'dead-letters exactly the rows without a required column, with their bytes, on %s',
    async (url) => {
      const path = files({
        'ragged.csv': 'code,city,note\n1,Rome,x\n2\n3,,y\n4,Oslo\n5,"NA",z\n6,Bonn,w,surplus\n',
      })
      const run = await pipeline({
        url,
        subset: { columns: { id: 'code', town: 'city' }, required: ['city'], absent: ['NA'] },
      })
      const rows = new Map<string | undefined, Message>()
      run.broker.subscribe({ topic: 'rows', group: 'test' }, (_event, { delivery: { message } }) => {
        rows.set(message.headers['ce-row'], message)
      })
      await run.submit(join(path, 'ragged.csv'))
      await settled(run, 6)
      await until('every row seen', () => rows.size === 6)
      expect(contentOf(run.base)).toEqual({
        'ragged.csv/0000000001': '{"id":"1","town":"ROME"}',
        'ragged.csv/0000000004': '{"id":"4","town":"OSLO"}',
      })
      const reasons = run.deadLetters.map(({ headers }) => [headers['ce-row'], headers['ce-dlqreason']])
      expect(reasons).toEqual([
        ['2', 'column "city" is missing in row 2 of ragged.csv: the row has code'],
        ['3', 'column "city" is missing in row 3 of ragged.csv: the row has code, note'],
        ['5', 'column "city" is missing in row 5 of ragged.csv: it holds "NA"'],
        [
          '6',
          'more cells than columns in row 6 of ragged.csv: put quotes around cells that hold the delimiter',
        ],
      ])
      for (const { body, headers, key } of run.deadLetters) {
        const original = rows.get(headers['ce-row'])
        expect(body).toEqual(original?.body)
        expect(headers).toEqual({ ...original?.headers, ...dlqOf(headers) })
        expect(key).toBe('ragged.csv')
        expect(headers).toMatchObject({ 'ce-dlqtopic': 'rows', 'ce-dlqattempts': '1' })
      }
    },
  )

  it.each(styles)('stores every row exactly though handlers fail at random, on %s', async (url) => {
    const path = files({ 'a.csv': table(300) })
    const random = seeded(7)
    let failures = 0
    const fail = () => {
      failures++
      return new Error('the machine is gone')
    }
    const run = await pipeline({ url, ...everyColumn, change: (each) => unreliable(each, random, fail) })
    await run.submit(join(path, 'a.csv'))
    await settled(run, 300)
    expect(failures).toBeGreaterThan(50)
    expect(run.deadLetters).toEqual([])
    const content = contentOf(run.base)
    expect(Object.keys(content)).toHaveLength(300)
    expect(content).toEqual(
      Object.fromEntries(
        Array.from({ length: 300 }, (_, at) => [
          `a.csv/${String(at + 1).padStart(10, '0')}`,
          JSON.stringify({ code: `${at + 1}`, name: `NAME ${at + 1}`, city: `CITY ${at % 7}` }),
        ]),
      ),
    )
  })

  it.each(styles)('goes on where it was when the worker is replaced, on %s', async (url) => {
    const path = files({ 'a.csv': table(1_000) })
    const impatient = (each: WorkerFunction) => ({ ...each, policy: { ...each.policy, drainMs: 0 } })
    const run = await pipeline({ url, ...everyColumn, change: impatient })
    await run.submit(join(path, 'a.csv'))
    for (const rows of [10, 300, 600]) {
      await until(`${rows} rows stored`, () => new Set(run.handled).size >= rows)
      await run.restart()
    }
    await settled(run, 1_000)
    expect(run.deadLetters).toEqual([])
    expect(Object.keys(contentOf(run.base))).toHaveLength(1_000)
  })

  it('gives the same store for a table as CSV and as XLSX', async () => {
    const rows = [
      ['code', 'name', 'city'],
      ['1', 'Zoë "Z"', 'Rome, Italy'],
      ['2', '', 'two\nlines'],
      ['3', 'Ann', ''],
      ['', '', 'alone'],
    ]
    const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`
    const path = files({ 'table.csv': rows.map((cells) => cells.map(quoted).join(',')).join('\r\n') })
    const cells = rows.map((line) => line.map((value) => (value === '' ? null : { value, type: String })))
    await writeExcelFile(cells).toFile(join(path, 'table.xlsx'))
    const contents = []
    for (const name of ['table.csv', 'table.xlsx']) {
      const run = await pipeline(everyColumn)
      await run.submit(join(path, name))
      await settled(run, 4)
      contents.push(
        Object.entries(contentOf(run.base)).map(([key, text]) => [key.replace(name, 'table'), text]),
      )
    }
    expect(contents[0]).toHaveLength(4)
    expect(contents[1]).toEqual(contents[0])
  })

  it('keeps two sheets of a workbook apart', async () => {
    const path = join(files(), 'book.xlsx')
    const sheet = (name: string) => ({ sheet: name, data: [[{ value: 'a' }], [{ value: name }]] })
    await writeExcelFile([sheet('One'), sheet('Two')]).toFile(path)
    const run = await pipeline(everyColumn)
    await run.submit(path, { sheet: 'One' })
    await run.submit(path, { sheet: 'Two' })
    await settled(run, 2)
    expect(contentOf(run.base)).toEqual({
      'book.xlsx%23One/0000000001': '{"a":"ONE"}',
      'book.xlsx%23Two/0000000001': '{"a":"TWO"}',
    })
  })

  it('dead-letters a file that cannot be read, and goes on with the next', async () => {
    const path = files({ 'bad.csv': 'a,a\n1,2\n', 'good.csv': 'a\n1\n' })
    const run = await pipeline(everyColumn)
    await run.submit(join(path, 'bad.csv'))
    await run.submit(join(path, 'good.csv'))
    await settled(run, 1)
    await until('the dead letter', () => run.deadLetters.length === 1)
    expect(run.deadLetters[0]?.headers).toMatchObject({
      'ce-dlqreason':
        '[upload] bad.csv: columns 1 and 2 are both named "a": give each column a name of its own in the header line',
      'ce-dlqtopic': 'files',
      'ce-dlqattempts': '1',
    })
    expect(contentOf(run.base)).toEqual({ 'good.csv/0000000001': '{"a":"1"}' })
  })
})

function dlqOf(headers: Message['headers']): object {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('ce-dlq')))
}

/** Fails some attempts before the handler does its work, some after it, and some in the middle of a stream. */
function unreliable(each: WorkerFunction, random: () => number, fail: () => Error): WorkerFunction {
  const { handler } = each
  const failing: Handler = async (event, context) => {
    const dice = context.attempt < 4 ? random() : 1
    if (dice < 0.05) throw fail()
    const result = await handler(event, context)
    if (dice < 0.1) throw fail()
    return isStream(result) && context.attempt < 3 ? broken(result, 100 * context.attempt, fail) : result
  }
  return { ...each, handler: failing }
}

async function* broken<T>(stream: AsyncIterable<T>, after: number, fail: () => Error): AsyncGenerator<T> {
  let count = 0
  for await (const item of stream) {
    if (count++ === after) throw fail()
    yield item
  }
}

function isStream<T>(value: T): value is T & AsyncIterable<never> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

/** The same numbers in every run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
