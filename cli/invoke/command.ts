import { type Command, Option } from 'commander'
import type { Broker, Logger } from '../../adapters/index.ts'
import { checkMiddleware } from '../../functions/hosts/check.ts'
import type { Outlet } from '../../functions/hosts/outlet.ts'
import { type OutletPlace, outletsOf } from '../build/plan.ts'
import { targets } from '../build/target.ts'
import { captureConsole } from '../capture-console.ts'
import { type FunctionConfig, loadConfig } from '../config/index.ts'
import { connectBroker } from '../connect-broker.ts'
import { bindingOf } from '../entry/index.ts'
import { disposeHandler, loadHandler } from '../load-handler.ts'
import { middlewareOf } from '../middleware.ts'
import { chooseFunctions } from '../open-functions.ts'
import { type CommonOptions, loadOptions, seconds, withCommonOptions } from '../options.ts'
import { printable } from '../printable.ts'
import { promptly } from '../promptly.ts'
import { located } from '../report.ts'
import { readEvent } from './event.ts'
import { describe, happenings } from './happening.ts'
import { type InvocableHost, invocableHosts, invocations } from './hosts.ts'

interface InvokeOptions extends CommonOptions {
  readonly host: InvocableHost
  readonly event: string
  readonly time: number
  readonly json?: true
}

/** `waybill invoke <function>`: gives a function an event as a platform gives it. */
export function addInvoke(program: Command, exit: (code: number) => void): void {
  const command = program
    .command('invoke <function>')
    .description('call a function with a captured event, as its platform would')
    .addOption(
      new Option('--host <host>', 'which platform calls').choices(invocableHosts).makeOptionMandatory(),
    )
    .requiredOption(
      '--event <file>',
      'the event as JSON (- is standard input): what Lambda gives, or a request ({ headers, body }) or its body',
    )
    .option('--time <seconds>', 'time that the platform gives the call', seconds, 60)
    .option('--json', 'print the result as JSON')
  withCommonOptions(command).action(async (name: string, options: InvokeOptions) => {
    exit(await invoke(name, options))
  })
}

async function invoke(
  name: string,
  { host, event: file, time, json, ...options }: InvokeOptions,
): Promise<number> {
  const config = await loadConfig(loadOptions(options))
  const [fn] = chooseFunctions(config, [name])
  if (fn === undefined) return 1
  const event = await readEvent(file)
  const written = file === '-' ? 'standard input' : file
  const { noted, observe } = happenings()
  // What the function got back and did is all that goes to standard output.
  const release = captureConsole(toStandardError)
  const reached = promptly(config)
  const brokers = new Map<string, Promise<Broker>>()
  const open = (broker: string): Promise<Broker> => {
    const opened = brokers.get(broker) ?? connectBroker(reached, broker, logger)
    brokers.set(broker, opened)
    return opened
  }
  const handler = await loadHandler(fn)
  const middleware = middlewareOf(fn, open)
  try {
    await checkMiddleware([{ name, middleware }])
    const { isSettled, reply } = await invocations[host]({
      function: {
        name,
        handler,
        policy: fn.policy,
        middleware,
        ...outlets(fn, open),
        logger,
        observe,
      },
      hosts: fn.hosts ?? {},
      binding: bindingOf(
        { brokers: Object.fromEntries(config.brokers) },
        fn.source.broker,
        targets[host].binding,
      ),
      topic: fn.source.topic,
      event,
      timeMs: time * 1_000,
    }).catch((cause: unknown) => {
      throw located(written, cause)
    })
    const unreadable = noted.find(({ code }) => code === 'ERR_DECODE')
    if (unreadable !== undefined) toStandardError(`[waybill] ${written}: ${unreadable.reason}`)
    const text = json
      ? JSON.stringify({ function: name, host, reply, deliveries: noted })
      : [...noted.map(describe), JSON.stringify(reply, undefined, 2)].join('\n')
    process.stdout.write(`${text}\n`)
    return isSettled ? 0 : 1
  } finally {
    release()
    await disposeHandler(handler)
    for (const broker of await Promise.allSettled(brokers.values()))
      if (broker.status === 'fulfilled') await broker.value.close()
  }
}

/** Sink and dead letter, whose brokers are opened when something is published. */
function outlets(fn: FunctionConfig, open: (broker: string) => Promise<Broker>) {
  const outlet = ({ topic, broker }: OutletPlace): Outlet => ({ topic, broker: () => open(broker) })
  const { sink, deadLetter } = outletsOf(fn)
  return { sink: sink && outlet(sink), deadLetter: deadLetter && outlet(deadLetter) }
}

function tell(level: string) {
  return (fields: object, message: string) =>
    toStandardError(
      `${level} ${message}${Object.keys(fields).length === 0 ? '' : ` ${JSON.stringify(fields)}`}`,
    )
}

function toStandardError(line: string): void {
  process.stderr.write(`${printable(line)}\n`)
}

const logger: Logger = { debug: () => {}, info: tell('info'), warn: tell('warn'), error: tell('error') }
