import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { BuildFailure, BuildOptions, Plugin } from 'esbuild'
import { codeOf, messageOf, WaybillError } from '../../adapters/core/errors.ts'
import { parseData } from '../config/parse.ts'
import { absentPackages } from './absent.ts'
import { libraryPlugin } from './library.ts'

type Esbuild = typeof import('esbuild')

export interface BundleOptions {
  /** The text of the entry, a JavaScript module. */
  readonly entry: string
  /** What the imports of the entry are relative to. */
  readonly folder: string
  readonly outfile: string
  /** Packages that are left out, to be there where the bundle runs. */
  readonly external: readonly string[]
}

export interface Bundle {
  readonly bytes: number
  readonly gzip: number
  /** Packages that are not installed, and that nothing but another package imports. */
  readonly absent: readonly string[]
}

/** Throws `ERR_MISSING_CLIENT` where esbuild is not installed. */
export async function loadEsbuild(load = () => import('esbuild')): Promise<Esbuild> {
  try {
    return await load()
  } catch (cause) {
    throw new WaybillError(
      'ERR_MISSING_CLIENT',
      `waybill build needs esbuild, which cannot be loaded (${messageOf(cause).split('\n')[0]}): run npm install --save-dev esbuild`,
      { cause },
    )
  }
}

/** What a module exports, and whether that can be known: of CommonJS it cannot. Runs nothing of it. */
export async function exportsOf(
  { build }: Esbuild,
  file: string,
): Promise<{ readonly names: readonly string[]; readonly isKnown: boolean }> {
  const { metafile } = await told(() =>
    build({
      ...common,
      entryPoints: [file],
      packages: 'external',
      write: false,
      metafile: true,
      outdir: '.',
    }),
  )
  const [output] = Object.values(metafile?.outputs ?? {})
  const entry = metafile?.inputs[output?.entryPoint ?? '']
  return { names: output?.exports ?? [], isKnown: entry?.format === 'esm' }
}

/** Writes a bundle and its source map. Throws `ERR_CONFIG` with the first thing that cannot be bundled. */
export async function bundle({ build }: Esbuild, options: BundleOptions): Promise<Bundle> {
  const { entry, folder, outfile, external } = options
  const { plugin: absentPlugin, absentIn } = absentPackages()
  const settings: BuildOptions = {
    ...common,
    stdin: { contents: entry, resolveDir: folder, sourcefile: 'entry.mjs' },
    outfile,
    external: external.flatMap((name) => [name, `${name}/*`]),
    minify: true,
    // An error that nobody catches is printed with its line.
    lineLimit: 160,
    sourcemap: true,
    metafile: true,
    // A map of names and lines is enough for a stack trace; the sources are in the repository.
    sourcesContent: false,
    legalComments: 'linked',
    plugins: [libraryPlugin, absentPlugin, yamlPlugin],
  }
  const { metafile } = await told(() => build(settings))
  const { needed, optional } = absentIn(metafile ?? { inputs: {}, outputs: {} })
  if (needed.length > 0) throw missingPackages(needed)
  const banner = bannerFor(await readFile(outfile, 'utf8'))
  if (banner !== '') await told(() => build({ ...settings, banner: { js: banner } }))
  const contents = await readFile(outfile)
  return { bytes: contents.length, gzip: gzipSync(contents, { level: 9 }).length, absent: optional }
}

function missingPackages(names: readonly string[]): WaybillError {
  const all = names.join(' ')
  return new WaybillError(
    'ERR_MISSING_CLIENT',
    `the bundle needs ${names.join(', ')}: run npm install ${all}`,
  )
}

const common: BuildOptions = {
  bundle: true,
  platform: 'node',
  // The oldest that Lambda and Cloud Run still take in; what runs there, runs on 24.
  target: 'node22',
  format: 'esm',
  // A package that has both forms shrinks to what is used in this one only.
  mainFields: ['module', 'main'],
  logLevel: 'silent',
}

/** What CommonJS finds in every module, for bundles that hold some. The names are free in the minified text only where they are used. */
function bannerFor(text: string): string {
  // The text of esbuild's own stand-in for `require`.
  const requires = text.includes('Dynamic require of')
    ? "import{createRequire as waybillRequire}from'node:module';const require=waybillRequire(import.meta.url);"
    : ''
  const places = ['filename', 'dirname'].filter((name) => text.includes(`__${name}`))
  return requires + places.map((name) => `const __${name}=import.meta.${name};`).join('')
}

/** YAML is data: what it says is known now. */
const yamlPlugin: Plugin = {
  name: 'yaml',
  setup(build) {
    build.onLoad({ filter: /\.ya?ml$/ }, async ({ path }) => ({
      contents: JSON.stringify(parseData(await readFile(path, 'utf8'), 'YAML')),
      loader: 'json',
    }))
  },
}

/** Runs esbuild; the first of what it says went wrong is the error. */
async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (!isBuildFailure(cause)) throw cause
    const [first] = cause.errors
    const { file, line } = first?.location ?? {}
    const place = file === undefined || line === undefined ? '' : ` (${resolve(file)}:${line})`
    const missing = /^Could not resolve "((?:@[^/"]+\/)?[^./"][^/"]*)/.exec(first?.text ?? '')?.[1]
    const advice =
      missing === undefined
        ? 'correct it'
        : `run npm install ${missing}, or leave it out with --external ${missing}`
    throw new WaybillError('ERR_CONFIG', `${first?.text ?? codeOf(cause)}${place}: ${advice}`, { cause })
  }
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors)
}
