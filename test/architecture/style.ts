import type { Source, SourceFile } from './source.ts'

const ceiling = 400
const emptyWords = new Set(['manager', 'service', 'base', 'abstract', 'util', 'helper'])

/** A file past the ceiling holds more than one noun. */
export function lengthFaults({ path, text }: SourceFile): readonly string[] {
  const lines = text.replace(/\n$/, '').split('\n').length
  return lines > ceiling ? [`${path}: ${lines} lines, at most ${ceiling}`] : []
}

/** `HTTPBaseClient` → `http base client`; digits stay with their word, so `decodeBase64` has no `base`. */
function wordsOf(name: string): readonly string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
}

function emptyWordOf(name: string): string | undefined {
  return wordsOf(name).find((word) => emptyWords.has(word) || emptyWords.has(word.replace(/s$/, '')))
}

/** Words that name no thing, in the names of folders, files and exports. */
export function wordFaults({ path, exports }: Source): readonly string[] {
  const names = [...path.replace(/\.ts$/, '').split('/'), ...exports]
  return names.flatMap((name) => {
    const word = emptyWordOf(name)
    return word === undefined ? [] : [`${path}: "${name}" says "${word}"`]
  })
}

/** The library never prints: it takes a `logger`. */
export function printFaults({ path, globals, text }: Source): readonly string[] {
  if (!path.startsWith('adapters/') && !path.startsWith('functions/')) return []
  const faults = globals.has('console') ? [`${path}: uses console`] : []
  return /\bprocess\.(stdout|stderr)\b/.test(text) ? [...faults, `${path}: writes to the terminal`] : faults
}
