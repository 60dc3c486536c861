import { createReadStream } from 'node:fs'
import type { Command } from 'commander'
import { type CloudEvent, redactUrl } from '../../adapters/index.ts'
import { defaultBroker, unknownBroker } from '../config/brokers.ts'
import { findConfig, loadConfig, type ResolvedConfig, resolveConfig } from '../config/index.ts'
import { connectBroker } from '../connect-broker.ts'
import { checkInput } from '../input-file.ts'
import { type CommonOptions, collect, loadOptions, withCommonOptions } from '../options.ts'
import { printableLines } from '../printable.ts'
import { promptly } from '../promptly.ts'
import { detailOf, failed, isMisuse, located, misused, UsageError } from '../report.ts'
import { type EventFlags, eventOf } from './flags.ts'
import { linesOf } from './lines.ts'
import { type EmitTarget, type Emitted, publishLines } from './publish.ts'

interface EmitOptions extends CommonOptions, EventFlags {
  readonly on?: string
  readonly file?: string
  readonly key?: string
  readonly json?: true
}

/** Refused lines that are told one by one. */
const toldLines = 20

/** `waybill emit <topic>`: publishes one event from flags, or many from JSON lines. */
export function addEmit(program: Command, exit: (code: number) => void): void {
  const command = program
    .command('emit <topic>')
    .description('publish an event, or a file of events')
    .option('--on <broker>', 'name of the broker (default: the only one, or main)')
    .option('--type <type>', 'type of the event')
    .option('--source <uri>', 'source of the event (default: /waybill/emit)')
    .option('--subject <text>', 'subject of the event')
    .option('--id <text>', 'id of the event (default: a random UUID)')
    .option('--time <rfc3339>', 'time of the event (default: now)')
    .option('--data <text>', 'data of the event, JSON or text')
    .option(
      '--content-type <type>',
      'content type of the data (default: application/json or text/plain, as it reads)',
    )
    .option('--ext <name=value>', 'extension attribute; repeatable', collect)
    .option('--key <text>', "events with the same key keep their order (default: the event's partitionkey)")
    .option('--file <path>', 'events in the CloudEvents JSON format, one a line; - is standard input')
    .option('--json', 'print the result as JSON')
  withCommonOptions(command).action(async (topic: string, options: EmitOptions) => {
    exit(await emit(topic, options))
  })
}

async function emit(topic: string, options: EmitOptions): Promise<number> {
  const { file, key, json } = options
  const event = file === undefined ? eventOf(options) : undefined
  if (file !== undefined) checkFile(file, options)
  const config = await configOf(options)
  const name = brokerName(config, options.on)
  const url = redactUrl(config.brokers.get(name)?.url ?? '')
  const broker = await connectBroker(promptly(config), name)
  try {
    if (broker.name === 'memory') {
      console.error(`[waybill] ${url} lives in this process alone: nothing can receive what is emitted to it`)
    }
    const { failure, isMisused, ...result } = await publish({ broker, topic, options: { key } }, event, file)
    const place = `topic "${topic}" of ${name} (${url})`
    console.log(json ? JSON.stringify({ broker: name, topic, ...result }) : sentence(result, place))
    if (failure !== undefined) throw located(nameOf(file), failure)
    return result.refused === 0 ? 0 : isMisused ? misused : failed
  } finally {
    await broker.close()
  }
}

/** `isMisused`: no line was accepted, and that is the configuration's fault. */
async function publish(
  target: EmitTarget,
  event: CloudEvent | undefined,
  file?: string,
): Promise<Emitted & { readonly isMisused: boolean }> {
  if (event !== undefined) {
    await target.broker.publish(target.topic, event, target.options)
    return { accepted: 1, refused: 0, isMisused: false }
  }
  const stream = file === undefined || file === '-' ? process.stdin : createReadStream(file)
  const refusals = refusalsOf(nameOf(file))
  const result = await publishLines(linesOf(stream), target, refusals.tell)
  refusals.end()
  return { ...result, isMisused: result.accepted === 0 && refusals.areMisuse() }
}

function nameOf(file = '-'): string {
  return file === '-' ? 'standard input' : file
}

function checkFile(file: string, flags: EventFlags): void {
  const { type, source, subject, id, time, data, contentType, ext } = flags
  const given = { type, source, subject, id, time, data, 'content-type': contentType, ext }
  const flag = Object.entries(given).find(([, value]) => value !== undefined)?.[0]
  if (flag !== undefined) throw new UsageError(`--file holds whole events: leave out --${flag}`)
  checkInput(file, '--file')
}

/** A broker's URL is enough to emit, so without a file it does. */
async function configOf(options: CommonOptions): Promise<ResolvedConfig> {
  const load = loadOptions(options)
  if (options.broker === undefined || options.config !== undefined) return loadConfig(load)
  const { env, overrides } = load
  return (await findConfig(load)) ?? resolveConfig({ brokers: {}, functions: {} }, { env, overrides })
}

function brokerName({ brokers }: ResolvedConfig, written: string | undefined): string {
  const names = [...brokers.keys()]
  const name = written ?? defaultBroker(names)
  if (name === undefined)
    throw new UsageError(`there are ${names.length} brokers: name one with --on ${names.join(' or ')}`)
  if (!brokers.has(name)) throw new UsageError(unknownBroker(name, names))
  return name
}

function refusalsOf(place: string) {
  let count = 0
  let areMisuse = true
  return {
    areMisuse: () => areMisuse,
    tell(line: number, error: unknown): void {
      count++
      areMisuse &&= isMisuse(error)
      const text = `[waybill] ${place} line ${line}: ${detailOf(error)}`
      if (count <= toldLines) console.error(printableLines(text))
    },
    end(): void {
      if (count > toldLines) console.error(`[waybill] … and ${count - toldLines} more lines`)
    },
  }
}

function sentence({ accepted, refused }: Emitted, place: string): string {
  const emitted = `emitted ${accepted} ${accepted === 1 ? 'event' : 'events'} to ${place}`
  return refused === 0 ? emitted : `${emitted}, refused ${refused} ${refused === 1 ? 'line' : 'lines'}`
}
