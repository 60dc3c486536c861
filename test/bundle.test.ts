import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { promisify } from 'node:util'
import { createContext, runInContext } from 'node:vm'
import { describe, expect, it } from '@jest/globals'
import { build } from 'esbuild'
import { z } from 'zod'
import { bindingSources, bundle, libraryEntries, mustBeNeutral } from '../scripts/bundle.ts'
import { root } from './architecture/tree.ts'

const entries = libraryEntries()
const neutral = [...entries.map(({ source }) => source).filter(mustBeNeutral), ...bindingSources()]

/** What a browser and an edge runtime have; eval is what many of the latter forbid. */
const web = Object.fromEntries(
  [
    ...['TextEncoder', 'TextDecoder', 'atob', 'btoa', 'crypto', 'performance', 'structuredClone'],
    ...['AbortController', 'AbortSignal', 'Event', 'EventTarget', 'DOMException', 'queueMicrotask'],
    ...['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'URL', 'URLSearchParams'],
    ...['fetch', 'Headers', 'Request', 'Response', 'ReadableStream'],
  ].map((name) => [name, Reflect.get(globalThis, name)]),
)

const reportSchema = z.object({
  node: z.array(z.string()),
  passages: z.array(z.object({ by: z.string(), mode: z.string(), sent: z.unknown(), received: z.unknown() })),
})

/** Core, memory and every binding as one script, which leaves its report in `report`. */
async function neutralScript(): Promise<string> {
  const bindings = bindingSources().map((source, index) => ({ source, name: `binding${index}` }))
  const contents = [
    `import { neutralTrial } from './test/neutral-trial.ts'`,
    ...bindings.map(({ source, name }) => `import { binding as ${name} } from './${source}'`),
    `globalThis.report = neutralTrial([${bindings.map(({ name }) => name).join(', ')}]).then(JSON.stringify)`,
  ].join('\n')
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root, loader: 'ts' },
    bundle: true,
    write: false,
    minify: true,
    platform: 'neutral',
    format: 'iife',
    target: 'es2023',
    logLevel: 'silent',
  })
  return outputFiles[0]?.text ?? ''
}

describe('a bundle for no platform in particular', () => {
  it.each(neutral)('of %s imports no Node module', async (source) => {
    expect((await bundle(source)).builtins).toEqual([])
  })

  it('of core, memory and every binding names no Node module and requires nothing', async () => {
    const script = await neutralScript()
    expect(script.length).toBeGreaterThan(10_000)
    expect(script).not.toMatch(/["'`]node:|\brequire\(/)
  })

  it('carries events through every binding and the memory broker where there is no Node.js', async () => {
    const realm = createContext({ ...web }, { codeGeneration: { strings: false, wasm: false } })
    const text: unknown = await runInContext(`${await neutralScript()}\nreport`, realm, {
      filename: 'bundle.js',
    })
    const { node, passages } = reportSchema.parse(JSON.parse(String(text)))
    expect(node).toEqual([])
    // Three events, two modes, each binding and the broker.
    expect(passages).toHaveLength(3 * 2 * (bindingSources().length + 1))
    for (const { by, mode, sent, received } of passages) {
      expect({ by, mode, event: received }).toEqual({ by, mode, event: sent })
    }
  })
})

describe('the check of a bundle', () => {
  it('finds every Node module that a source imports, those of its own imports too', async () => {
    const { builtins } = await bundle('scripts/sizes.ts')
    expect(builtins).toContain('scripts/bundle.ts → node:fs')
  })

  it('asks of core, of brokers without a client and of every binding to be neutral, but of no driver', () => {
    const asked = [
      'core/index',
      'core/json',
      'memory/driver',
      'http/index',
      'kafka/binding',
      'nats/binding',
      'sdk',
    ]
    const spared = ['index', 'registry', 'kafka/index', 'kafka/driver', 'nats/jetstream', 'kafka/binding/x']
    expect(asked.filter((name) => !mustBeNeutral(`adapters/${name}.ts`))).toEqual([])
    expect(spared.filter((name) => mustBeNeutral(`adapters/${name}.ts`))).toEqual([])
  })

  it('reads the entries from the package, and a pattern as the folders that fit it', () => {
    const code = (path: string) => ({ types: `./dist/${path}.d.ts`, default: `./dist/${path}.js` })
    const exports = {
      '.': code('adapters/index'),
      './memory': code('adapters/memory/index'),
      './*/binding': code('adapters/*/binding'),
      './worker': code('functions/hosts/worker'),
      './package.json': './package.json',
    }
    const found = libraryEntries({ name: 'waybill', exports })
    expect(found.slice(0, 2)).toEqual([
      { name: 'waybill', source: 'adapters/index.ts' },
      { name: 'waybill/memory', source: 'adapters/memory/index.ts' },
    ])
    expect(found.map(({ source }) => source)).toEqual(expect.arrayContaining([...bindingSources()]))
    expect(found).toContainEqual({ name: 'waybill/memory/binding', source: 'adapters/memory/binding.ts' })
  })
})

describe('the sizes', () => {
  const sizes = async (...words: readonly string[]) => {
    const flags = ['--import', import.meta.resolve('tsx'), resolve(root, 'scripts/sizes.ts'), ...words]
    const env = { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1' }
    return promisify(execFile)(process.execPath, flags, { cwd: root, env })
  }

  it('are told of every entry, and each runs as it should', async () => {
    const { stdout, stderr } = await sizes('--json')
    expect(stderr).toBe('')
    const told = stdout
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line))
    expect(told).toEqual(
      entries.map(({ name, source }) => ({
        entry: name,
        bytes: expect.any(Number),
        gzip: expect.any(Number),
        neutral: mustBeNeutral(source) ? true : expect.any(Boolean),
      })),
    )
  })

  it('count what loads with an entry, so memory weighs more than core, and less than a function may', async () => {
    const [core, memory] = [await bundle('adapters/core/index.ts'), await bundle('adapters/memory/index.ts')]
    expect(core.bytes).toBeGreaterThan(20_000)
    expect(core.gzip).toBeLessThan(core.bytes / 2)
    expect(memory.bytes).toBeGreaterThan(core.bytes)
    expect(memory.bytes).toBeLessThan(100_000)
  })

  it('leave out what an entry imports only later, whose Node modules are found all the same', async () => {
    const cache = resolve(root, 'node_modules/.cache/waybill')
    mkdirSync(cache, { recursive: true })
    const folder = mkdtempSync(resolve(cache, 'lazy-'))
    try {
      writeFileSync(resolve(folder, 'now.ts'), `export const later = () => import('./later.ts')`)
      const text = `import 'node:net'\nexport const text = '${'x'.repeat(10_000)}'`
      writeFileSync(resolve(folder, 'later.ts'), text)
      const source = relative(root, folder)
      const [now, later] = [await bundle(`${source}/now.ts`), await bundle(`${source}/later.ts`)]
      expect(now.bytes).toBeLessThan(1_000)
      expect(later.bytes).toBeGreaterThan(10_000)
      expect(now.builtins).toEqual(later.builtins)
      expect(now.builtins).toEqual([`${source}/later.ts → node:net`])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
