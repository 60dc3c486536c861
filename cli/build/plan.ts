import { redactUrl, WaybillError } from '../../adapters/index.ts'
import { schemeOf } from '../config/broker-url.ts'
import type { FunctionConfig, ResolvedConfig } from '../config/index.ts'
import { joined } from '../report.ts'
import { type HostName, targets } from './target.ts'

/** Where a function on a platform publishes by itself. */
export interface Outlets {
  readonly sink?: OutletPlace
  readonly deadLetter?: OutletPlace
}

export interface OutletPlace {
  readonly broker: string
  readonly topic: string
}

/**
 * What a function publishes itself where a platform calls it. Dead letters only where the policy names a topic: else the
 * platform keeps them, in the way it has for that.
 */
export function outletsOf({ source, sink, policy }: FunctionConfig): Outlets {
  const { deadLetter } = policy
  return {
    ...(sink === undefined ? {} : { sink }),
    ...(typeof deadLetter === 'string' ? { deadLetter: { broker: source.broker, topic: deadLetter } } : {}),
  }
}

/** Brokers that a function opens itself on this host. */
export function brokersOf(fn: FunctionConfig, host: HostName): readonly string[] {
  const { sink, deadLetter } = outletsOf(fn)
  const used = targets[host].sources === undefined ? [fn.source, sink] : [sink, deadLetter]
  const notes = notesOf(fn)
  return [...new Set([...used, notes].flatMap((place) => place?.broker ?? []))]
}

/** The broker whose bucket holds the notes of handled events. */
function notesOf({ idempotency }: FunctionConfig): { readonly broker?: string | undefined } | undefined {
  const store = idempotency?.store
  return typeof store === 'object' && 'bucket' in store ? store : undefined
}

/** Throws `ERR_CONFIG` naming every function whose source this host cannot bring. */
export function checkSources(
  { brokers }: ResolvedConfig,
  functions: readonly FunctionConfig[],
  host: HostName,
): void {
  const { sources } = targets[host]
  if (sources === undefined) return
  const faults = functions.flatMap(({ name, source: { broker } }) => {
    const url = brokers.get(broker)?.url ?? ''
    if (sources.includes(schemeOf(url))) return []
    const wanted = sources.map((scheme) => `${scheme}://`).join(' or ')
    const isMemory = schemeOf(url) === 'memory'
    const choice = isMemory ? `give its URL there with --broker ${broker}=${sources[0]}://…, ` : ''
    const text =
      `functions.${name}: its source is ${broker} (${redactUrl(url)}), and ${host} brings events of ${wanted} only: ` +
      `${choice}choose another host, or name the functions to build`
    return [new WaybillError('ERR_CONFIG', text)]
  })
  if (faults.length > 0) throw joined('not every function can run there', faults)
}
