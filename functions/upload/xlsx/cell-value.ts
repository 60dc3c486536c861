import { unescapeText } from './cell-text.ts'
import type { DateKind } from './number-format.ts'
import { serialText } from './serial.ts'

/** What a cell's text needs from the rest of the workbook. */
export interface CellContext {
  readonly strings: readonly string[]
  /** By the index of a cell's format; `undefined` where the format shows no date. */
  readonly dateStyles: readonly (DateKind | undefined)[]
  readonly date1904: boolean
}

/**
 * The text of a cell from its type `t`, its format `s` and what it holds (ECMA-376 part 1, 18.3.1.4).
 *
 * @throws Error when it refers to a shared string that is not there.
 */
export function cellValue(
  type: string | undefined,
  style: string | undefined,
  text: string | undefined,
  context: CellContext,
): string | undefined {
  switch (type) {
    case 'inlineStr':
    case 'str':
      return text === undefined ? undefined : unescapeText(text)
    case 's':
      return text ? sharedString(text, context.strings) : undefined
    case 'b':
      return text ? (text === '1' || text === 'true' ? 'TRUE' : 'FALSE') : undefined
    case 'e':
    case 'd':
      return text || undefined
    default:
      return text ? numberText(text, style, context) : undefined
  }
}

function sharedString(index: string, strings: readonly string[]): string {
  const string = strings[Number(index)]
  if (string === undefined) throw new Error(`a cell refers to text ${index} of ${strings.length}`)
  return string
}

function numberText(text: string, style: string | undefined, context: CellContext): string {
  const kind = style === undefined ? undefined : context.dateStyles[Number(style)]
  if (kind !== undefined) return serialText(Number(text), kind, context.date1904) ?? text
  // A whole number stays as it is, whatever its length. Excel writes others with 17 digits: 0.1 as 0.10000000000000001.
  if (/^-?\d+$/.test(text)) return text
  const number = Number(text)
  return Number.isFinite(number) ? String(number) : text
}
