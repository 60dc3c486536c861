import type { Capabilities } from '../adapters/index.ts'

/** What one harness declares, and how many of the cases that apply to it passed. */
export interface Row {
  readonly broker: string
  readonly capabilities: Capabilities
  readonly passed: number
  readonly applicable: number
}

const marks = { begin: '<!-- matrix: npm run docs:matrix writes this -->', end: '<!-- /matrix -->' }

/** The broker matrix as a Markdown table. */
export function tableOf(rows: readonly Row[]): string {
  const head = [
    'broker',
    'delivery',
    'order',
    'redelivery by',
    'counts attempts',
    'headers',
    'start and replay',
    'largest message',
    'conformance',
  ]
  const lines = rows.map(({ broker, capabilities: c, passed, applicable }) => [
    `\`${broker}\``,
    c.delivery,
    c.ordering === 'lane' ? 'per lane' : 'none',
    c.redelivery,
    c.attempts ? 'broker' : 'runner',
    c.headers ? 'yes' : 'no',
    c.replay.length === 0 ? 'none' : c.replay.join(', '),
    `${c.maxMessageBytes.toLocaleString('en')} B`,
    `${passed} of ${applicable}`,
  ])
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** The document with the table between its marks replaced. Throws where the marks are missing. */
export function withTable(document: string, table: string): string {
  const begin = document.indexOf(marks.begin)
  const end = document.indexOf(marks.end)
  if (begin === -1 || end < begin)
    throw new Error(`the document has no place for the matrix: put ${marks.begin} and ${marks.end} in it`)
  return `${document.slice(0, begin + marks.begin.length)}\n${table}\n${document.slice(end)}`
}
