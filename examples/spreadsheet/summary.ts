import pc from 'picocolors'
import type { CloudEvent } from '../../adapters/index.ts'
import { printable } from '../../cli/printable.ts'
import type { Outcome } from './pipeline.ts'
import { count } from './progress.ts'
import { table } from './table.ts'
import type { Reason } from './tally.ts'

/** What a run came to, for people. */
export function summary(outcome: Outcome, width: number): string {
  const { tally, label, broker, seconds, store, rows, deadLetter } = outcome
  const { rowsIn = 0 } = tally
  const perSecond = (value: number) => count(Math.round(value / seconds))
  const lines = [
    '',
    pc.bold(`${printable(label)}: every row is accounted for`),
    field('rows in', count(rowsIn)),
    field('stored', `${count(tally.stored.size)} in ${placeOf(store)}`),
    field('dead-lettered', count(tally.deadLettered.size)),
    ...[...tally.reasons.values()].toSorted((a, b) => b.count - a.count).map(reasonLine),
    field('time', `${seconds.toFixed(2)} s on the ${broker} broker`),
  ]
  if (rowsIn > 0) {
    const speed = `${perSecond(tally.handled)} events/s, ${perSecond(rowsIn)} rows/s through four functions`
    lines.push(field('speed', speed))
  }
  if (tally.retried > 0) lines.push(field('retried', count(tally.retried)))
  if (rows.length > 0) {
    const [header = '', ...body] = table(rows, width - 2)
    lines.push(
      '',
      pc.bold('The first rows, read back from the store'),
      `  ${pc.dim(header)}`,
      ...body.map((line) => `  ${line}`),
    )
  }
  if (deadLetter !== undefined) lines.push('', pc.bold('The first dead letter'), ...letterLines(deadLetter))
  for (const name of tally.unseen) {
    lines.push('', pc.yellow(`Column "${printable(name)}" has no value in any stored row`))
  }
  return lines.join('\n')
}

function field(name: string, value: string): string {
  return `  ${pc.dim(name.padEnd(14))} ${value}`
}

function reasonLine({ text, count: times, rows }: Reason): string {
  const more = times > rows.length ? ', …' : ''
  return field('', `${count(times)} × ${printable(text)} ${pc.dim(`(row ${rows.join(', ')}${more})`)}`)
}

function letterLines({ dlqreason, dlqtopic, dlqattempts, dlqtime, id, data }: CloudEvent): string[] {
  return Object.entries({ dlqreason, dlqtopic, dlqattempts, dlqtime, id, data: JSON.stringify(data) }).map(
    ([name, value]) => field(name, printable(String(value))),
  )
}

/** Where the store is; options may hold secrets, so only a folder is shown. */
function placeOf({ driver, options }: Outcome['store']): string {
  const hasBase = typeof options === 'object' && options !== null && 'base' in options
  return hasBase && typeof options.base === 'string' ? `${options.base} (${String(driver)})` : String(driver)
}
