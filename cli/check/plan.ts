import {
  type Broker,
  type Capabilities,
  type ResolvedPolicy,
  redactUrl,
  resolvePolicy,
  type StartPosition,
  startKind,
  WaybillError,
} from '../../adapters/index.ts'
import type { FunctionConfig, ResolvedConfig } from '../config/index.ts'

/** What a configuration amounts to, as plain data. */
export interface Plan {
  readonly file?: string | undefined
  readonly brokers: readonly PlannedBroker[]
  readonly functions: readonly PlannedFunction[]
}

export interface PlannedBroker {
  readonly name: string
  /** As it may be shown. */
  readonly url: string
  readonly capabilities: Capabilities
}

export interface PlannedFunction
  extends Pick<FunctionConfig, 'name' | 'source' | 'sink' | 'hosts' | 'idempotency'> {
  /** The module, as it is written in the configuration. */
  readonly handler: string
  /** What has no limit is `Infinity`, which JSON writes as `null`. */
  readonly policy: ResolvedPolicy
}

/** The plan of a configuration over its connected brokers. Throws `ERR_UNSUPPORTED` for what a broker cannot do. */
export function planOf(config: ResolvedConfig, connected: ReadonlyMap<string, Broker>): Plan {
  const brokers = [...connected].map(([name, { capabilities }]) => {
    return { name, url: redactUrl(config.brokers.get(name)?.url ?? ''), capabilities }
  })
  const functions = config.functions.map(({ handler, options: _, policy, ...fn }) => {
    const { name, source } = fn
    checkReadable(name, source.broker, connected.get(source.broker))
    checkStart(name, source.start, connected.get(source.broker))
    return { ...fn, handler: handler.written, policy: resolvePolicy(policy, source.group) }
  })
  return { file: config.file, brokers, functions }
}

function checkReadable(name: string, written: string, broker: Broker | undefined): void {
  if (!broker?.capabilities.emitOnly) return
  const text = `functions.${name}.source.broker: "${written}" is a sink (${broker.name}), which only emits`
  throw new WaybillError('ERR_UNSUPPORTED', `${text}: read from another broker`)
}

function checkStart(name: string, start: StartPosition | undefined, broker: Broker | undefined): void {
  if (start === undefined || broker === undefined) return
  const kind = startKind(start)
  const { replay } = broker.capabilities
  if (replay.includes(kind)) return
  const text = `functions.${name}.source.start: a ${broker.name} broker cannot start from ${kind}`
  throw new WaybillError('ERR_UNSUPPORTED', `${text}: use ${replay.join(', ') || 'no start'}`)
}
