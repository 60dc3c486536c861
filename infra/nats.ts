import type { InfraConfig } from '../cli/config/infra.ts'
import type { Problem } from '../cli/config/problems.ts'
import { type PlacedFunction, type Placement, strayNames } from './place.ts'
import { platforms } from './platform.ts'
import { type Compiled, notes } from './policy/compiled.ts'
import { hosting, withHosting } from './policy/hosting.ts'
import { type NatsWorkerSettings, natsWorker } from './policy/nats.ts'
import type { Stage } from './stage.ts'
import { retentionIn, subjectOf } from './subject.ts'

export interface NatsFunction extends PlacedFunction {
  readonly compiled: Compiled<NatsWorkerSettings>
  readonly memoryMb: number
  readonly tasks: { readonly min: number; readonly max: number }
  /** `host:port`, more of them separated by commas; absent where the servers are made. */
  readonly servers: string | undefined
}

/** Servers that are made. */
export interface NatsServers {
  readonly instance: string
  readonly diskGb: number
  readonly version: string
}

/** All that is deployed for NATS, before anything of AWS is made of it. */
export interface NatsPlan {
  readonly platform: 'nats'
  readonly stage: Stage
  /** Absent where the servers are there already. */
  readonly servers: NatsServers | undefined
  readonly credentialsArn: string | undefined
  readonly vpc: { readonly vpcId: string; readonly subnetIds: readonly string[] } | undefined
  readonly functions: readonly NatsFunction[]
  readonly problems: readonly Problem[]
}

type NatsSettings = NonNullable<InfraConfig['nats']>

const testedVersion = '2.15.1'
/** A quorum that outlives one of them. */
const serverCount = 3

/** Compiles every policy, and what the workers need. */
export function natsPlan(placement: Placement, stage: Stage): NatsPlan {
  const { infra = {}, brokers } = placement.config
  const settings = infra.nats ?? {}
  const urls = placement.functions.map(({ config }) => brokers.get(config.source.broker)?.url ?? '')
  // A broker in memory names no server.
  const isMade = settings.cluster !== undefined || urls.includes(platforms.nats.url)
  const retentionOf = retentionIn(settings, stage)
  const noted = notes()
  const functions = placement.functions.map((fn, at): NatsFunction => {
    const { config } = fn
    const { memoryMb = 512, maxTasks } = infra.functions?.[config.name] ?? {}
    const compiled = natsWorker({
      ...subjectOf(fn, retentionOf),
      replicas: settings.replicas ?? 3,
      isShared: maxTasks !== undefined,
    })
    const differences = isMade
      ? [{ setting: `functions.${config.name}.source.broker`, means: loginMeans }]
      : []
    const told = hosting(config, placement.config, { platform: 'nats', partialResponses: false })
    return {
      ...fn,
      compiled: withHosting(withHosting(compiled, { problems: [], differences }), told),
      memoryMb,
      tasks: {
        min: stage.keepsData && maxTasks === undefined ? 2 : 1,
        max: maxTasks ?? (stage.keepsData ? 2 : 1),
      },
      servers: isMade ? undefined : serversOf(urls[at] ?? ''),
    }
  })
  const { vpc } = settings
  if (isMade && vpc !== undefined && vpc.subnetIds.length < serverCount)
    noted.refuse(
      'infra.nats.vpc.subnetIds',
      `there are ${vpc.subnetIds.length}, and each of ${serverCount} servers wants one in a zone of its own: give ${serverCount}, or leave infra.nats.vpc out`,
    )
  return {
    platform: 'nats',
    stage,
    servers: isMade ? serversFrom(settings, stage) : undefined,
    credentialsArn: settings.credentialsArn,
    vpc,
    functions,
    problems: [
      ...strayNames(placement),
      ...noted.problems,
      ...functions.flatMap(({ compiled }) => compiled.problems),
    ],
  }
}

const loginMeans =
  'the broker of the configuration has to take user and pass from NATS_USER and NATS_PASSWORD, which a worker is given'

function serversFrom({ cluster = {} }: NatsSettings, { keepsData }: Stage): NatsServers {
  const { instance = keepsData ? 'm7g.large' : 't4g.small', diskGb = 20, version = testedVersion } = cluster
  return { instance, diskGb, version }
}

function serversOf(url: string): string {
  return /^[^:]+:\/\/([^/?]*)/.exec(url)?.[1] ?? ''
}
