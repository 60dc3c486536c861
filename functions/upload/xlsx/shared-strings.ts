import type { Part } from './archive.ts'
import { cellText, unescapeText } from './cell-text.ts'
import { parseXml } from './xml.ts'

/** Characters of all texts together, 16 more for each: what a zip bomb is stopped at. */
const maxTotal = 256 * 1024 * 1024

/**
 * Reads the table of texts that cells refer to by index (ECMA-376 part 1, 18.4.9).
 *
 * @throws WaybillError `ERR_INPUT` when it is damaged or holds more than 256 Mi characters.
 */
export async function readSharedStrings(part: Part): Promise<readonly string[]> {
  const strings: string[] = []
  const text = cellText()
  let total = 0
  const steps = parseXml(part, {
    open: text.open,
    text: text.add,
    close(name) {
      text.close(name)
      if (name !== 'si') return
      const string = unescapeText(text.take() ?? '')
      total += string.length + 16
      if (total > maxTotal) throw new Error('it has more than 256 Mi characters')
      strings.push(string)
    },
  })
  for await (const _ of steps);
  return strings
}
