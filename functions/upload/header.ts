import { type Line, withoutEmptyEnd } from './line.ts'
import { unreadable } from './unreadable.ts'

/** The columns' names, by place, and the line that gave them. */
export interface Header {
  readonly number: number
  readonly names: readonly string[]
}

/**
 * Takes a line as the header. Names are trimmed; empty cells after the last name are no columns.
 *
 * @throws WaybillError `ERR_INPUT` when a column has no name, or the name of another.
 */
export function headerOf(path: string, { number, cells }: Line): Header {
  const names = withoutEmptyEnd(cells.map((cell) => cell?.trim())).map((name) => name ?? '')
  const places = new Map<string, number>()
  for (const [index, name] of names.entries()) {
    const place = index + 1
    const taken = places.get(name)
    if (name === '') {
      throw unreadable(
        path,
        `column ${place} has no name`,
        'name it in the header line, or delete the column',
      )
    }
    if (taken !== undefined) {
      const what = `columns ${taken} and ${place} are both named "${name}"`
      throw unreadable(path, what, 'give each column a name of its own in the header line')
    }
    if (name === '__proto__') {
      // Assigning it to an object sets the prototype and drops the cell.
      throw unreadable(path, `column ${place} is named "__proto__"`, 'give it a name that an object can hold')
    }
    places.set(name, place)
  }
  return { number, names }
}
