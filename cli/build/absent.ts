import type { Plugin } from 'esbuild'
import { libraryRoot } from './library.ts'

const namespace = 'absent'

/**
 * For esbuild: a package that an installed package imports and that is not installed itself, as drivers of a database that
 * nobody chose, is no error until it is used. Then it is the one that Node.js would throw. What the function's own files import, and
 * the library, has to be there.
 */
export function absentPlugin(note: (name: string) => void): Plugin {
  return {
    name: namespace,
    setup(build) {
      build.onResolve({ filter: /^[^./]/ }, async ({ path, pluginData, ...from }) => {
        if (pluginData === namespace || !isInstalled(from.importer)) return undefined
        const { importer, kind, resolveDir } = from
        const found = await build.resolve(path, {
          importer,
          kind,
          resolveDir,
          namespace: 'file',
          pluginData: namespace,
        })
        if (found.errors.length === 0) return undefined
        note(path)
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
}

function isInstalled(importer: string): boolean {
  const inLibrary =
    importer.startsWith(libraryRoot) && !importer.slice(libraryRoot.length).includes('node_modules')
  return /[/\\]node_modules[/\\]/.test(importer) && !inLibrary
}
