/** The cells of a row by column, as the data of its event. */
export type Columns = Readonly<Record<string, unknown>>

export function isColumns(data: unknown): data is Columns {
  return typeof data === 'object' && data !== null && !Array.isArray(data) && !ArrayBuffer.isView(data)
}
