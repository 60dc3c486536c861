import { type JSONCParseError, parseJSON, parseJSONC, parseYAML } from 'confbox'
import * as z from 'zod'

/** What is wrong at a place, by the `ParseErrorCode` of https://github.com/microsoft/node-jsonc-parser. */
const jsonFaults: Readonly<Record<number, string>> = {
  1: 'an unknown word',
  2: 'no number',
  3: 'a name in double quotes is missing',
  4: 'a value is missing',
  5: 'a colon is missing',
  6: 'a comma is missing',
  7: 'a closing brace is missing',
  8: 'a closing bracket is missing',
  9: 'something behind the end',
  10: 'a comment, which JSON has not',
  11: 'a comment without its end',
  12: 'a text without its closing quote',
  13: 'no number',
  14: 'no Unicode escape',
  15: 'an unknown escape in a text',
  16: 'a character that a text must escape',
}

/** What the YAML parser throws; its message and its mark hold lines of the file, so these alone are looked at. */
const yamlFault = z.object({
  reason: z.string(),
  mark: z.object({ line: z.number(), column: z.number() }).optional(),
})

/**
 * Parses the text of a data file. The error tells what kind of fault is where, and neither it nor a cause holds any of the
 * text, which may be a secret.
 */
export function parseData(text: string, format: 'JSON' | 'YAML'): unknown {
  try {
    return format === 'JSON' ? parseJSON(text) : parseYAML(text)
  } catch (error) {
    throw new Error(`it is not valid ${format}${format === 'JSON' ? jsonPlace(text) : yamlPlace(error)}`)
  }
}

/** Not every Node tells the position, so the text is read again by a parser that does. */
function jsonPlace(text: string): string {
  const errors: JSONCParseError[] = []
  parseJSONC(text, { errors, disallowComments: true, allowTrailingComma: false })
  const [first] = errors
  if (first === undefined) return ''
  const above = text.slice(0, first.offset).split(/\r\n|\n|\r/)
  const column = (above.at(-1)?.length ?? 0) + 1
  return placed(above.length, column, jsonFaults[first.error])
}

function yamlPlace(error: unknown): string {
  const { data: fault } = yamlFault.safeParse(error)
  if (fault === undefined) return ''
  // From the first of these characters on, a reason quotes the file.
  const kind = fault.reason.replace(/["'<!:].*/s, '…')
  return fault.mark === undefined ? ` (${kind})` : placed(fault.mark.line + 1, fault.mark.column + 1, kind)
}

function placed(line: number, column: number, kind: string | undefined): string {
  return ` at line ${line}, column ${column}${kind === undefined ? '' : ` (${kind})`}`
}
