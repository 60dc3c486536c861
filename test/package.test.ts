import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { z } from 'zod'
import { packageOf, targetOf } from './architecture/imports.ts'
import { readSource, type Source } from './architecture/source.ts'
import { readTree, root } from './architecture/tree.ts'

const manifest = z
  .object({
    name: z.string(),
    exports: z.record(z.string(), z.union([z.string(), z.record(z.string(), z.string())])),
    bin: z.record(z.string(), z.string()),
    dependencies: z.record(z.string(), z.string()),
    peerDependencies: z.record(z.string(), z.string()).default({}),
  })
  .parse(JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')))

/** The folders that a `*` of the exports stands for: a shipped function is one with a handler. */
const functionNames = readdirSync(resolve(root, 'functions'), { withFileTypes: true })
  .map(({ name }) => name)
  .filter((name) => existsSync(resolve(root, 'functions', name, 'handler.ts')))

/** Every entry as an application writes it, with the file of each condition. */
const entries = Object.entries(manifest.exports)
  .flatMap(([entry, conditions]) => {
    if (typeof conditions === 'string') return []
    const names = entry.includes('*') ? functionNames : ['']
    return names.map((name) => ({
      entry: entry.replace('.', manifest.name).replace('*', name),
      types: conditions.types?.replace('*', name) ?? '',
      code: conditions.default?.replace('*', name) ?? '',
    }))
  })
  .map(({ entry, types, code }): [string, string, string] => [entry, types, code])

const shipped = readTree().filter(
  ({ path }) =>
    /^(adapters|functions|cli|dev|infra|test\/(conformance|platform))\//.test(path) &&
    !path.endsWith('.test.ts'),
)

/** The packages that the sources import, types included: emitted declarations import them too. */
function packagesOf(sources: readonly Source[]): readonly string[] {
  const names = sources.flatMap(({ path, imports }) =>
    imports.flatMap((found) => {
      const target = targetOf(path, found)
      return target.kind === 'package' ? [target.name] : []
    }),
  )
  return [...new Set(names)].sort()
}

/** Runs plain Node, with nothing of Jest's in its environment, in the package's own scope. */
async function node(...args: string[]): Promise<string> {
  const { NODE_OPTIONS: _, ...env } = process.env
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: root, env })
  return stdout + stderr
}

describe('the package, built', () => {
  it('has functions to ship', () => {
    expect(functionNames).not.toEqual([])
  })

  it.each(entries)('has the files of %s', (_entry, types, code) => {
    expect([types, code].map((path) => [path, existsSync(resolve(root, path))])).toEqual([
      [types, true],
      [code, true],
    ])
  })

  it.each(entries)('can be imported as %s by plain Node, in silence', async (entry) => {
    const script = `const names = Object.keys(await import('${entry}')); if (names.length === 0) throw Error('empty')`
    expect(await node('--input-type=module', '--eval', script)).toBe('')
  })

  it.each(Object.entries(manifest.bin))(
    'has an executable %s that shows its version',
    async (_name, path) => {
      expect(statSync(resolve(root, path)).mode & 0o111).toBe(0o111)
      expect(readFileSync(resolve(root, path), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/)
      expect(await node(path, '--version')).toMatch(/^\d+\.\d+\.\d+\n$/)
    },
  )

  it('holds what ships and nothing else', () => {
    expect(readdirSync(resolve(root, 'dist')).sort()).toEqual([
      'adapters',
      'cli',
      'dev',
      'functions',
      'infra',
      'test',
    ])
    expect(readdirSync(resolve(root, 'dist/test'))).toEqual(['conformance', 'platform'])
  })

  it('is published without a fault', async () => {
    const { messages, pkg = {} } = await publint({
      pkgDir: root,
      pack: 'npm',
      level: 'warning',
      strict: true,
    })
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([])
  })
})

describe('the dependencies', () => {
  it('are those that the shipped code imports, no more and no less', () => {
    const declared = { ...manifest.dependencies, ...manifest.peerDependencies }
    expect(packagesOf(shipped)).toEqual(Object.keys(declared).sort())
  })

  it('are read from every form of import', () => {
    const text =
      "import 'a/b'\nimport type { C } from '@c/d/e'\nconst f = await import('f')\nimport 'node:fs'\nimport './g.ts'"
    expect(packagesOf([readSource({ path: 'cli/a.ts', text })])).toEqual(['@c/d', 'a', 'f'])
    expect(packageOf('@c/d')).toBe('@c/d')
  })
})
