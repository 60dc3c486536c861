import { pathToFileURL } from 'node:url'
import { codeOf } from '../adapters/core/errors.ts'

/** What Node says of TypeScript that it cannot run itself, before a line of it was run. */
const beyondNode = new Set([
  'ERR_UNKNOWN_FILE_EXTENSION', // Node before 22.18
  'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX', // enums, parameter properties
  'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING',
  'ERR_MODULE_NOT_FOUND', // imports without an extension
  'ERR_UNSUPPORTED_DIR_IMPORT',
])

/**
 * Imports a JavaScript or TypeScript module by its absolute path: natively where Node or a loader such as tsx can, else
 * through jiti. jiti's own `tryNative` is not used because it runs a module that throws a second time.
 */
export async function importModule(path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await import(pathToFileURL(path).href)
  } catch (error) {
    if (!beyondNode.has(codeOf(error) ?? '')) throw error
    const { createJiti } = await import('jiti')
    return createJiti(path).import(path)
  }
}
