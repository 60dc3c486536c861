import { relative } from 'node:path'
import pc from 'picocolors'
import type { Capabilities, ResolvedPolicy, StartPosition } from '../../adapters/index.ts'
import type { NoteStore } from '../config/idempotency.ts'
import { duration } from '../format.ts'
import { printable } from '../printable.ts'
import type { Plan, PlannedFunction } from './plan.ts'

/** The plan as people read it. */
export function describePlan({ file, brokers, functions }: Plan): string {
  const count = `${plural(functions.length, 'function')}, ${plural(brokers.length, 'broker')}`
  const place = file === undefined ? 'the configuration' : relative(process.cwd(), file)
  const described = brokers.map(
    ({ name, url, capabilities }) => `${pc.bold(name)}  ${printable(url)}\n${rows(guarantees(capabilities))}`,
  )
  return [
    `${pc.green('✓')} ${printable(place)}: ${count}`,
    ...described,
    ...functions.map(describeFunction),
  ].join('\n\n')
}

function describeFunction(fn: PlannedFunction): string {
  const { name, handler, source, sink, policy, idempotency, hosts = {} } = fn
  const { broker, topic, group, start = 'earliest' } = source
  const { deadLetter } = policy
  return `${pc.bold(name)}\n${rows([
    ['handler', handler],
    ['source', `${topic} on ${broker}, as group ${group}, from ${startText(start)}`],
    ['sink', sink === undefined ? 'none' : `${sink.topic} on ${sink.broker}`],
    ['policy', policyText(policy)],
    ['dead letter', deadLetter === false ? 'none: given up and logged' : `${deadLetter} on ${broker}`],
    ...(idempotency === undefined ? [] : [['once', `noted in ${notesText(idempotency.store)}`] as const]),
    ...Object.entries(hosts).map(([host, settings]) => [`on ${host}`, settingsText(settings)] as const),
  ])}`
}

function settingsText(settings: object = {}): string {
  return Object.entries(settings)
    .map(([name, value]) => (typeof value === 'object' ? name : `${name} ${value}`))
    .join(', ')
}

function notesText(store: NoteStore): string {
  if (store === 'memory') return 'memory, for this process alone'
  return 'table' in store ? `table ${store.table}` : `bucket ${store.bucket} on ${store.broker}`
}

function policyText(policy: ResolvedPolicy): string {
  const { maxAttempts, maxAgeMs, backoff, timeoutMs, concurrency, drainMs } = policy
  const wait = `${duration(backoff.initialMs)} × ${backoff.factor} up to ${duration(backoff.maxMs)} apart`
  const attempts = Number.isFinite(maxAttempts) ? plural(maxAttempts, 'attempt') : 'attempts without end'
  return [
    maxAttempts === 1 ? attempts : `${attempts}, ${wait}`,
    timeoutMs > 0 ? `${duration(timeoutMs)} each` : 'no time limit',
    ...(Number.isFinite(maxAgeMs) ? [`none after ${duration(maxAgeMs)}`] : []),
    `${concurrency} at once`,
    `${duration(drainMs)} to drain`,
  ].join('; ')
}

function guarantees({
  delivery,
  ordering,
  redelivery,
  replay,
  emitOnly,
}: Capabilities): (readonly [string, string])[] {
  if (emitOnly) return [['use', 'as a sink only: no function can read from it']]
  const again = redelivery === 'broker' ? 'redelivered by the broker' : 'retried in place'
  return [
    ['delivery', `${delivery.replaceAll('-', ' ')}, ${again}`],
    ['order', ordering === 'lane' ? 'kept within a lane' : 'none'],
    ['replay', replay.length === 0 ? 'none' : `from ${replay.join(', ')}`],
  ]
}

function startText(start: StartPosition): string {
  if (typeof start === 'string') return start
  if ('time' in start) return new Date(start.time).toISOString()
  return `position ${start.position}${start.lane === undefined ? '' : ` of lane ${start.lane}`}`
}

function rows(pairs: readonly (readonly [string, string])[]): string {
  const width = Math.max(...pairs.map(([label]) => label.length), 'dead letter'.length)
  return pairs.map(([label, text]) => `  ${pc.dim(label.padEnd(width))}  ${printable(text)}`).join('\n')
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
