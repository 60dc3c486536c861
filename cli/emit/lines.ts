import { WaybillError } from '../../adapters/index.ts'

/** One line of a file, without its line feed. */
export interface Line {
  /** From 1. */
  readonly number: number
  readonly bytes: Uint8Array
}

const lineFeed = 0x0a
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])

/**
 * Splits a stream of bytes at line feeds, holding one line at a time. Node's `readline` is not used because it also
 * splits at U+2028 and U+2029, which JSON allows inside strings. Throws `ERR_INPUT` for a line of more than
 * `maxBytes`: no broker takes larger events than the default, 64 MiB.
 */
export async function* linesOf(
  stream: AsyncIterable<Uint8Array>,
  maxBytes = 64 * 1024 * 1024,
): AsyncGenerator<Line> {
  let parts: Uint8Array[] = []
  let size = 0
  let number = 0

  function finish(part: Uint8Array): Line {
    const bytes = Buffer.concat([...parts, part])
    parts = []
    size = 0
    number++
    const marked = number === 1 && bytes.subarray(0, 3).equals(byteOrderMark)
    return { number, bytes: marked ? bytes.subarray(3) : bytes }
  }

  for await (const chunk of stream) {
    let from = 0
    for (let at = chunk.indexOf(lineFeed); at >= 0; at = chunk.indexOf(lineFeed, from)) {
      yield finish(chunk.subarray(from, at))
      from = at + 1
    }
    const rest = chunk.subarray(from)
    size += rest.length
    if (size > maxBytes) {
      const limit = `longer than ${maxBytes} bytes`
      throw new WaybillError('ERR_INPUT', `line ${number + 1} is ${limit}: give one event a line, as JSON`)
    }
    if (rest.length > 0) parts.push(rest)
  }
  if (parts.length > 0) yield finish(new Uint8Array())
}
