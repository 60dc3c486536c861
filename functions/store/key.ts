import { type CloudEvent, TerminalError } from '../../adapters/core/index.ts'

/** Has a meaning in keys of unstorage, in file names of some platform, or in URLs that keys become. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not get through
const special = /[\u0000-\u001f%:/\\?#*<>|"]|^ +| +$|\.+$/g

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
  return text.replace(special, (found) =>
    Array.from(found, (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`).join(''),
  )
}
