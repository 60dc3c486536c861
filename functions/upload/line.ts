/** One line of a table as a format's reader found it, before its cells have names. */
export interface Line {
  /** 1-based place in the file or sheet; blank lines count. */
  readonly number: number
  /** Cells from the first column on; `undefined` where a sheet has no cell. */
  readonly cells: readonly (string | undefined)[]
}

/** Cells of a line at most: a sheet's columns, A to XFD. */
export const maxColumns = 16_384

function isFilledCell(cell: string | undefined): boolean {
  return cell !== undefined && /\S/.test(cell)
}

/** Blank lines, with nothing but space in their cells, part the rows; they are none themselves. */
export function isFilled({ cells }: Line): boolean {
  return cells.some(isFilledCell)
}

/** The cells up to the last filled one. */
export function withoutEmptyEnd(cells: Line['cells']): Line['cells'] {
  return cells.slice(0, cells.findLastIndex(isFilledCell) + 1)
}
