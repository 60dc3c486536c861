import { describe, expect, test } from '@jest/globals'
import { linesOf } from '../../../cli/emit/lines.ts'

async function* chunks(...texts: (string | Uint8Array)[]) {
  for (const text of texts) yield Buffer.from(text)
}

async function read(
  lines: AsyncIterable<{ number: number; bytes: Uint8Array }>,
): Promise<[number, string][]> {
  const result: [number, string][] = []
  for await (const { number, bytes } of lines) result.push([number, Buffer.from(bytes).toString()])
  return result
}

describe('lines', () => {
  test('are put together across chunks, the last one without a line feed', async () => {
    expect(await read(linesOf(chunks('a', 'b\nc', '', 'd\n\ne\nf', 'g')))).toEqual([
      [1, 'ab'],
      [2, 'cd'],
      [3, ''],
      [4, 'e'],
      [5, 'fg'],
    ])
  })

  test('end at a line feed only, as JSON strings may hold U+2028', async () => {
    expect(await read(linesOf(chunks('"a\u2028b"\r\n"c"')))).toEqual([
      [1, '"a\u2028b"\r'],
      [2, '"c"'],
    ])
  })

  test('may follow a byte order mark', async () => {
    expect(await read(linesOf(chunks('\uFEFF{}\n\uFEFF{}')))).toEqual([
      [1, '{}'],
      [2, '\uFEFF{}'],
    ])
  })

  test('keep characters whole that a chunk cuts', async () => {
    const bytes = Buffer.from('é\n')
    expect(await read(linesOf(chunks(bytes.subarray(0, 1), bytes.subarray(1))))).toEqual([[1, 'é']])
  })

  test('of nothing are none', async () => {
    expect(await read(linesOf(chunks()))).toEqual([])
  })

  test('that do not end are refused before they fill the memory', async () => {
    await expect(read(linesOf(chunks('a\n', 'bbb', 'ccc', 'ddd'), 5))).rejects.toMatchObject({
      code: 'ERR_INPUT',
      message: '[waybill] line 2 is longer than 5 bytes: give one event a line, as JSON',
    })
  })
})
