import { type ResolvedPolicy, resolvePolicy } from '../../adapters/index.ts'
import { schemeOf, variableOf } from '../config/broker-url.ts'
import type { NoteStore } from '../config/idempotency.ts'
import type { FunctionConfig, ResolvedConfig } from '../config/index.ts'
import type { Bundle } from './bundle.ts'
import { brokersOf, type OutletPlace, outletsOf } from './plan.ts'
import { type HostName, targets } from './target.ts'

/** What a build made, for infrastructure code: `manifest.json` beside the folders of the functions. */
export interface Manifest {
  /** Changes when a reader has to. */
  readonly version: 1
  readonly host: HostName
  readonly functions: readonly BuiltFunction[]
}

export interface BuiltFunction extends Bundle {
  readonly name: string
  /** What is deployed, relative to the manifest. */
  readonly folder: string
  /** The module, relative to the manifest. */
  readonly entry: string
  /** What the platform calls, in its own spelling; `null` where the module is a program. */
  readonly handler: string | null
  readonly source: FunctionConfig['source'] & { readonly scheme: string }
  /** Where the function publishes by itself; `null` where it does not. */
  readonly sink: (OutletPlace & { readonly scheme: string }) | null
  readonly deadLetter: (OutletPlace & { readonly scheme: string }) | null
  /** Brokers that the function opens itself, and the variables that replace their URLs. */
  readonly brokers: readonly { readonly name: string; readonly scheme: string; readonly variable: string }[]
  /** Where it notes which events it has handled; `null` where it does not. */
  readonly notes: NoteStore | null
  /** With every default; what has no limit is `Infinity`, which JSON writes as `null`. */
  readonly policy: ResolvedPolicy
}

/** The part of the manifest that is about one function. */
export function built(
  config: ResolvedConfig,
  fn: FunctionConfig,
  host: HostName,
  bundle: Bundle,
): BuiltFunction {
  const { name, source, policy } = fn
  const scheme = (broker: string) => schemeOf(config.brokers.get(broker)?.url ?? '')
  const placed = (place: OutletPlace | undefined) =>
    place === undefined ? null : { ...place, scheme: scheme(place.broker) }
  const { sink, deadLetter } = outletsOf(fn)
  return {
    name,
    folder: name,
    entry: `${name}/index.mjs`,
    handler: targets[host].handler ?? null,
    ...bundle,
    source: { ...source, scheme: scheme(source.broker) },
    sink: placed(sink),
    deadLetter: placed(deadLetter),
    brokers: brokersOf(fn, host).map((each) => ({
      name: each,
      scheme: scheme(each),
      variable: variableOf(each),
    })),
    notes: fn.idempotency?.store ?? null,
    policy: resolvePolicy(policy, source.group),
  }
}
