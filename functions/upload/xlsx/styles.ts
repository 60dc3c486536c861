import type { Part } from './archive.ts'
import { type DateKind, dateKindOf } from './number-format.ts'
import { parseSmallXml } from './xml.ts'

/**
 * Reads which of the workbook's cell formats show dates or times: by the index that a cell's `s` gives
 * (ECMA-376 part 1, 18.8.10).
 *
 * @throws WaybillError `ERR_INPUT` when the part is damaged.
 */
export async function readDateStyles(part: Part): Promise<readonly (DateKind | undefined)[]> {
  const codes = new Map<number, string>()
  const formats: number[] = []
  // Formats of named styles and of conditions use the same elements elsewhere in the part.
  let list = ''
  await parseSmallXml(part, {
    open(name, attributes) {
      if (name === 'numFmts' || name === 'cellXfs') list = name
      if (name === 'numFmt' && list === 'numFmts') {
        codes.set(Number(attributes.numFmtId), attributes.formatCode ?? '')
      }
      if (name === 'xf' && list === 'cellXfs') formats.push(Number(attributes.numFmtId ?? 0))
    },
    close(name) {
      if (name === list) list = ''
    },
  })
  return formats.map((id) => dateKindOf(id, codes.get(id)))
}
