import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from '@jest/globals'
import { LogServer, log } from '../examples/custom-adapter.ts'
import { cases } from './conformance/index.ts'

const root = resolve(import.meta.dirname, '..')
const example = readFileSync(join(root, 'examples/custom-adapter.ts'), 'utf8')
const guide = readFileSync(join(root, 'docs/writing-an-adapter.md'), 'utf8')
const snippets = [...guide.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code)
const isProgram = (code: string) => code.startsWith('import ')
const scratch = mkdtempSync(join(tmpdir(), 'waybill-guide-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

/** Runs a test file with the test runner of Node; resolves to its report. */
function nodeTest(file: string): Promise<string> {
  const args = ['--import', import.meta.resolve('tsx'), '--test', '--test-reporter=tap', file]
  const env = { ...process.env, NODE_OPTIONS: '' }
  return new Promise((finish) => {
    execFile(process.execPath, args, { env, timeout: 60_000, maxBuffer: 2 ** 24 }, (_, out, error) =>
      finish(out + error),
    )
  })
}

function countOf(report: string, name: string): number {
  return Number(new RegExp(`^# ${name} (\\d+)$`, 'm').exec(report)?.[1])
}

describe('the guide to writing an adapter', () => {
  it('shows the example as it is', () => {
    const shown = snippets.filter((code) => !isProgram(code))
    expect(shown.length).toBeGreaterThan(5)
    expect(shown.filter((code) => !example.includes(code))).toEqual([])
  })

  it('proves the example with the program that it shows, in the test runner of Node', async () => {
    const programs = snippets.filter(isProgram)
    expect(programs).toHaveLength(1)
    const suite = pathToFileURL(join(root, 'test/conformance/index.ts')).href
    const adapter = pathToFileURL(join(root, 'examples/custom-adapter.ts')).href
    const file = join(scratch, 'log.test.mts')
    const program = programs[0] ?? ''
    writeFileSync(file, program.replace('waybill/conformance', suite).replace('./custom-adapter.ts', adapter))
    const report = await nodeTest(file)
    expect(report.match(/^not ok .*/gm)).toBeNull()
    expect(countOf(report, 'fail')).toBe(0)
    expect(countOf(report, 'pass') + countOf(report, 'skipped')).toBe(cases.length)
    expect(countOf(report, 'pass')).toBeGreaterThan(90)
  }, 90_000)

  it('links to files that exist', () => {
    const links = [...guide.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, path = '']) =>
      join(root, 'docs', path),
    )
    for (const path of links) expect(readFileSync(path, 'utf8')).not.toBe('')
  })

  it('names cases as the suite does', () => {
    const [, table = ''] = /\| the case that fails \|.*\n\|---.*\n((?:\|.*\n)+)/.exec(guide) ?? []
    const named = [...table.matchAll(/^\| (?:… )?((?:a|closing while|is) [^|]+?) \|/gm)].map(
      ([, name = '']) => name,
    )
    expect(named.length).toBeGreaterThan(3)
    expect(named.filter((name) => !cases.some((each) => each.name.includes(name)))).toEqual([])
  })
})

describe('the custom adapter', () => {
  it('refuses a position that is none', async () => {
    await using broker = log(new LogServer())
    const replay = broker.replay({ topic: 'a', group: 'b' }, { position: 'last week' })
    await expect(replay).rejects.toThrow('[log] "last week" is not a position: use one that a delivery had')
  })

  it('refuses to create topics, which come into being when they are used', async () => {
    await using broker = log(new LogServer())
    await expect(broker.ensure({ topics: ['a'] })).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED' })
  })
})
