import { isBuiltin } from 'node:module'
import type { Metafile, Plugin } from 'esbuild'
import { isInLibrary } from './library.ts'

/**
 * For esbuild: what the library imports of packages, the clients of every broker among them, is left aside in a first build.
 * That shows which of them the bundle uses; the next build holds these. Parsing all of them only to drop them again takes
 * seconds, and not all of them are installed.
 */
export function clientPackages() {
  const aside = new Set<string>()
  let isFirst = true

  const plugin: Plugin = {
    name: 'clients',
    setup(build) {
      if (!isFirst && aside.size === 0) return
      build.onResolve({ filter: isFirst ? /^[^./]/ : exactly(aside) }, ({ path, importer }) => {
        if (!isInLibrary(importer) || isBuiltin(path)) return undefined
        if (isFirst) aside.add(path)
        return { path, external: true, sideEffects: false }
      })
    },
  }

  /** Takes what the first build left aside and needs. True where that is anything. */
  function use({ outputs }: Metafile): boolean {
    isFirst = false
    const imported = Object.values(outputs).flatMap(({ imports }) => imports.map(({ path }) => path))
    return imported.filter((path) => aside.delete(path)).length > 0
  }

  return { plugin, use }
}

/** For `onResolve`: these and no others. */
export function exactly(names: Iterable<string>): RegExp {
  return new RegExp(`^(?:${[...names].map((name) => name.replace(/[^\w/-]/g, '\\$&')).join('|')})$`)
}
