import { readdirSync, readFileSync } from 'node:fs'
import { relative, resolve, sep } from 'node:path'
import { readSource, type Source } from './source.ts'

export const root = resolve(import.meta.dirname, '../..')

const outside = new Set(['node_modules', 'dist', 'coverage'])

function* typescriptFiles(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name.startsWith('.') || outside.has(entry.name)) continue
    const path = resolve(folder, entry.name)
    if (entry.isDirectory()) yield* typescriptFiles(path)
    else if (entry.name.endsWith('.ts')) yield path
  }
}

/** Every TypeScript file of the project, read and parsed. */
export function readTree(): readonly Source[] {
  return [...typescriptFiles(root)].map((path) =>
    readSource({ path: relative(root, path).split(sep).join('/'), text: readFileSync(path, 'utf8') }),
  )
}
