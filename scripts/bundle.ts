/** The library's public entries, bundled from their sources as an application's bundler would do it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type BuildResult, build, type Metafile } from 'esbuild'
import { z } from 'zod'

const root = resolve(import.meta.dirname, '..')

const manifestSchema = z.object({
  name: z.string(),
  exports: z.record(z.string(), z.union([z.string(), z.record(z.string(), z.string())])),
})

export interface Entry {
  /** As an application imports it: `waybill/core`. */
  readonly name: string
  /** Its source, relative to the root. */
  readonly source: string
}

export interface Size {
  /** Minified bytes that load with the entry; what it imports only later, and packages, are not among them. */
  readonly bytes: number
  readonly gzip: number
}

export interface Bundle extends Size {
  /** Imports of Node modules, those inside of `import()` too, as `importer → module`. */
  readonly builtins: readonly string[]
}

/** The entries of the package that lie in `adapters`; a `*` stands for each folder that has such a file. */
export function libraryEntries(manifest = readManifest()): readonly Entry[] {
  return Object.entries(manifest.exports).flatMap(([path, conditions]) => {
    const code = typeof conditions === 'string' ? conditions : (conditions.default ?? '')
    const source = /^\.\/dist\/(adapters\/.+)\.js$/.exec(code)?.[1]
    if (source === undefined) return []
    return expand(`${source}.ts`).map(([file, part]) => ({
      name: manifest.name + path.slice(1).replace('*', part),
      source: file,
    }))
  })
}

/** Every broker's pure codec; the file of that name in core holds the interface. */
export function bindingSources(): readonly string[] {
  return expand('adapters/*/binding.ts').flatMap(([file, folder]) => (folder === 'core' ? [] : [file]))
}

/** Whether a source must run where there is no Node.js: core, the brokers without a client, and every pure codec. */
export function mustBeNeutral(source: string): boolean {
  return (
    /^adapters\/(?:core|memory|http)\//.test(source) ||
    /^adapters\/[^/]+\/binding\.ts$/.test(source) ||
    source === 'adapters/sdk.ts'
  )
}

/** Bundles one source, packages left out. */
export async function bundle(source: string): Promise<Bundle> {
  const { metafile, outputFiles } = await build({
    entryPoints: [resolve(root, source)],
    absWorkingDir: root,
    outdir: 'bundle',
    write: false,
    metafile: true,
    bundle: true,
    splitting: true,
    minify: true,
    platform: 'neutral',
    format: 'esm',
    target: 'es2023',
    packages: 'external',
    logLevel: 'silent',
  })
  return { ...sizeOf(loadedWith(source, metafile), outputFiles), builtins: builtinsOf(metafile) }
}

function readManifest() {
  return manifestSchema.parse(JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')))
}

/** The existing files that a path with at most one `*` stands for, each with what the `*` was. */
function expand(path: string): readonly (readonly [file: string, part: string])[] {
  const [before = '', after] = path.split('*')
  if (after === undefined) return [[path, '']]
  return readdirSync(resolve(root, before))
    .sort()
    .map((part) => [before + part + after, part] as const)
    .filter(([file]) => existsSync(resolve(root, file)))
}

/** The output of an entry and those that it imports statically. */
function loadedWith(source: string, { outputs }: Metafile): ReadonlySet<string> {
  const loaded = new Set(Object.keys(outputs).filter((path) => outputs[path]?.entryPoint === source))
  // A set that grows while it is walked is walked to its new end.
  for (const path of loaded) {
    for (const found of outputs[path]?.imports ?? []) {
      if (found.kind === 'import-statement' && found.external !== true) loaded.add(found.path)
    }
  }
  return loaded
}

function sizeOf(loaded: ReadonlySet<string>, files: BuildResult<{ write: false }>['outputFiles']): Size {
  let bytes = 0
  let gzip = 0
  for (const path of loaded) {
    const file = files.find((output) => output.path === resolve(root, path))
    if (file === undefined) throw new Error(`[sizes] the bundle has no file ${path}: look at its options`)
    bytes += file.contents.length
    gzip += gzipSync(file.contents, { level: 9 }).length
  }
  return { bytes, gzip }
}

function builtinsOf({ inputs }: Metafile): readonly string[] {
  return Object.entries(inputs).flatMap(([importer, { imports }]) =>
    imports
      .filter(({ external, path }) => external === true && isBuiltin(path))
      .map(({ path }) => `${importer} → ${path}`),
  )
}
