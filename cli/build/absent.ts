import type { Message, Plugin } from 'esbuild'
import { exactly } from './clients.ts'
import { isInLibrary } from './library.ts'

const namespace = 'absent'

/**
 * For esbuild: a package that an installed package imports and that is not installed itself, such as the client of a database
 * that nobody chose, is no error until it is used. Then it is the one that Node.js would throw.
 */
export function absentPackages() {
  const names = new Set<string>()
  const plugin: Plugin = {
    name: namespace,
    setup(build) {
      if (names.size === 0) return
      build.onResolve({ filter: exactly(names) }, ({ path, importer }) =>
        isInPackage(importer) ? { path, namespace } : undefined,
      )
      build.onLoad({ filter: /.*/, namespace }, ({ path }) => {
        const message = JSON.stringify(`Cannot find package '${path}'`)
        // CommonJS, so that it throws when it is imported, not when the bundle is loaded.
        return {
          contents: `throw Object.assign(new Error(${message}), { code: 'MODULE_NOT_FOUND' });module.exports = {}`,
        }
      })
    },
  }

  /** Takes the packages that these errors say are missing, so that the next build does without. Gives the other errors. */
  function accept(errors: readonly Message[]): readonly Message[] {
    return errors.filter(({ text, location }) => {
      const name = /^Could not resolve "([^./"][^"]*)"/.exec(text)?.[1]
      if (name === undefined || location === null || !isInPackage(location.file)) return true
      names.add(name)
      return false
    })
  }

  return { plugin, accept, names }
}

/** What the library needs has to be there. */
function isInPackage(file: string): boolean {
  return /(^|[/\\])node_modules[/\\]/.test(file) && !isInLibrary(file)
}
