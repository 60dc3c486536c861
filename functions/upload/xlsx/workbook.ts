import { unreadable } from '../unreadable.ts'
import type { Archive, Part } from './archive.ts'
import { readRelationships } from './relationships.ts'
import { type Attributes, parseSmallXml } from './xml.ts'

/** A worksheet; chart and macro sheets hold no rows and are left out. */
export interface Sheet {
  readonly name: string
  readonly visible: boolean
  readonly part: Part
}

/** The parts of a workbook that hold its rows. */
export interface Workbook {
  readonly sheets: readonly Sheet[]
  /** Serial numbers count from 1904 instead of 1900 (ECMA-376 part 1, 18.17.4.1). */
  readonly date1904: boolean
  readonly sharedStrings: Part | undefined
  readonly styles: Part | undefined
}

const saveAsXlsx = 'save it as .xlsx, or as "CSV UTF-8"'

/**
 * Finds the parts by the links between them, as their names are the writer's choice.
 *
 * @throws WaybillError `ERR_INPUT` when the archive is no workbook.
 */
export async function readWorkbook(path: string, archive: Archive): Promise<Workbook> {
  const links = await readRelationships(archive, '')
  const main = links.find(({ type }) => type === 'officeDocument')
  const part = main && archive.part(main.target)
  if (main === undefined || part === undefined) throw noWorkbook(path, archive)
  if (part.name.endsWith('.bin')) throw unreadable(path, 'is a binary workbook (.xlsb)', saveAsXlsx)
  const { root, date1904, sheets } = await readSheets(part)
  if (root !== 'workbook') throw noWorkbook(path, archive)

  const targets = await readRelationships(archive, main.target)
  const partOf = (wanted: string) => {
    const link = targets.find(({ type }) => type === wanted)
    return link && archive.part(link.target)
  }
  return {
    sheets: sheets.flatMap((attributes) => {
      const link = targets.find(({ id }) => id === relationshipOf(attributes))
      if (link !== undefined && link.type !== 'worksheet') return []
      const { name = '', state = 'visible' } = attributes
      const sheet = link && archive.part(link.target)
      if (sheet === undefined) {
        throw unreadable(
          path,
          `is damaged (the sheet "${name}" is missing)`,
          'save the workbook again as .xlsx',
        )
      }
      return [{ name, visible: state === 'visible', part: sheet }]
    }),
    date1904,
    sharedStrings: partOf('sharedStrings'),
    styles: partOf('styles'),
  }
}

async function readSheets(part: Part) {
  let root: string | undefined
  let date1904 = false
  const sheets: Attributes[] = []
  await parseSmallXml(part, {
    open(name, attributes) {
      root ??= name
      if (name === 'workbookPr') date1904 = ['1', 'true'].includes(attributes.date1904 ?? '')
      if (name === 'sheet') sheets.push(attributes)
    },
  })
  return { root, date1904, sheets }
}

/** The attribute is `r:id`, with whatever prefix the writer gave to the namespace. */
function relationshipOf(attributes: Attributes): string {
  const name = Object.keys(attributes).find((key) => key.endsWith(':id'))
  return (name && attributes[name]) ?? ''
}

function noWorkbook(path: string, archive: Archive): Error {
  return archive.part('mimetype') && archive.part('content.xml')
    ? unreadable(path, 'is an OpenDocument file', saveAsXlsx)
    : unreadable(path, 'is a zip file but no workbook', 'give an .xlsx file, or the CSV file inside it')
}

/**
 * The sheet of that name, or the first one that a user sees.
 *
 * @throws WaybillError `ERR_INPUT` listing the sheets when none has the name.
 */
export function sheetOf(path: string, { sheets }: Workbook, name: string | undefined): Sheet {
  const first = sheets.find(({ visible }) => visible) ?? sheets[0]
  if (first === undefined) throw unreadable(path, 'has no worksheet', 'put the rows in a worksheet')
  if (name === undefined) return first
  const same = (sheet: Sheet) => sheet.name.toLowerCase() === name.toLowerCase()
  const found = sheets.find((sheet) => sheet.name === name) ?? sheets.find(same)
  if (found !== undefined) return found
  const names = sheets.map((sheet) => `"${sheet.name}"`).join(', ')
  throw unreadable(path, `has no sheet "${name}"`, `its sheets are ${names}`)
}
