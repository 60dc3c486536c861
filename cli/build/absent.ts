import type { Metafile, Plugin } from 'esbuild'
import { libraryRoot } from './library.ts'

const namespace = 'absent'

/** Packages that are not installed, by who imports them. */
export interface Absent {
  /** Needed by what the function uses of the library: the client of a broker. */
  readonly needed: readonly string[]
  /** Imported by other packages, which may never use them. */
  readonly optional: readonly string[]
}

/**
 * For esbuild: a package that an installed package imports and that is not installed itself, such as the client of a database
 * that nobody chose, is no error until it is used. Then it is the one that Node.js would throw. What the function's own
 * files import has to be there.
 */
export function absentPackages() {
  const byLibrary = new Set<string>()
  const plugin: Plugin = {
    name: namespace,
    setup(build) {
      build.onResolve({ filter: /^[^./]/ }, async ({ path, pluginData, ...from }) => {
        const { importer, kind, resolveDir } = from
        const isOfLibrary = isInLibrary(importer)
        if (pluginData === namespace || !(isOfLibrary || /[/\\]node_modules[/\\]/.test(importer)))
          return undefined
        const found = await build.resolve(path, {
          importer,
          kind,
          resolveDir,
          namespace: 'file',
          pluginData: namespace,
        })
        if (found.errors.length === 0) return undefined
        if (isOfLibrary) byLibrary.add(path)
        return { path, namespace }
      })
      build.onLoad({ filter: /.*/, namespace }, ({ path }) => {
        const message = JSON.stringify(`Cannot find package '${path}'`)
        // CommonJS, so that it throws when it is imported, not when the bundle is loaded.
        return {
          contents: `throw Object.assign(new Error(${message}), { code: 'MODULE_NOT_FOUND' });module.exports = {}`,
        }
      })
    },
  }

  /** Those that came into the bundle: what is imported by something unused did not. */
  function absentIn({ outputs }: Metafile): Absent {
    const inputs = Object.values(outputs).flatMap((output) => Object.keys(output.inputs))
    const names = inputs.flatMap((input) =>
      input.startsWith(`${namespace}:`) ? [input.slice(namespace.length + 1)] : [],
    )
    const [needed, optional] = [true, false].map((of) =>
      names.filter((name) => byLibrary.has(name) === of).sort(),
    )
    return { needed: needed ?? [], optional: optional ?? [] }
  }

  return { plugin, absentIn }
}

function isInLibrary(importer: string): boolean {
  return importer.startsWith(libraryRoot) && !importer.slice(libraryRoot.length).includes('node_modules')
}
