import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import writeExcelFile from 'write-excel-file/node'
import { columnsOf, delimiterOf, storeOf } from '../examples/spreadsheet/options.ts'
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

const tsx = import.meta.resolve('tsx')
const plain = { NODE_OPTIONS: '', NO_COLOR: '1' }

/** Runs an example as its first line says; the child is ended when it does not end by itself. */
function run(name: string, args: readonly string[] = [], cwd = root, more = {}): Promise<Finished> {
  const command = ['--import', tsx, join(examples, name), ...args]
  return new Promise((finish) => {
    const options = {
      cwd,
      timeout: 60_000,
      env: { ...process.env, ...plain, ...more },
    }
    execFile(process.execPath, command, options, (failure, out, error) => {
      const code = typeof failure?.code === 'number' ? failure.code : failure === null ? 0 : -1
      finish({ code, out, error })
    })
  })
}

/** Starts an example whose output goes where `out` says; resolves to its exit code and what it told on standard error. */
async function runInto(out: number | 'pipe', name: string, args: readonly string[], signalAt?: string) {
  const child = spawn(process.execPath, ['--import', tsx, join(examples, name), ...args], {
    cwd: root,
    env: { ...process.env, ...plain },
    stdio: ['ignore', out, 'pipe'],
    timeout: 60_000,
  })
  // As `head` does that has seen enough.
  child.stdout?.destroy()
  let error = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    error += text
    if (signalAt !== undefined && error.includes(signalAt)) child.kill('SIGINT')
  })
  const [code] = await once(child, 'close')
  return { code, error }
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

  it.each([
    ['swap.ts', 'amqp://x', '[waybill] unknown scheme "amqp://" in amqp://x: '],
    ['publish.ts', 'hello', '[waybill] the broker is no URL '],
    ['consume.ts', 'memory://?retain=1', '[waybill] unknown URL parameter "retain" of memory://: '],
    ['relay.ts', 'mqtt://x', '[waybill] unknown scheme "mqtt://" in mqtt://x: '],
  ])('%s says in one line what is wrong with %s', async (name, url, message) => {
    const { code, out, error } = await run(name, [url])
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(error).toContain(message)
    expect(error.trimEnd().split('\n')).toHaveLength(1)
  })

  it('ends quietly when its reader has left', async () => {
    expect(await runInto('pipe', 'consume.ts', [])).toEqual({ code: 0, error: '' })
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

const readers = { '--columns': columnsOf, '--delimiter': delimiterOf, '--store': storeOf }
const onLinux = existsSync('/dev/full') ? it : it.skip

/** What standard error holds of a run that went well: progress, when it takes a while. */
function sending(file: string): RegExp {
  return new RegExp(`^Sending the rows of ${file} through [^\\n]+\\n([\\d.]+ s: [^\\n]+\\n)*$`)
}

describe('spreadsheet.ts', () => {
  let files: ReturnType<typeof folder>
  beforeAll(() => {
    const numbers = Array.from({ length: 60_000 }, (_, index) => `${index},x\n`).join('')
    files = folder({
      'long.csv': `number,text\n${numbers}`,
      'blank.csv': 'sku,price\n1,\n',
      'tabs.csv': 'a,b\tc\n1\t2\n',
      'titles.csv': 'Title,Year,Place\nMetropolis,1927,Berlin\n',
      'prices.csv': 'sku;price\n1;0.50\n2;\n3;7\n"4;x";1;2\n',
      'empty.csv': '',
      'broken.csv': 'a,b\n1,2\n3,"4\n',
      'header.csv': 'a,b\n',
    })
  })
  afterAll(() => files.remove())

  it('does the main job on the bundled file: every row is stored or dead-lettered with its reason', async () => {
    const { code, out, error } = await run('spreadsheet.ts', ['--store', 'memory'])
    expect({ code, error }).toEqual({ code: 0, error: expect.stringMatching(sending('airports.csv')) })
    expect(out).toMatch(/^\nairports\.csv: every row is accounted for\n/)
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
    expect({ code, error }).toEqual({ code: 0, error: expect.stringMatching(sending('prices.csv')) })
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

  it('selects, renames and requires columns, and tells of one that has no value', async () => {
    const flags = [
      '--columns',
      'id=sku,cost = price',
      '--required',
      'price',
      '--absent',
      '7',
      '--store',
      'memory',
    ]
    const { code, out } = await run('spreadsheet.ts', ['prices.csv', ...flags], files.path)
    expect(code).toBe(0)
    expect(out).toMatch(/\n +id +cost\n +1 +0\.50\n/)
    expect(out).toMatch(/stored +1 in memory\n +dead-lettered +3\n/)
    expect(out).toContain('1 × column "price" is missing: the row has sku (row 2)')
    expect(out).toContain('1 × column "price" is missing: it holds "7" (row 3)')
    const blank = await run(
      'spreadsheet.ts',
      ['blank.csv', '--columns', 'sku,price', '--store', 'memory'],
      files.path,
    )
    expect(blank.out).toContain('Column "price" has no value in any stored row')
  })

  it('ends well where the file holds no rows', async () => {
    const { code, out } = await run('spreadsheet.ts', ['header.csv', '--store', 'memory'], files.path)
    expect(code).toBe(0)
    expect(out).toMatch(/rows in +0\n +stored +0 in memory\n +dead-lettered +0\n/)
    expect(out).not.toContain('speed')
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
    [
      ['prices.csv', '--store', 'redis://localhost'],
      'driver "redis" needs the package "ioredis": run npm install ioredis\n',
    ],
    [['prices.csv', '--store', 'fs:empty.csv'], '[waybill] the store cannot be written to: '],
    [
      ['prices.csv', '--broker', 'mem://'],
      'brokers.main: unknown scheme "mem://" in mem://: did you mean "memory://"?',
    ],
  ])('says why it failed with %j', async (args, message) => {
    const { code, error } = await run('spreadsheet.ts', ['--store', 'memory', ...args], files.path)
    expect(code).toBe(1)
    expect(error).toContain(message)
    expect(error).not.toContain('    at ')
    expect(error.split('\n').filter((line) => line !== '' && !line.startsWith('Sending '))).toHaveLength(1)
  })

  it.each([
    [
      ['--columns', 'name=Titel'],
      'no column "Titel" in titles.csv: did you mean "Title"? It has: Title, Year, Place',
    ],
    [
      ['--columns', 'name=Titel,Year', '--required', 'Titel,Plaze'],
      'no columns "Titel", "Plaze" in titles.csv: did you mean "Title", "Place"? It has: ',
    ],
    [['--columns', '='], 'Give name or newName=name, separated by commas.'],
    [['--absent', 'NA'], '--absent is about required columns: name them with --required'],
    [['--delimiter', ',,'], 'Give one character that is no quote, such as ; or \\t for a tab.'],
    [['--sheet', 'films'], 'titles.csv is a CSV file, which has no sheet: leave out --sheet'],
    [['--store', 'nope'], 'There is no driver "nope": use memory, fs:<folder> or redis://…'],
    [['--broker', 'kafak'], 'There is no broker "kafak": did you mean "kafka"?'],
    [['--broker', 'toaster'], 'There is no broker "toaster": use kafka, jetstream, kinesis, pubsub'],
    [['--colums', 'Title'], "unknown option '--colums' (Did you mean --columns?)"],
  ])('refuses %j before a row is sent', async (args, message) => {
    const flags = ['titles.csv', '--store', 'memory', ...args]
    const { code, out, error } = await run('spreadsheet.ts', flags, files.path)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(error).toMatch(/^\[waybill\] /)
    expect(error).toContain(message)
    expect(error.trimEnd().split('\n')).toHaveLength(1)
  })

  it.each([
    ['--columns', '=', 'Give name or newName=name, separated by commas.'],
    ['--columns', 'name=', 'Give name or newName=name, separated by commas.'],
    ['--columns', '=name', 'Give name or newName=name, separated by commas.'],
    ['--columns', 'a,,b', 'Give names separated by commas.'],
    ['--columns', 'a=Title,a=Year', 'It names "a" twice: give each a name of its own.'],
    ['--delimiter', '', 'Give one character that is no quote'],
    ['--delimiter', '"', 'Give one character that is no quote'],
    ['--store', 'fs:', 'Give a folder: fs:./out.'],
    ['--store', 's3:', 'Give what follows "s3:", or leave out the colon.'],
    ['--store', 'redix:x', 'There is no driver "redix": did you mean "redis"?'],
    ['--store', 'nul', 'There is no driver "nul": use memory, fs:<folder> or redis://…'],
    ['--store', 'null', 'The driver "null" keeps nothing: use memory.'],
    ['--store', 's3:{', 'The options of s3 are not JSON.'],
  ] as const)('%s refuses %j', (option, text, message) => {
    expect(() => readers[option](text)).toThrow(message)
  })

  it('reads what an option says', () => {
    expect(columnsOf('a, b = c,d==')).toEqual({ a: 'a', b: 'c', d: '=' })
    expect(delimiterOf(';')).toBe(';')
    expect(storeOf('rediss://host')).toEqual({ driver: 'redis', options: { url: 'rediss://host' } })
    expect(storeOf('s3:{"bucket":"rows"}')).toEqual({ driver: 's3', options: { bucket: 'rows' } })
    expect(storeOf('memory')).toEqual({ driver: 'memory', options: {} })
  })

  it('refuses a delimiter for a workbook', async () => {
    await writeExcelFile([['a'], ['1']]).toFile(join(files.path, 'table.xlsx'))
    const flags = ['table.xlsx', '--store', 'memory', '--delimiter', ';']
    const { code, error } = await run('spreadsheet.ts', flags, files.path)
    expect(code).toBe(2)
    expect(error).toBe(
      '[waybill] table.xlsx is an XLSX file, which has no delimiter: leave out --delimiter\n',
    )
  })

  it('takes \\t for a tab', async () => {
    const flags = ['tabs.csv', '--store', 'memory', '--delimiter', '\\t']
    const { out } = await run('spreadsheet.ts', flags, files.path)
    expect(out).toMatch(/\n +a,b +c\n +1 +2\n/)
  })

  it('keeps the rows of the run before when it cannot begin', async () => {
    const stored = join(files.path, '.waybill/store')
    expect(await run('spreadsheet.ts', ['titles.csv'], files.path)).toMatchObject({ code: 0 })
    const earlier = contentOf(stored)
    expect(Object.keys(earlier)).toEqual(['titles.csv/0000000001'])
    expect(await run('spreadsheet.ts', ['empty.csv'], files.path)).toMatchObject({ code: 1 })
    expect(await run('spreadsheet.ts', ['titles.csv', '--columns', 'Titel'], files.path)).toMatchObject({
      code: 2,
    })
    expect(contentOf(stored)).toEqual(earlier)
    expect(await run('spreadsheet.ts', ['blank.csv'], files.path)).toMatchObject({ code: 0 })
    expect(Object.keys(contentOf(stored))).toEqual(['blank.csv/0000000001'])
  })

  it('says on Ctrl-C how far it got', async () => {
    const args = [join(files.path, 'long.csv'), '--store', 'memory']
    const { code, error } = await runInto('pipe', 'spreadsheet.ts', args, 'Sending')
    expect(code).toBe(130)
    expect(error).toMatch(/\n\[waybill\] stopped: [\d,]+ rows? in, [\d,]+ stored, [\d,]+ dead-lettered\n$/)
  })

  it('ends quietly when its reader has left', async () => {
    const args = [join(files.path, 'titles.csv'), '--store', 'memory']
    const sent = expect.stringMatching(sending('titles.csv'))
    expect(await runInto('pipe', 'spreadsheet.ts', args)).toEqual({ code: 0, error: sent })
  })

  onLinux('says in one line that the disk is full', async () => {
    const args = [join(files.path, 'titles.csv'), '--store', 'memory']
    const full = openSync('/dev/full', 'w')
    const { code, error } = await runInto(full, 'spreadsheet.ts', args)
    closeSync(full)
    expect(code).toBe(1)
    expect(error).toMatch(/\n\[waybill\] the output cannot be written \(ENOSPC\): look at where it goes\n$/)
    expect(error).not.toContain('    at ')
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
