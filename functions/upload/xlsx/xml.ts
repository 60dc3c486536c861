import { SaxesParser } from 'saxes'
import { messageOf } from '../../../adapters/core/errors.ts'
import { unreadable } from '../unreadable.ts'
import type { Part } from './archive.ts'

export type Attributes = Readonly<Record<string, string>>

/** What a reader of one part wants to know; names come without their namespace prefix. */
export interface Elements {
  open(name: string, attributes: Attributes): void
  text?(text: string): void
  close?(name: string): void
}

const maxDepth = 256
/** Characters between two tags: more than any cell, so that no text is gathered without end. */
const maxGap = 2 * 1024 * 1024
const maxSmallPart = 64 * 1024 * 1024

/**
 * Parses a part of any size; gives way after every piece, so that what was found can be passed on. A document type
 * declaration is refused, so no entity expands but the five of XML.
 *
 * @throws WaybillError `ERR_INPUT` naming the part, for whatever is wrong with its bytes, its XML, or in `elements`.
 */
export async function* parseXml(part: Part, elements: Elements): AsyncGenerator<void> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const parser = new SaxesParser({ xmlns: false as const, position: false })
  let depth = 0
  let gap = 0
  parser.on('doctype', () => {
    throw new Error('it has a document type declaration')
  })
  parser.on('opentag', ({ name, attributes }) => {
    gap = 0
    depth += 1
    if (depth > maxDepth) throw new Error(`its elements are nested more than ${maxDepth} deep`)
    elements.open(localName(name), attributes)
  })
  parser.on('closetag', ({ name }) => {
    gap = 0
    depth -= 1
    elements.close?.(localName(name))
  })
  parser.on('text', (text) => elements.text?.(text))
  parser.on('cdata', (text) => elements.text?.(text))
  try {
    for await (const bytes of part.bytes()) {
      const text = decoder.decode(bytes, { stream: true })
      gap += text.length
      parser.write(text)
      if (gap > maxGap) throw new Error('it has a text longer than 2 MiB')
      yield
    }
    parser.write(decoder.decode()).close()
  } catch (cause) {
    const what = `${part.name} is damaged (${messageOf(cause)})`
    throw unreadable(part.file, what, 'open it in a spreadsheet program and save it again as .xlsx', cause)
  }
}

/**
 * Parses a whole part that describes the workbook: at most 64 MiB.
 *
 * @throws WaybillError `ERR_INPUT` as `parseXml` does.
 */
export async function parseSmallXml(part: Part, elements: Elements): Promise<void> {
  const bytes = async function* () {
    let size = 0
    for await (const chunk of part.bytes()) {
      size += chunk.length
      if (size > maxSmallPart) throw new Error('it is longer than 64 MiB')
      yield chunk
    }
  }
  for await (const _ of parseXml({ ...part, bytes }, elements));
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}
