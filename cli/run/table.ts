import pc from 'picocolors'
import { count, duration } from '../format.ts'
import type { Progress } from './view.ts'

interface Column {
  readonly title: string
  readonly cell: (status: Progress) => string
  /** Left out while every function has nothing to show in it. */
  readonly optional?: true
}

const columns: readonly Column[] = [
  { title: 'received', cell: ({ received }) => count(received) },
  { title: 'handled', cell: ({ handled }) => count(handled) },
  { title: 'emitted', cell: ({ emitted }) => count(emitted), optional: true },
  { title: 'retried', cell: ({ retried }) => count(retried), optional: true },
  { title: 'dead', cell: ({ deadLettered }) => count(deadLettered), optional: true },
  { title: 'dropped', cell: ({ dropped }) => count(dropped), optional: true },
  { title: 'in flight', cell: ({ inFlight }) => count(inFlight) },
  { title: 'per second', cell: ({ perSecond }) => count(perSecond) },
  { title: 'lag', cell: ({ lagMs }) => (lagMs === undefined ? '–' : duration(lagMs)) },
]
const dots = { running: pc.green('●'), closed: pc.dim('○'), failed: pc.red('●') }

/** One line a function under a line of titles. */
export function table(functions: readonly Progress[]): string {
  const shown = columns.filter(
    ({ cell, optional }) => !optional || functions.some((each) => cell(each) !== '0'),
  )
  const rows = functions.map((each) => shown.map(({ cell }) => cell(each)))
  const names = Math.max('function'.length, ...functions.map(({ name }) => name.length))
  const widths = shown.map(({ title }, at) =>
    Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)),
  )
  const line = (cells: readonly string[]) =>
    cells.map((cell, at) => cell.padStart(widths[at] ?? 0)).join('  ')
  const head = pc.dim(`  ${'function'.padEnd(names)}  ${line(shown.map(({ title }) => title))}`)
  const body = functions.map(
    ({ name, state }, at) => `${dots[state]} ${name.padEnd(names)}  ${line(rows[at] ?? [])}`,
  )
  return [head, ...body].join('\n')
}
