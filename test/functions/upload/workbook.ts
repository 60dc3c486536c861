import { strToU8, type ZipOptions, zipSync } from 'fflate'

const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'

export interface WorkbookParts {
  /** What is inside `sheetData`, by sheet name. */
  readonly sheets?: Readonly<Record<string, string>>
  /** Attributes added to the sheet of that name, e.g. `state="hidden"`. */
  readonly attributes?: Readonly<Record<string, string>>
  /** What is inside `sst`. */
  readonly strings?: string
  /** Number formats of the styles 0, 1, …: a built-in id, or a code. */
  readonly formats?: readonly (number | string)[]
  readonly date1904?: boolean
  /** Whole parts, over those made from the above; `undefined` leaves a part out. */
  readonly parts?: Readonly<Record<string, string | undefined>>
}

function relationships(links: readonly (readonly [id: string, type: string, target: string])[]): string {
  const items = links.map(
    ([id, type, to]) => `<Relationship Id="${id}" Type="${office}/${type}" Target="${to}"/>`,
  )
  return `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${items.join('')}</Relationships>`
}

function styles(formats: readonly (number | string)[]): string {
  const codes = formats.map((code, index) =>
    typeof code === 'string'
      ? `<numFmt numFmtId="${164 + index}" formatCode="${code.replaceAll('"', '&quot;')}"/>`
      : '',
  )
  const ids = formats.map(
    (code, index) => `<xf numFmtId="${typeof code === 'string' ? 164 + index : code}"/>`,
  )
  // The named styles' formats and those of conditions are traps: a reader must not take them for the cells'.
  return `<styleSheet ${main}><numFmts>${codes.join('')}</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>${ids.join('')}</cellXfs><dxfs><dxf><numFmt numFmtId="164" formatCode="0"/></dxf></dxfs></styleSheet>`
}

/** The parts of a workbook written by hand, for what writers of workbooks never write. */
export function workbookParts(options: WorkbookParts): Record<string, string> {
  const {
    sheets = { Sheet1: '' },
    attributes = {},
    strings = '',
    formats = [],
    date1904,
    parts = {},
  } = options
  const names = Object.keys(sheets)
  const list = names.map(
    (name, i) => `<sheet name="${name}" sheetId="${i + 1}" r:id="rId${i + 1}" ${attributes[name] ?? ''}/>`,
  )
  const all: Record<string, string | undefined> = {
    '_rels/.rels': relationships([['rId1', 'officeDocument', 'xl/workbook.xml']]),
    'xl/workbook.xml': `<?xml version="1.0" encoding="UTF-8"?><workbook ${main} xmlns:r="${office}"><workbookPr${date1904 ? ' date1904="1"' : ''}/><sheets>${list.join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': relationships([
      ...names.map((_, i) => [`rId${i + 1}`, 'worksheet', `worksheets/sheet${i + 1}.xml`] as const),
      ['strings', 'sharedStrings', '/xl/sharedStrings.xml'],
      ['styles', 'styles', 'styles.xml'],
    ]),
    ...Object.fromEntries(
      names.map((name, i) => [
        `xl/worksheets/sheet${i + 1}.xml`,
        `<worksheet ${main}><dimension ref="A1"/><sheetData>${sheets[name]}</sheetData></worksheet>`,
      ]),
    ),
    'xl/sharedStrings.xml': `<sst ${main}>${strings}</sst>`,
    'xl/styles.xml': styles(formats),
    ...parts,
  }
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, text]) => (text === undefined ? [] : [[name, text]])),
  )
}

export function zip(parts: Readonly<Record<string, string>>, options: ZipOptions = {}): Uint8Array {
  return zipSync(
    Object.fromEntries(Object.entries(parts).map(([name, text]) => [name, strToU8(text)])),
    options,
  )
}

export function workbook(options: WorkbookParts): Uint8Array {
  return zip(workbookParts(options))
}

/** A cell of plain text. */
export function inline(reference: string, text: string): string {
  return `<c r="${reference}" t="inlineStr"><is><t xml:space="preserve">${text}</t></is></c>`
}

/** A header line with these names from column A on. */
export function headerRow(...names: readonly string[]): string {
  return `<row r="1">${names.map((name, index) => inline(`${String.fromCharCode(65 + index)}1`, name)).join('')}</row>`
}
