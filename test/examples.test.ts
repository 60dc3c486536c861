import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { folder } from './cli/folder.ts'
import { contentOf } from './functions/run.ts'

jest.setTimeout(90_000)

const root = resolve(import.meta.dirname, '..')
const examples = resolve(root, 'examples')

interface Finished {
  readonly code: number
  readonly out: string
  readonly error: string
}

/** Runs an example as its first line says; the child is ended when it does not end by itself. */
function run(name: string, args: readonly string[] = [], cwd = root, more = {}): Promise<Finished> {
  const tsx = import.meta.resolve('tsx')
  const command = ['--import', tsx, join(examples, name), ...args]
  return new Promise((finish) => {
    const options = {
      cwd,
      timeout: 60_000,
      env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1', ...more },
    }
    execFile(process.execPath, command, options, (failure, out, error) => {
      const code = typeof failure?.code === 'number' ? failure.code : failure === null ? 0 : -1
      finish({ code, out, error })
    })
  })
}

const small: Readonly<Record<string, readonly (string | RegExp)[]>> = {
  'publish.ts': [
    'order-1: stored at position 0 of lane coffee',
    'order-2: stored at position 1 of lane tea',
    'order-3: stored at position 2 of lane coffee',
    /invalid CloudEvent: "type" is an empty string.*"Customer-Id" is no attribute name/,
  ],
  'consume.ts': [
    'order-1: made {"item":"coffee","cups":1} at attempt 1',
    'order-2: made {"item":"coffee","cups":2} at attempt 2',
    'order-3: made {"item":"coffee","cups":3} at attempt 1',
    '3 orders, in order',
  ],
  'relay.ts': ['pack order-1: {"item":"coffee"}', 'pack order-3: {"item":"coffee"}'],
  'dead-letter.ts': [
    'order-1: 2 cups',
    'dead: order-2 says no number of cups (attempt 1, from "orders")',
    'order-2: 1 cups',
  ],
  'middleware.ts': [
    'the kettle boils',
    /^order-1: attempt 1 took [\d.]+ ms$/,
    'order-1: seen before, skipped',
    /^order-1: attempt 1 took [\d.]+ ms$/,
    'the kettle boils',
    /^order-2: attempt 1 took [\d.]+ ms$/,
  ],
  'swap.ts': [
    'memory: at-least-once, order by lane, redelivery by the broker',
    'order-1: {"cups":1,"euros":3}',
    'order-2: {"cups":2,"euros":6}',
    'order-3: {"cups":3,"euros":9}',
  ],
}
const elsewhere = ['spreadsheet.ts', 'custom-adapter.ts']

function expectLines(out: string, lines: readonly (string | RegExp)[]): void {
  const matchers = lines.map((line) => (typeof line === 'string' ? line : expect.stringMatching(line)))
  expect(out.trimEnd().split('\n')).toEqual(matchers)
}

describe('an example', () => {
  it.each(Object.entries(small))('%s prints what it shows and ends', async (name, lines) => {
    const { code, out, error } = await run(name)
    expect({ code, error }).toEqual({ code: 0, error: '' })
    expectLines(out, lines)
  })

  it('swap.ts gives the same on the other style of redelivery', async () => {
    const { code, out } = await run('swap.ts', ['memory://?redelivery=runner'])
    expect(code).toBe(0)
    const [, ...orders] = small['swap.ts'] ?? []
    expectLines(out, ['memory: at-least-once, order by lane, redelivery by the runner', ...orders])
  })

  it('is at most 40 lines long, and is run here', () => {
    const names = readdirSync(examples).filter((name) => name.endsWith('.ts'))
    expect(names.filter((name) => !elsewhere.includes(name)).sort()).toEqual(Object.keys(small).sort())
    for (const name of Object.keys(small)) {
      const lines = readFileSync(join(examples, name), 'utf8').trimEnd().split('\n')
      expect({ name, short: lines.length <= 40 }).toEqual({ name, short: true })
    }
  })
})

