import { isAbsolute, resolve } from 'node:path'
import type { BrokerConfig } from '../../adapters/core/connect.ts'
import type { StartPosition } from '../../adapters/core/driver.ts'
import { type Policy, resolvePolicy } from '../../adapters/core/policy.ts'
import { detailOf } from '../report.ts'
import { schemeOf } from './broker-url.ts'
import { defaultBroker, unknownBroker } from './brokers.ts'
import type { Hosts } from './hosts.ts'
import type { Idempotency, NoteStore } from './idempotency.ts'
import { loops } from './loops.ts'
import type { Problem } from './problems.ts'
import type { CheckedConfig } from './schema.ts'

/** One function of the configuration with nothing left open. */
export interface FunctionConfig {
  readonly name: string
  /** The module, as it was written and as an absolute path. */
  readonly handler: { readonly written: string; readonly path: string }
  readonly options?: Readonly<Record<string, unknown>> | undefined
  readonly source: {
    readonly broker: string
    readonly topic: string
    readonly group: string
    readonly start?: StartPosition | undefined
  }
  readonly sink?: { readonly broker: string; readonly topic: string } | undefined
  readonly policy: Policy
  /** Settings of hosts, by their names. */
  readonly hosts?: Hosts | undefined
  readonly idempotency?: Idempotency | undefined
}

/** A broker in memory has no buckets; notes are in memory then, as the events are. */
const bucketSchemes = ['jetstream', 'nats', 'memory']

/** Fills in the defaults and checks what one entry alone cannot show; what is wrong goes to `problems`. */
export function resolveFunctions(
  written: CheckedConfig['functions'],
  brokers: ReadonlyMap<string, BrokerConfig>,
  directory: string,
  problems: Problem[],
): FunctionConfig[] {
  const names = [...brokers.keys()]
  const functions = Object.entries(written).map(([name, fn]) => {
    const { handler, options, source, sink, policy = {}, hosts, idempotency } = fn
    const path = `functions.${name}`
    const from = named(source.broker, `${path}.source.broker`)
    const group = source.group ?? name
    const target = typeof sink === 'string' ? { topic: sink } : sink
    return {
      name,
      handler: { written: handler, path: isAbsolute(handler) ? handler : resolve(directory, handler) },
      options,
      source: { broker: from, topic: source.topic, group, start: source.start },
      sink: target && {
        topic: target.topic,
        broker: target.broker === undefined ? from : named(target.broker, `${path}.sink.broker`),
      },
      policy,
      hosts,
      idempotency: idempotency && {
        ...idempotency,
        store: storeOf(idempotency.store, from, `${path}.idempotency.store`),
      },
    }
  })
  for (const each of functions) problems.push(...policyProblems(each))
  problems.push(...loops(functions), ...sharedGroups(functions))
  return functions

  /** A bucket lies on the broker of the source unless it names another. */
  function storeOf(store: NoteStore, from: string, path: string): NoteStore {
    if (store === 'memory' || 'table' in store) return store
    const broker = store.broker === undefined ? from : named(store.broker, `${path}.broker`)
    const scheme = schemeOf(brokers.get(broker)?.url ?? '')
    if (brokers.has(broker) && !bucketSchemes.includes(scheme)) {
      const what = `broker "${broker}" is ${scheme}://, which has no key-value buckets`
      problems.push({ path, message: `${what}: name one of jetstream:// or nats://, or give { table }` })
    }
    return { ...store, broker }
  }

  function named(broker: string | undefined, path: string): string {
    const name = broker ?? defaultBroker(names)
    if (name === undefined) {
      const choice = names.length === 0 ? 'add one to "brokers"' : `name one of ${names.join(', ')}`
      problems.push({ path, message: `missing, and there is no broker "main": ${choice}` })
    } else if (!brokers.has(name)) problems.push({ path, message: unknownBroker(name, names) })
    return name ?? ''
  }
}

function policyProblems({ name, source, policy }: FunctionConfig): Problem[] {
  try {
    resolvePolicy(policy, source.group)
    return []
  } catch (error) {
    return [{ path: `functions.${name}.policy`, message: detailOf(error) }]
  }
}

function sharedGroups(functions: readonly FunctionConfig[]): Problem[] {
  const first = new Map<string, string>()
  return functions.flatMap(({ name, source: { broker, topic, group } }) => {
    const key = JSON.stringify([broker, topic, group])
    const other = first.get(key)
    if (other === undefined) {
      first.set(key, name)
      return []
    }
    const message =
      `function "${other}" already reads topic "${topic}" of broker "${broker}" as group "${group}", ` +
      `so each of the two would get only some of the events: give "${name}" a group of its own`
    return [{ path: `functions.${name}.source.group`, message }]
  })
}
