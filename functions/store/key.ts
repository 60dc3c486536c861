import { type CloudEvent, TerminalError } from '../../adapters/core/index.ts'

/**
 * Has a meaning in keys of unstorage, in file names of some platform, or in URLs that keys become. So have spaces at either
 * end and dots at the end.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not get through
const special = /[\u0000-\u001f%:/\\?#*<>|"]/g

/** Where a row is kept: `<subject>:<sequence>`. Throws a `TerminalError` where the event has not both. */
export function keyOf({ id, subject, sequence }: CloudEvent): string {
  if (subject !== undefined && typeof sequence === 'string' && sequence !== '') {
    return `${escaped(subject)}:${escaped(sequence)}`
  }
  throw new TerminalError(
    `event ${id} has no place in the store: it needs "subject" (the file) and "sequence" (the number of the row)`,
  )
}

/** Different texts stay different: what is replaced has a `%` in front, and so has the `%` itself. */
function escaped(text: string): string {
  let start = 0
  while (text[start] === ' ') start++
  const last = text.at(-1)
  let end = text.length
  // By index: a pattern for the end of a text is tried at each of its characters.
  if (last === ' ' || last === '.') while (end > start && text[end - 1] === last) end--
  return (
    Array.from(text.slice(0, start), code).join('') +
    text.slice(start, end).replace(special, code) +
    Array.from(text.slice(end), code).join('')
  )
}

function code(character: string): string {
  return `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`
}
