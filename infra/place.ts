import { WaybillError } from '../adapters/core/errors.ts'
import { hint } from '../adapters/core/nearest.ts'
import { type OutletPlace, outletsOf } from '../cli/build/plan.ts'
import { schemeOf, variableOf } from '../cli/config/broker-url.ts'
import type { FunctionConfig, ResolvedConfig } from '../cli/config/index.ts'
import { configError, type Problem } from '../cli/config/problems.ts'
import { joined } from '../cli/report.ts'
import { type PlatformName, platforms } from './platform.ts'

/** A function, and what of its surroundings the platform has. */
export interface PlacedFunction {
  readonly config: FunctionConfig
  /** Topics of the platform that it publishes to: its sink and its own dead letter. */
  readonly publishes: readonly string[]
  /** Its own dead letter, where the policy names one. */
  readonly deadLetter: string | undefined
  /** Where its results go that the platform does not have, such as a webhook. */
  readonly outside: OutletPlace | undefined
  /** Variables of the brokers of the platform that it opens. */
  readonly variables: readonly string[]
}

/** A configuration as it lies on one platform. */
export interface Placement {
  readonly platform: PlatformName
  /** With the platform's URL for every broker in memory. */
  readonly config: ResolvedConfig
  readonly functions: readonly PlacedFunction[]
  /** Every topic of the platform, each once: sources, sinks, dead letters. */
  readonly topics: readonly string[]
}

/**
 * Puts the functions of a configuration onto a platform. Throws `ERR_CONFIG` naming every function whose source the platform
 * does not have, and where there is none to deploy.
 */
export function placed(written: ResolvedConfig, platform: PlatformName): Placement {
  const { schemes, url } = platforms[platform]
  const brokers = new Map(
    [...written.brokers].map(([name, broker]) => [
      name,
      schemeOf(broker.url) === 'memory' ? { url } : broker,
    ]),
  )
  const config = { ...written, brokers }
  const isHere = (broker: string) =>
    (schemes as readonly string[]).includes(schemeOf(brokers.get(broker)?.url ?? ''))
  const strangers = written.functions.filter(({ source }) => !isHere(source.broker))
  if (strangers.length > 0) {
    const faults = strangers.map(({ name, source: { broker } }) => {
      const scheme = schemeOf(brokers.get(broker)?.url ?? '')
      return new WaybillError(
        'ERR_CONFIG',
        `functions.${name}.source.broker: "${broker}" is ${scheme}://, and ${platform} takes ${schemes[0]}:// alone: ` +
          'deploy it to another platform, or name such a broker',
      )
    })
    throw joined(`not every function can be deployed to ${platform}`, faults)
  }
  if (written.functions.length === 0)
    throw new WaybillError(
      'ERR_CONFIG',
      'the configuration has no functions: add one, nothing else is deployed',
    )

  const functions = written.functions.map((fn): PlacedFunction => {
    const { sink, deadLetter } = outletsOf(fn)
    const { store } = fn.idempotency ?? {}
    const notes = typeof store === 'object' && 'bucket' in store ? store.broker : undefined
    const here = [sink, deadLetter].filter((place) => place !== undefined && isHere(place.broker))
    return {
      config: fn,
      publishes: [...new Set(here.flatMap((place) => place?.topic ?? []))],
      deadLetter: deadLetter?.topic,
      outside: sink === undefined || isHere(sink.broker) ? undefined : sink,
      variables: [
        ...new Set(
          [
            ...here.map((place) => place?.broker),
            ...(notes !== undefined && isHere(notes) ? [notes] : []),
          ].flatMap((broker) => (broker === undefined ? [] : [variableOf(broker)])),
        ),
      ],
    }
  })
  const topics = new Set(
    functions.flatMap(({ config: { source }, publishes }) => [source.topic, ...publishes]),
  )
  return { platform, config, functions, topics: [...topics].sort() }
}

/** True where the platform has every source of the configuration. */
export function canHold({ brokers, functions }: ResolvedConfig, platform: PlatformName): boolean {
  const schemes: readonly string[] = ['memory', ...platforms[platform].schemes]
  return functions.every(({ source }) => schemes.includes(schemeOf(brokers.get(source.broker)?.url ?? '')))
}

/** Names in the section `infra` that nothing has. */
export function strayNames({ platform, config, functions, topics }: Placement): readonly Problem[] {
  const { infra = {} } = config
  const settings: { readonly topics?: object | undefined } | undefined =
    platform === 'pubsub' ? undefined : infra[platform]
  const names = functions.map(({ config: { name } }) => name)
  return [
    ...strays(`infra.functions`, Object.keys(infra.functions ?? {}), names, 'function'),
    ...strays(`infra.${platform}.topics`, Object.keys(settings?.topics ?? {}), topics, 'topic'),
  ]
}

function strays(
  path: string,
  written: readonly string[],
  known: readonly string[],
  what: string,
): readonly Problem[] {
  return written
    .filter((name) => !known.includes(name))
    .map((name) => ({
      path: `${path}.${name}`,
      message: `there is no ${what} of this name: ${hint(name, known)}`,
    }))
}

/** Throws all problems as one error. */
export function refuse(platform: PlatformName, problems: readonly Problem[]): void {
  if (problems.length > 0) throw configError(`the configuration for ${platform}`, problems)
}