describe('spreadsheet.ts', () => {
  let files: ReturnType<typeof folder>
  beforeAll(() => {
    files = folder({
      'prices.csv': 'sku;price\n1;0.50\n2;\n3;7\n"4;x";1;2\n',
      'empty.csv': '',
      'broken.csv': 'a,b\n1,2\n3,"4\n',
      'header.csv': 'a,b\n',
    })
  })
  afterAll(() => files.remove())

  it('does the main job on the bundled file: every row is stored or dead-lettered with its reason', async () => {
    const { code, out, error } = await run('spreadsheet.ts', ['--store', 'memory'])
    expect({ code, error }).toEqual({ code: 0, error: '' })
    expect(out).toMatch(/rows in +3,376\n/)
    expect(out).toMatch(/stored +3,364 in memory\n/)
    expect(out).toMatch(
      /dead-lettered +12\n +12 × column "city" is missing: it holds "NA" \(row 1137, 1716, /,
    )
    expect(out).toMatch(/speed +[\d,]+ events\/s, [\d,]+ rows\/s/)
    expect(out).toMatch(/\n {2}00M +THIGPEN +BAY SPRINGS +MS +31\.95376472 +-89\.23450472\n/)
    expect(out).toMatch(/dlqreason +column "city" is missing in row 1137 of airports\.csv: it holds "NA"\n/)
  })

  it("takes the user's own file, found from where the user is, and keeps all its columns", async () => {
    const asNpm = { npm_lifecycle_event: 'start', INIT_CWD: files.path }
    const args = ['prices.csv', '--store', 'fs:out']
    const { code, out, error } = await run('spreadsheet.ts', args, root, asNpm)
    expect({ code, error }).toEqual({ code: 0, error: '' })
    expect(out).toMatch(/rows in +4\n +stored +3 in \S+out \(fs\)\n +dead-lettered +1\n/)
    expect(out).toContain(
      '1 × more cells than columns: put quotes around cells that hold the delimiter (row 4)',
    )
    expect(contentOf(join(files.path, 'out'))).toEqual({
      'prices.csv/0000000001': '{"sku":"1","price":"0.50"}',
      'prices.csv/0000000002': '{"sku":"2"}',
      'prices.csv/0000000003': '{"sku":"3","price":"7"}',
    })
  })

  it('selects, renames and requires columns, and tells of one that no row has', async () => {
    const flags = ['--columns', 'id=sku,title', '--required', 'price', '--absent', '7', '--store', 'memory']
    const { code, out } = await run('spreadsheet.ts', ['prices.csv', ...flags], files.path)
    expect(code).toBe(0)
    expect(out).toMatch(/stored +1 in memory\n +dead-lettered +3\n/)
    expect(out).toContain('1 × column "price" is missing: the row has sku (row 2)')
    expect(out).toContain('1 × column "price" is missing: it holds "7" (row 3)')
    expect(out).toContain('Column "title" is in no stored row: does --columns name it as the file does?')
  })

  it('ends well where the file holds no rows', async () => {
    const { code, out } = await run('spreadsheet.ts', ['header.csv', '--store', 'memory'], files.path)
    expect(code).toBe(0)
    expect(out).toMatch(/rows in +0\n +stored +0 in memory\n +dead-lettered +0\n/)
  })

  it.each([
    [
      ['empty.csv'],
      '[upload] empty.csv: is empty: name the columns in the first line and put the rows below it\n',
    ],
    [['none.csv'], '[upload] none.csv: there is no such file: check the path '],
    [
      [process.execPath],
      '[upload] node: is not a text file: export it from its program as CSV (UTF-8) or XLSX\n',
    ],
    [['broken.csv'], '[upload] broken.csv: '],
    [['prices.csv', '--store', 'redix:x'], 'unknown driver "redix": did you mean "redis"?'],
    [
      ['prices.csv', '--store', 'redis://localhost'],
      'driver "redis" needs the package "ioredis": run npm install ioredis\n',
    ],
    [['prices.csv', '--store', 'fs:empty.csv'], '[waybill] the store cannot be written to: '],
    [
      ['prices.csv', '--broker', 'mem://'],
      'brokers.main: unknown scheme "mem://" in mem://: did you mean "memory://"?',
    ],
    [['prices.csv', '--columns', 'a,,b'], 'Give names separated by commas.'],
    [['prices.csv', '--sheets', 'a'], "unknown option '--sheets'"],
  ])('says what is wrong with %j', async (args, message) => {
    const { code, error } = await run('spreadsheet.ts', ['--store', 'memory', ...args], files.path)
    expect(code).toBe(1)
    expect(error).toContain(message)
    expect(error).not.toContain('    at ')
    // Commander puts its suggestion on a line of its own.
    expect(error.trimEnd().split('\n').length).toBeLessThanOrEqual(2)
  })

  it('explains its options', async () => {
    const { code, out } = await run('spreadsheet.ts', ['--help'])
    expect(code).toBe(0)
    for (const flag of [
      '[file]',
      '--columns',
      '--required',
      '--absent',
      '--sheet',
      '--delimiter',
      '--store',
      '--broker',
    ]) {
      expect(out).toContain(flag)
    }
  })
})
