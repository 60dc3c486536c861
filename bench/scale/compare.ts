import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { startServer } from '../../dev/index.ts'
import type { Result } from '../measure.ts'
import { type Layout, layouts } from './layout.ts'
import { type Comparison, comparisons, type Size } from './size.ts'
import { type Done, doneSchema, type Task } from './task.ts'

interface Run {
  readonly written: Done
  readonly read: Done
}

/** What tenfold of each costs: the reference first, both on one server, writer and reader in processes of their own. */
export async function* compare(
  broker: string,
  events: number,
  only: readonly string[],
): AsyncGenerator<Result> {
  const layout = layouts[broker]
  if (layout === undefined) throw new Error(`there is no layout of ${broker}`)
  for (const comparison of comparisons(layout.lanes, events)) {
    const { what, size, reference } = comparison
    if (only.length > 0 && !only.includes(what)) continue
    await using server = await serverOf(layout)
    const run = async (name: string, of: Size): Promise<Run> => {
      const task = { broker, address: server.address, name, size: of }
      return {
        written: await inProcess({ ...task, role: 'write' }),
        read: await inProcess({ ...task, role: 'read' }),
      }
    }
    const small = await run('tenth', reference)
    const large = await run('whole', size)
    yield* resultsOf(`${broker} ${titleOf(comparison, layout)}`, large, small)
    if (size.events > reference.events) yield flatness(`${broker} ${titleOf(comparison, layout)}`, large.read)
  }
}

function titleOf({ what, size, reference }: Comparison, { lanes }: Layout): string {
  if (what === 'all')
    return `${number(size.events)} events, ${number(size.keys)} keys, ${number(size.lanes)} ${lanes} : a tenth of each`
  const of = what === 'events' || what === 'keys' ? what : 'lanes'
  return `${number(size[of])} : ${number(reference[of])} ${what}`
}

function* resultsOf(title: string, large: Run, small: Run): Generator<Result> {
  for (const [what, at] of [
    ['publish', 'written'],
    ['consume', 'read'],
  ] as const) {
    const [of, against] = [large[at], small[at]]
    yield line(`${title}, ${what}`, Math.round(of.perSecond), Math.round(against.perSecond), 'events/s')
    yield line(`${title}, ${what}, client CPU`, tenths(of.cpu), tenths(against.cpu), 'µs/event')
    yield line(`${title}, ${what}, client memory`, megabytes(of.peak), megabytes(against.peak), 'MB')
  }
  const twice = [large.read.duplicates, small.read.duplicates] as const
  if (twice.some((count) => count > 0)) yield line(`${title}, consumed twice`, ...twice, 'events')
}

/** Resident size of the consumer at the end against that after a fifth, when the heap has found its size. */
function flatness(title: string, { resident }: Done): Result & { readonly samples: readonly number[] } {
  const samples = resident.map(megabytes)
  const [, fifth = 0] = samples
  const end = samples[samples.length - 1] ?? 0
  return { ...line(`${title}, consumer's memory at the end : after a fifth`, end, fifth, 'MB'), samples }
}

function line(name: string, ours: number, reference: number, unit: string): Result {
  const ratio = reference === 0 ? ours : Number((ours / reference).toFixed(3))
  return { bench: 'scale', case: name, ours, reference, ratio, unit }
}

function tenths(value: number): number {
  return Math.round(10 * value) / 10
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1_048_576)
}

function number(value: number): string {
  return value.toLocaleString('en')
}

async function serverOf({ server: kind, settings }: Layout) {
  const server = await startServer(kind, { settings })
  return { address: server.address, [Symbol.asyncDispose]: () => server.stop() }
}

/** Does a task in a process of its own, so that its memory is nobody else's. */
async function inProcess(task: Task): Promise<Done> {
  const words = [...process.execArgv, process.argv[1] ?? '', 'task', JSON.stringify(task)]
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
  if (code !== 0) throw new Error(`the process that was to ${task.role} ended with ${String(code)}`)
  return doneSchema.parse(JSON.parse(said))
}
