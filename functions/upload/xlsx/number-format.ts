/** What a number format shows of a serial number: a date, a time of day, both, or a time that passes 24 hours. */
export type DateKind = 'date' | 'time' | 'datetime' | 'elapsed'

/** Formats that a workbook need not spell out (ECMA-376 part 1, 18.8.30); those of East Asia show dates. */
function builtIn(id: number): DateKind | undefined {
  if (id === 22) return 'datetime'
  if (id === 46) return 'elapsed'
  if ((id >= 18 && id <= 21) || id === 45 || id === 47) return 'time'
  if ((id >= 14 && id <= 17) || (id >= 27 && id <= 36) || (id >= 50 && id <= 58)) return 'date'
  return undefined
}

/** Quoted text, an escaped character, a character's width, a filling character. */
const literals = /"[^"]*"|\\.|_.|\*./g
/** One that is never closed takes the rest: it is not looked for again from the next. */
const brackets = /\[[^\]]*\]?/g
/** Characters that Excel takes at most: https://support.microsoft.com/en-us/office/excel-specifications-and-limits-1672b34d-7043-467e-8e27-269d656771c3 */
const maxLength = 255

/** Tells whether a format shows a date or a time; `code` is absent for a built-in one. Over 255 characters it shows none. */
export function dateKindOf(id: number, code: string | undefined): DateKind | undefined {
  if (code === undefined) return builtIn(id)
  if (code.length > maxLength) return undefined
  const [positive = ''] = code.replace(literals, '').split(';')
  if (/\[(h+|m+|s+)\]/i.test(positive)) return 'elapsed'
  const tokens = positive
    .replace(brackets, '')
    .replace(/general|am\/pm|a\/p/gi, '')
    .replace(/e[+-]/gi, '')
    .toLowerCase()
  const time = /[hs]/.test(tokens)
  // An m is a minute only beside hours or seconds; e is a year of an era, b one of the Buddhist calendar.
  const date = /[ydeb]/.test(tokens) || (tokens.includes('m') && !time)
  if (date) return time ? 'datetime' : 'date'
  return time ? 'time' : undefined
}
