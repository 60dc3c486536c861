import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

const root = resolve(import.meta.dirname, '..')
const mostFragments = 3

/** Packages as documents import them, and where they are here. */
const sources = Object.fromEntries(
  Object.entries(exportsOf(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')))).map(
    ([name, path]) => [
      name.replace(/^\./, 'waybill'),
      path.replace(/^\.\/dist\//, '').replace(/\.js$/, '.ts'),
    ],
  ),
)

function exportsOf(manifest: {
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>
}) {
  const targets = Object.entries(manifest.exports).flatMap(([name, target]) => {
    return typeof target === 'string' ? [] : [[name, target.default] as const]
  })
  return Object.fromEntries(targets)
}

/** What the complete programs print. */
const printed: Readonly<Record<string, string>> = {
  'README.md 1': "com.example.invoice.created { order: 'A-1' }\n",
  'README.md 4': '{ total: 5 }\n',
  'docs/bindings.md 1': 'order.placed application/json\n{ total: 5 }\n',
  'docs/bindings.md 2': '',
  'docs/bindings.md 3': 'größer als 100 %\n',
  'docs/cli.md 2': 'order-1\nlog: 1 handled\n',
  'docs/hosts.md 4': '',
  'docs/hosts.md 5': '1 0\n',
  'docs/local-brokers.md 4': '0 {}\n',
}
/** Run, as what they show, in dev/*.test.ts, functions/hosts/*.test.ts and examples-custom-adapter.test.ts. */
const elsewhere = [
  'docs/hosts.md 2',
  'docs/local-brokers.md 1',
  'docs/local-brokers.md 2',
  'docs/local-brokers.md 3',
  'docs/writing-an-adapter.md 8',
]

interface Sample {
  /** The document and the number of the block in it. */
  readonly name: string
  readonly code: string
  readonly isFragment: boolean
}

function samplesOf(document: string, text: string): Sample[] {
  const blocks = [...text.matchAll(/(<!-- fragment -->\s*)?^```ts\n([\s\S]*?)^```$/gm)]
  return blocks.map(([, mark, code = ''], at) => ({
    name: `${document} ${at + 1}`,
    code,
    isFragment: mark !== undefined,
  }))
}

/** Paths below the root of the files under a folder that have this ending. */
function filesOf(path: string, ending: string): string[] {
  const names = readdirSync(join(root, path), { recursive: true, encoding: 'utf8' }).sort()
  return names.filter((name) => name.endsWith(ending)).map((name) => join(path, name))
}

const documents = ['README.md', ...filesOf('docs', '.md')]
const samples = documents.flatMap((document) =>
  samplesOf(document, readFileSync(join(root, document), 'utf8')),
)
const examples = filesOf('examples', '.ts').map((path) => readFileSync(join(root, path), 'utf8'))
/** Excerpts of an example are checked where the example is. */
const whole = samples.filter(
  ({ code, isFragment }) => !isFragment && !examples.some((each) => each.includes(code)),
)
const programs = whole.filter(({ code }) => !/^export /m.test(code))

/** In the repository, so that packages are found, and ignored by git. */
const cache = join(root, '.waybill')
mkdirSync(cache, { recursive: true })
const folder = mkdtempSync(join(cache, 'samples-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function fileOf(name: string): string {
  return join(folder, `${name.replaceAll(/\W+/g, '-')}.ts`)
}

interface Finished {
  readonly code: number
  readonly out: string
}

function node(args: readonly string[]): Promise<Finished> {
  const tsconfig = join(folder, 'tsconfig.json')
  const env = { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1', TSX_TSCONFIG_PATH: tsconfig }
  return new Promise((finish) => {
    execFile(process.execPath, args, { cwd: folder, env, timeout: 60_000 }, (failure, out, error) => {
      const code = typeof failure?.code === 'number' ? failure.code : failure === null ? 0 : -1
      finish({ code, out: out + error })
    })
  })
}

describe('the samples in the documents', () => {
  beforeAll(() => {
    // A sample without an import or export would be a script, and share its names with the others.
    for (const { name, code } of whole) writeFileSync(fileOf(name), `${code}export {}\n`)
    const paths = Object.entries(sources).map(([name, path]) => [name, [join(root, path)]])
    const compilerOptions = { noEmit: true, declaration: false, paths: Object.fromEntries(paths) }
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions, include: ['*.ts'] }),
    )
    writeFileSync(join(folder, 'custom-adapter.ts'), "export * from '../../examples/custom-adapter.ts'\n")
  })

  it('are found, and few of them are fragments', () => {
    expect(whole.length).toBeGreaterThanOrEqual(7)
    expect(samples.filter(({ isFragment }) => isFragment).length).toBeLessThanOrEqual(mostFragments)
  })

  it('compile, as strictly as this repository does', async () => {
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    expect(await node([tsc, '-p', join(folder, 'tsconfig.json')])).toEqual({ code: 0, out: '' })
  }, 60_000)

  it('that are programs are all run', () => {
    expect(programs.map(({ name }) => name).sort()).toEqual([...Object.keys(printed), ...elsewhere].sort())
  })

  it.each(Object.entries(printed))(
    '%s prints what it says and ends',
    async (name, out) => {
      expect(await node(['--import', import.meta.resolve('tsx'), fileOf(name)])).toEqual({ code: 0, out })
    },
    60_000,
  )
})
