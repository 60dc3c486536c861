import { DIGIT, skip } from './characters.ts'

const everyYear =
  '(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)'
const hourAndMinute = '(?:[01][0-9]|2[0-3]):[0-5][0-9]'
/** Nearly every timestamp, in half the time that its numbers take: no 29 February, no leap second, upper case. */
export const usualTimestamp = new RegExp(
  `^[0-9]{4}-${everyYear}T${hourAndMinute}:[0-5][0-9](?:\\.[0-9]+)?(?:Z|[+-]${hourAndMinute})$`,
)

/**
 * RFC 3339 §5.6 `date-time`: a day that exists, seconds and an offset required, any number of fraction digits, `t` and `z` in
 * either case. Second 60 is accepted where a leap second can be: in the last minute of a day, UTC (§5.7).
 */
export function isTimestamp(text: string): boolean {
  if (usualTimestamp.test(text)) return true
  const year = digits(text, 0) * 100 + digits(text, 2)
  const month = digits(text, 5)
  const day = digits(text, 8)
  const hour = digits(text, 11)
  const minute = digits(text, 14)
  const second = digits(text, 17)
  if (year > 9999 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return false
  if (hour > 23 || minute > 59 || second > 60 || !hasSeparators(text)) return false
  const end = text.charCodeAt(19) === 0x2e ? skip(text, 20, DIGIT) : 19
  const offset = end === 20 ? NO_NUMBER : offsetMinutes(text, end)
  if (offset === NO_NUMBER) return false
  return second < 60 || (hour * 60 + minute - offset + 2880) % 1440 === 1439
}

/** Larger than any number of a timestamp; staying an integer keeps the arithmetic fast. */
const NO_NUMBER = 100_000

/** Two digits as a number, or `NO_NUMBER`. */
function digits(text: string, index: number): number {
  if (index + 1 >= text.length) return NO_NUMBER
  const tens = text.charCodeAt(index) - 0x30
  const ones = text.charCodeAt(index + 1) - 0x30
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NO_NUMBER
}

/** `----` as in `2026-01-31T12:00:00`; the text has that length. */
function hasSeparators(text: string): boolean {
  return (
    text.charCodeAt(4) === 0x2d &&
    text.charCodeAt(7) === 0x2d &&
    (text.charCodeAt(10) | 0x20) === 0x74 &&
    text.charCodeAt(13) === 0x3a &&
    text.charCodeAt(16) === 0x3a
  )
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** The offset that fills the rest of the text, in minutes east of UTC, or `NO_NUMBER`. */
function offsetMinutes(text: string, index: number): number {
  if (index >= text.length) return NO_NUMBER
  const sign = text.charCodeAt(index)
  if ((sign | 0x20) === 0x7a) return text.length === index + 1 ? 0 : NO_NUMBER
  if ((sign !== 0x2b && sign !== 0x2d) || text.length !== index + 6) return NO_NUMBER
  const hours = digits(text, index + 1)
  const minutes = digits(text, index + 4)
  if (hours > 23 || minutes > 59 || text.charCodeAt(index + 3) !== 0x3a) return NO_NUMBER
  return sign === 0x2b ? hours * 60 + minutes : -hours * 60 - minutes
}
