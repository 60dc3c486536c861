import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Plugin } from 'esbuild'
import * as z from 'zod'
import type { Adapter } from '../../adapters/core/connect.ts'

const name = 'waybill'
/** The sources run as they are while the project is developed; what is installed are the files built from them. */
const isSource = import.meta.url.endsWith('.ts')
const manifestFile = createRequire(import.meta.url).resolve(`${name}/package.json`)

const manifestSchema = z.object({
  exports: z.record(z.string(), z.union([z.string(), z.object({ default: z.string() })])),
})

/** The folder of this copy of the library. */
const libraryRoot = dirname(manifestFile)

/** True for a file of this copy of the library; its packages are none. */
export function isInLibrary(file: string): boolean {
  const path = relative(libraryRoot, resolve(file))
  return !path.startsWith('..') && !/(^|[/\\])node_modules[/\\]/.test(path)
}

/** The file of this copy of the library that `waybill/…` names, whether it is there or not. */
export function libraryFile(specifier: string): string | undefined {
  const subpath = `.${specifier.slice(name.length)}`
  for (const [path, file] of Object.entries(exportsOfLibrary())) {
    if (path === subpath) return file
    const [before = '', after] = path.split('*')
    if (after === undefined || !subpath.startsWith(before) || !subpath.endsWith(after)) continue
    return file.replace('*', subpath.slice(before.length, subpath.length - after.length))
  }
  return undefined
}

/**
 * For esbuild: whoever imports the library gets this copy of it, handlers too. What is not used of it leaves no trace, as its
 * package says.
 */
export const libraryPlugin: Plugin = {
  name,
  setup(build) {
    build.onResolve({ filter: /^waybill(\/|$)/ }, ({ path }) => {
      const file = libraryFile(path)
      return file === undefined
        ? { errors: [{ text: `there is no "${path}" in this version of ${name}` }] }
        : { path: file, sideEffects: false }
    })
  },
}

/** How a bundle imports an adapter alone. */
export interface AdapterImport {
  readonly specifier: string
  readonly exported: string
}

/** The module that exports an adapter of this scheme, found among what the package exports. */
export async function adapterImport(scheme: string): Promise<AdapterImport | undefined> {
  for (const [path, file] of Object.entries(exportsOfLibrary())) {
    if (!/^\.\/[^/]+$/.test(path) || !/[/\\]adapters[/\\][^/\\]+[/\\]index\.[jt]s$/.test(file)) continue
    const exported: Readonly<Record<string, unknown>> = await import(pathToFileURL(file).href)
    const found = Object.entries(exported).find(
      ([, value]) => isAdapter(value) && value.schemes.includes(scheme),
    )
    if (found !== undefined) return { specifier: name + path.slice(1), exported: found[0] }
  }
  return undefined
}

function exportsOfLibrary(): Readonly<Record<string, string>> {
  const { exports } = manifestSchema.parse(JSON.parse(readFileSync(manifestFile, 'utf8')))
  return Object.fromEntries(
    Object.entries(exports).map(([path, target]) => {
      const built = typeof target === 'string' ? target : target.default
      const file = isSource ? built.replace(/^\.\/dist\/(.*)\.js$/, '$1.ts') : built
      return [path, join(libraryRoot, file)]
    }),
  )
}

function isAdapter(value: unknown): value is Adapter {
  return typeof value === 'object' && value !== null && 'schemes' in value && 'open' in value
}
