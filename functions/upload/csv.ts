import type { FileHandle } from 'node:fs/promises'
import { type Parser, parse } from 'csv-parse'
import { codeOf, messageOf } from '../../adapters/core/errors.ts'
import { delimiterOf } from './delimiter.ts'
import type { Encoding, Input } from './input.ts'
import { type Line, maxColumns } from './line.ts'
import { unreadable } from './unreadable.ts'

const chunkBytes = 65_536
/** More than most brokers carry; ends the search for a closing quote that never comes before it has taken the file. */
const maxRowBytes = 4 * 1024 * 1024

/**
 * The lines of a CSV file, those of one chunk at a time. The lines above a fault are given before it is thrown.
 *
 * @throws WaybillError `ERR_INPUT` naming the line, for quotes out of place, for bytes that are no text, and for more cells
 * than a sheet has columns.
 */
export async function* csvLines(
  { path, handle, head }: Input,
  encoding: Encoding,
  given?: string,
): AsyncGenerator<Line[]> {
  const delimiter = delimiterOf(new TextDecoder(encoding).decode(head))
  const lines: Line[] = []
  let number = 0
  let nextLine = 1
  let tooWide = false
  const parser = parserOf(path, given ?? delimiter.character, (cells) => {
    tooWide ||= cells.length > maxColumns
    if (tooWide) return
    number += 1
    nextLine += 1 + lineBreaksIn(cells)
    if (number > 1 || !delimiter.declared) lines.push({ number, cells })
  })
  const decoder = new TextDecoder(encoding, { fatal: true })
  try {
    for await (const bytes of chunksOf(handle)) {
      await write(parser, decoder.decode(bytes, { stream: true }))
      yield lines.splice(0)
      if (tooWide) break
    }
    if (!tooWide) {
      await write(parser, decoder.decode())
      await end(parser)
      yield lines.splice(0)
    }
  } catch (error) {
    yield lines.splice(0)
    throw faultOf(path, encoding, nextLine, error)
  }
  if (tooWide) {
    const what = `the row at line ${nextLine} has more than ${maxColumns.toLocaleString('en-US')} cells`
    throw unreadable(path, what, 'look for a line break that is missing in it, or leave columns out')
  }
}

/** Each row's cells come by `onRow` before `write` resolves. */
function parserOf(path: string, delimiter: string, onRow: (cells: readonly string[]) => void): Parser {
  if (!/^[^"\r\n]+$/.test(delimiter)) {
    const what = `the delimiter ${JSON.stringify(delimiter)} cannot part cells`
    throw unreadable(path, what, 'give one character, such as "," or ";" or a tab')
  }
  const parser = parse({
    delimiter,
    // All three: left to itself, the parser takes the first line's ending for every line's.
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    max_record_size: maxRowBytes,
  })
  parser.on('data', onRow)
  // An error reaches the caller by the callback of the call that caused it; unheard, the event would end the process.
  parser.on('error', () => undefined)
  return parser
}

function write(parser: Parser, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    parser.write(text, (error) => (error ? reject(error) : resolve()))
  })
}

function end(parser: Parser): Promise<void> {
  return new Promise((resolve, reject) => {
    parser.end((error?: Error | null) => (error ? reject(error) : resolve()))
  })
}

async function* chunksOf(handle: FileHandle): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafe(chunkBytes)
  let position = 0
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, chunkBytes, position)
    if (bytesRead === 0) return
    position += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

/** The parser's own count takes a CRLF in a quoted cell for two lines, and tells only where a row ended. */
function lineBreaksIn(cells: readonly string[]): number {
  let count = 0
  for (const cell of cells) {
    for (let at = cell.indexOf('\n'); at !== -1; at = cell.indexOf('\n', at + 1)) count += 1
  }
  return count
}

function faultOf(path: string, encoding: Encoding, line: number, error: unknown): Error {
  switch (codeOf(error)) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return unreadable(
        path,
        `the row at line ${line} has a quote that is never closed`,
        'close it, or write "" for a quote inside a quoted cell',
        error,
      )
    case 'CSV_MAX_RECORD_SIZE':
      return unreadable(
        path,
        `the row at line ${line} is longer than 4 MiB`,
        'look for a quote in it that is never closed',
        error,
      )
    case 'CSV_INVALID_CLOSING_QUOTE':
    case 'INVALID_OPENING_QUOTE':
      return unreadable(
        path,
        `the row at line ${line} has a quote inside a cell`,
        'put the whole cell in quotes and write "" for each quote inside it',
        error,
      )
    case 'ERR_ENCODING_INVALID_ENCODED_DATA':
      return unreadable(
        path,
        `is not ${encoding.toUpperCase()} text somewhere from line ${line} on`,
        'save it as "CSV UTF-8", or as XLSX',
        error,
      )
    default:
      return unreadable(
        path,
        `cannot be read from line ${line} on (${messageOf(error)})`,
        'try a copy of the file',
        error,
      )
  }
}
