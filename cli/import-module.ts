import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { codeOf, messageOf } from '../adapters/core/errors.ts'
import { waitFor } from './unsettled.ts'

type Module = Readonly<Record<string, unknown>>

/** What TypeScript adds to a path that an import leaves without, or has otherwise. */
const extensions = ['.ts', '.mts', '.cts', '.tsx', '.js', '.mjs', '.cjs', '.jsx']

/**
 * Imports a JavaScript or TypeScript module by its absolute path: natively where Node or a loader such as tsx can, else
 * through jiti. jiti's own `tryNative` is not used because it runs a module that throws a second time. `name` is how it is
 * told that the module never ends loading.
 */
export function importModule(path: string, name = basename(path)): Promise<Module> {
  return waitFor(load(path), `${name} never ends loading: look at what it awaits at its top level`)
}

async function load(path: string): Promise<Module> {
  try {
    return await import(pathToFileURL(path).href)
  } catch (error) {
    if (!isBeyondNode(error)) throw error
    const { createJiti } = await import('jiti')
    return createJiti(path).import(path)
  }
}

/** Whether Node refused TypeScript that it cannot run itself. What fails otherwise may have run already, and must not run again. */
function isBeyondNode(error: unknown): boolean {
  switch (codeOf(error)) {
    case 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX': // enums, parameter properties
    case 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING':
      return true
    case 'ERR_UNKNOWN_FILE_EXTENSION': // Node before 22.18
      return /^Unknown file extension "\.[cm]?tsx?"/.test(messageOf(error))
    case 'ERR_MODULE_NOT_FOUND': // imports without an extension
    case 'ERR_UNSUPPORTED_DIR_IMPORT':
      return isFoundByTypeScript(error)
    default:
      return false
  }
}

/** Whether the file that Node did not find is there, by another extension or as the index of a folder. */
function isFoundByTypeScript(error: unknown): boolean {
  // Only what a path names has a URL; a package has none.
  if (!(error instanceof Error && 'url' in error && typeof error.url === 'string')) return false
  if (!error.url.startsWith('file:')) return false
  const path = fileURLToPath(error.url)
  const starts = [path, path.replace(/\.[cm]?jsx?$/, ''), join(path, 'index')]
  return starts.some((start) => extensions.some((extension) => existsSync(start + extension)))
}
