import type { FunctionConfig } from '../config/index.ts'
import type { AdapterImport } from './library.ts'
import type { Outlets } from './plan.ts'
import type { Target } from './target.ts'

export interface EntryParts {
  /** The configuration, imported so that what it reads of the environment is read where the function runs. */
  readonly configFile: string
  readonly function: FunctionConfig
  readonly outlets: Outlets
  /** Of every broker that the function opens itself. */
  readonly brokers: readonly string[]
  readonly adapters: readonly AdapterImport[]
  /** URLs that were given to the build in place of those of the configuration. */
  readonly urls: Readonly<Record<string, string>>
}

/** The entry of one function for one host, a JavaScript module. */
export function entryText(parts: EntryParts, { sources, binding = {}, code }: Target): string {
  const { configFile, function: fn, outlets, brokers, adapters, urls } = parts
  const { name, handler, source, sink } = fn
  const named = adapters.map(
    ({ specifier, exported }, at) => `import { ${exported} as adapter${at} } from '${specifier}'`,
  )
  const opened = brokers.map(
    (each) => `  ${quoted(each)}: brokerOf(config, ${quoted(each)}, adapters, logger),`,
  )
  const described = Object.entries(outlets).map(
    ([role, { topic, broker }]) =>
      `  ${role}: { topic: ${quoted(topic)}, broker: brokers[${quoted(broker)}] },`,
  )
  const once = onceText(fn)
  return `import written from ${quoted(configFile)}
import * as module from ${quoted(handler.path)}
import { bindingOf, brokerOf, handlerOf, jsonLogger, ${once.imports.join(', ')}, withUrls } from 'waybill/entry'
${named.join('\n')}
const config = withUrls(written, ${JSON.stringify(urls)})
const { options, policy, hosts = {}, idempotency } = config.functions[${quoted(name)}]
const logger = jsonLogger(${quoted(name)})
const adapters = [${adapters.map((_, at) => `adapter${at}`).join(', ')}]
const brokers = {
${opened.join('\n')}
}
const source = ${JSON.stringify(source)}
const sink = ${JSON.stringify(sink)}
const outlets = {
${described.join('\n')}
}
${sources === undefined ? '' : `const binding = bindingOf(config, source.broker, ${JSON.stringify(binding)})`}
const fn = {
  name: ${quoted(name)},
  handler: await handlerOf({ handler: module.handler, createHandler: module.createHandler }, options),
  policy,
  middleware: ${once.code},
  logger,
}
${code}`
}

/** By which the function handles each event once; a bundle holds the kind of store that it uses, and no other. */
function onceText({ name, idempotency }: FunctionConfig): {
  readonly imports: readonly string[]
  readonly code: string
} {
  const called = `(${quoted(name)}, idempotency`
  if (idempotency === undefined) return { imports: ['handledAgain'], code: `handledAgain${called})` }
  const { store } = idempotency
  const open = store === 'memory' ? 'notesInMemory' : 'table' in store ? 'notesInTable' : 'notesInBucket'
  const broker = store === 'memory' || 'table' in store ? '' : `(brokers[${quoted(store.broker ?? '')}])`
  return { imports: ['handledOnce', open], code: `handledOnce${called}, ${open}${broker})` }
}

function quoted(text: string): string {
  return JSON.stringify(text)
}
