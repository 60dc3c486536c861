import type { DateKind } from './number-format.ts'

const dayMs = 86_400_000
const lastDay = Date.UTC(9999, 11, 31)

/**
 * ISO 8601 text of a serial number (days since the workbook's epoch, ECMA-376 part 1, 18.17.4), to the millisecond
 * and without a zone, for it has none. A part that the format hides is given when it is not zero.
 *
 * @returns `undefined` when no such date exists: before the epoch, after 9999, or 29 February 1900, which the 1900
 * system counts though there was none.
 */
export function serialText(serial: number, kind: DateKind, date1904: boolean): string | undefined {
  const total = Math.round(serial * dayMs)
  if (!Number.isFinite(total) || total < 0) return undefined
  if (kind === 'elapsed') return elapsedText(total)
  const day = Math.floor(total / dayMs)
  const rest = total - day * dayMs
  if (day === 0 && (kind === 'time' || (!date1904 && rest > 0))) return clockText(rest)
  const date = dateOf(day, date1904)
  if (date === undefined) return undefined
  return kind === 'date' && rest === 0 ? date : `${date}T${clockText(rest)}`
}

function dateOf(day: number, date1904: boolean): string | undefined {
  if (!date1904 && (day === 0 || day === 60)) return undefined
  const epoch = date1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, day < 60 ? 31 : 30)
  const time = epoch + day * dayMs
  return time > lastDay ? undefined : new Date(time).toISOString().slice(0, 10)
}

function clockText(ms: number): string {
  return new Date(ms).toISOString().slice(11, ms % 1000 === 0 ? 19 : 23)
}

function elapsedText(ms: number): string {
  const hours = Math.floor(ms / 3_600_000)
  return `${String(hours).padStart(2, '0')}${clockText(ms % 3_600_000).slice(2)}`
}
