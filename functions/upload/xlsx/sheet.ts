import { type Line, maxColumns } from '../line.ts'
import type { Part } from './archive.ts'
import { cellText } from './cell-text.ts'
import { type CellContext, cellValue } from './cell-value.ts'
import { type Attributes, parseXml } from './xml.ts'

/** `BC12` → 54: the column of a reference, from 0. */
function columnOf(reference: string): number {
  let column = 0
  for (let at = 0; at < reference.length; at += 1) {
    const letter = reference.charCodeAt(at) - 64
    if (letter < 1 || letter > 26) break
    column = column * 26 + letter
  }
  if (column === 0) throw new Error(`a cell has the reference "${reference.slice(0, 20)}"`)
  return column - 1
}

/**
 * The rows of a worksheet, those of one piece of its XML at a time. Cells go to the column that they name, for empty
 * ones are mostly not stored; a cell or row that names no place comes after the one before it.
 *
 * @throws WaybillError `ERR_INPUT` when the part is damaged, or has a cell past column XFD.
 */
export async function* sheetLines(part: Part, context: CellContext): AsyncGenerator<Line[]> {
  const lines: Line[] = []
  const text = cellText()
  let inData = false
  let number = 0
  let cells: (string | undefined)[] = []
  let column = -1
  let cell: Attributes = {}

  const openCell = (attributes: Attributes) => {
    cell = attributes
    column = cell.r === undefined ? column + 1 : columnOf(cell.r)
    if (column >= maxColumns) throw new Error(`row ${number} has a cell past column XFD`)
  }
  const closeCell = () => {
    const value = cellValue(cell.t, cell.s, text.take(), context)
    if (value === undefined) return
    while (cells.length < column) cells.push(undefined)
    cells[column] = value
  }
  const openRow = ({ r }: Attributes) => {
    const place = Number(r)
    number = Number.isSafeInteger(place) && place > number ? place : number + 1
    cells = []
    column = -1
  }

  const steps = parseXml(part, {
    open(name, attributes) {
      if (name === 'sheetData') inData = true
      if (!inData) return
      if (name === 'c') openCell(attributes)
      else if (name === 'row') openRow(attributes)
      else text.open(name)
    },
    text: text.add,
    close(name) {
      if (!inData) return
      if (name === 'c') closeCell()
      else if (name === 'row') lines.push({ number, cells })
      else if (name === 'sheetData') inData = false
      else text.close(name)
    },
  })
  for await (const _ of steps) yield lines.splice(0)
  yield lines.splice(0)
}
