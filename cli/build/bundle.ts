import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { BuildFailure, BuildOptions, Metafile, Plugin } from 'esbuild'
import { messageOf, WaybillError } from '../../adapters/core/errors.ts'
import { parseData } from '../config/parse.ts'
import { absentPackages } from './absent.ts'
import { clientPackages } from './clients.ts'
import { isInLibrary, libraryPlugin } from './library.ts'

type Esbuild = typeof import('esbuild')

export interface BundleOptions {
  /** The text of the entry, a JavaScript module. */
  readonly entry: string
  /** What the imports of the entry are relative to. */
  readonly folder: string
  readonly outfile: string
  /** Packages that are left out, to be there where the bundle runs. */
  readonly external: readonly string[]
  /** Beside those of every bundle. */
  readonly plugins: readonly Plugin[]
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
  const { entry, folder, outfile, external, plugins } = options
  const clients = clientPackages()
  const absent = absentPackages()
  const settings: BuildOptions = {
    ...common,
    stdin: { contents: entry, resolveDir: folder, sourcefile: 'entry.mjs' },
    outfile,
    external: external.flatMap((name) => [name, `${name}/*`]),
    minify: true,
    // An error that nobody catches is printed with its line.
    lineLimit: 160,
    sourcemap: true,
    // A map of names and lines is enough for a stack trace; the sources are in the repository.
    sourcesContent: false,
    legalComments: 'linked',
    plugins: [libraryPlugin, clients.plugin, absent.plugin, yamlPlugin, ...plugins],
  }
  async function once(more: BuildOptions = {}): Promise<Metafile> {
    const { metafile } = await build({ ...settings, ...more, metafile: true })
    return metafile
  }

  /** Does without what packages do without. */
  async function tolerant(): Promise<Metafile> {
    try {
      return await once()
    } catch (error) {
      if (!isBuildFailure(error) || absent.accept(error.errors).length > 0) throw error
      return once()
    }
  }

  await told(async () => {
    if (clients.use(await tolerant())) await tolerant()
  })
  const banner = bannerFor(await readFile(outfile, 'utf8'))
  if (banner !== '') await told(() => once({ banner: { js: banner } }))
  const contents = await readFile(outfile)
  return {
    bytes: contents.length,
    gzip: gzipSync(contents, { level: 9 }).length,
    absent: [...absent.names].sort(),
  }
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
  logLimit: 0,
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

/** Runs esbuild. The error is the first thing that it says went wrong, or every package that the library needs. */
async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (!isBuildFailure(cause)) throw cause
    throw missingClients(cause) ?? problemOf(cause)
  }
}

function missingClients(cause: BuildFailure): WaybillError | undefined {
  const names = cause.errors.flatMap(({ text, location }) =>
    location !== null && isInLibrary(location.file) ? (missingPackage(text) ?? []) : [],
  )
  if (names.length === 0) return undefined
  const all = [...new Set(names)].sort()
  const text = `the bundle needs ${all.join(', ')}: run npm install ${all.join(' ')}`
  return new WaybillError('ERR_MISSING_CLIENT', text, { cause })
}

function problemOf(cause: BuildFailure): WaybillError {
  const [{ text, location }] = [...cause.errors, { text: 'esbuild failed', location: null }]
  const place = location === null ? '' : ` (${resolve(location.file)}:${location.line})`
  const missing = missingPackage(text)
  const advice =
    missing === undefined
      ? 'correct it'
      : `run npm install ${missing}, or leave it out with --external ${missing}`
  return new WaybillError('ERR_CONFIG', `${text}${place}: ${advice}`, { cause })
}

/** The package that an error of esbuild says is missing. */
function missingPackage(text: string): string | undefined {
  return /^Could not resolve "((?:@[^/"]+\/)?[^./"][^/"]*)/.exec(text)?.[1]
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors)
}
