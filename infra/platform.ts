import { WaybillError } from '../adapters/core/errors.ts'
import { hint } from '../adapters/core/nearest.ts'
import type { HostName } from '../cli/build/target.ts'

/** What a function can be deployed to, by the broker that its events come from. */
export interface Platform {
  /** Schemes of brokers that it has. */
  readonly schemes: readonly string[]
  /** What a broker in memory becomes there: a configuration for development is deployed as it is. */
  readonly url: string
  readonly host: HostName
  /** It has settings without a default, so that a configuration without any is not meant for it. */
  readonly needsSettings?: boolean
}

export const platforms = {
  kinesis: { schemes: ['kinesis'], url: 'kinesis://', host: 'lambda-kinesis' },
  kafka: { schemes: ['kafka'], url: 'kafka://kafka.internal:9098', host: 'lambda-kafka' },
  nats: { schemes: ['jetstream'], url: 'jetstream://nats.internal:4222', host: 'worker' },
  pubsub: { schemes: ['pubsub'], url: 'pubsub://', host: 'http', needsSettings: true },
} as const satisfies Readonly<Record<string, Platform>>

export type PlatformName = keyof typeof platforms

export const platformNames = ['kinesis', 'kafka', 'nats', 'pubsub'] as const satisfies readonly PlatformName[]

/** The platform of this name. Throws `ERR_CONFIG` naming the nearest. */
export function platformNamed(written: string): PlatformName {
  const found = platformNames.find((name) => name === written)
  if (found !== undefined) return found
  throw new WaybillError('ERR_CONFIG', `there is no platform "${written}": ${hint(written, platformNames)}`)
}
