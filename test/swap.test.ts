import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, expect, it } from '@jest/globals'
import { describeWith } from './dev/available.ts'
import { contentOf } from './functions/run.ts'

const root = resolve(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'waybill-swap-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The first rows of the spreadsheet of `npm start`, with one of those that end as dead letters. */
const rows = 1_200
const file = join(folder, 'airports.csv')
const whole = readFileSync(join(root, 'node_modules/vega-datasets/data/airports.csv'), 'utf8')
writeFileSync(file, whole.split('\n', rows + 1).join('\n'))

/** Runs the spreadsheet pipeline; returns what it printed. */
function pipeline(store: string, broker: readonly string[]): Promise<string> {
  const words = [
    '--import',
    import.meta.resolve('tsx'),
    'examples/spreadsheet.ts',
    '--store',
    `fs:${store}`,
    '--required',
    'city',
    '--absent',
    'NA',
    ...broker,
    file,
  ]
  const { NODE_OPTIONS: _, ...env } = process.env
  return new Promise((finish, fail) => {
    execFile(
      process.execPath,
      words,
      { cwd: root, env: { ...env, NO_COLOR: '1' }, timeout: 200_000 },
      (error, out, err) => {
        if (error === null) finish(out)
        else fail(new Error(`${error.message}\n${err}`))
      },
    )
  })
}

const memory = pipeline(join(folder, 'memory'), [])

for (const [broker, server] of [
  ['kafka', 'kafka'],
  ['jetstream', 'nats'],
  ['kinesis', 'kinesalite'],
  ['pubsub', 'pubsub'],
] as const) {
  await describeWith(server, `the spreadsheet pipeline on ${broker}`, () => {
    it('stores the same rows, byte for byte, and dead-letters the same ones', async () => {
      const store = join(folder, broker)
      const [printed, expected] = [await pipeline(store, ['--broker', broker]), await memory]
      expect(contentOf(store)).toEqual(contentOf(join(folder, 'memory')))
      expect(Object.keys(contentOf(store)).length).toBeGreaterThan(rows - 20)
      expect(countsOf(printed)).toEqual(countsOf(expected))
      expect(countsOf(printed)).toHaveLength(3)
    }, 240_000)
  })
}

/** What the summary counts. */
function countsOf(printed: string): readonly string[] {
  return [...printed.matchAll(/^ +(rows in|stored|dead-lettered) +([\d,]+)/gm)].map(
    ([, what, count]) => `${what} ${count}`,
  )
}
