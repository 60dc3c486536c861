import { printable } from '../../cli/printable.ts'

const gap = '  '
const widestCell = 28

/** Rows of columns as text, as wide as fits. */
export function table(rows: readonly unknown[], width: number): readonly string[] {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row ?? {})))]
  const cells = rows.map((row) => names.map((name) => cut(textOf(row, name), widestCell)))
  const widths = names.map((name, at) =>
    Math.max(...[name, ...cells.map((line) => line[at] ?? '')].map((text) => text.length)),
  )
  const shown = fitting(widths, width)
  const line = (texts: readonly string[]) =>
    texts
      .slice(0, shown)
      .map((text, at) => text.padEnd(widths[at] ?? 0))
      .join(gap)
      .trimEnd()
  const more = names.length - shown
  const titles = names.map(printable)
  const header = more > 0 ? `${line(titles)}${gap}and ${more} more` : line(titles)
  return [header, ...cells.map(line)]
}

/** How many columns fit; one always does. */
function fitting(widths: readonly number[], width: number): number {
  let used = 0
  for (const [at, each] of widths.entries()) {
    used += each + gap.length
    if (used > width && at > 0) return at
  }
  return widths.length
}

function textOf(row: unknown, name: string): string {
  if (typeof row !== 'object' || row === null) return ''
  const value = Object.entries(row).find(([key]) => key === name)?.[1]
  const text = typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value)
  return printable(text.replace(/\s+/g, ' '))
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text
}
