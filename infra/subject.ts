import type { InfraConfig } from '../cli/config/infra.ts'
import type { PlacedFunction } from './place.ts'
import type { MappingSubject, Subject } from './policy/source.ts'
import type { Stage } from './stage.ts'

/** How long a platform keeps the events of a topic, in hours. */
export type Retention = (topic: string) => number

interface Retentions {
  readonly retentionHours?: number | undefined
  readonly topics?: Readonly<Record<string, { readonly retentionHours?: number | undefined }>> | undefined
}

/** What the settings of a platform say of a topic, else of all topics, else the stage. */
export function retentionIn(settings: Retentions, stage: Stage): Retention {
  return (topic) =>
    settings.topics?.[topic]?.retentionHours ?? settings.retentionHours ?? stage.retentionHours
}

/** What every platform compiles of a function. */
export function subjectOf({ config, deadLetter }: PlacedFunction, retentionOf: Retention): Subject {
  const { name, policy, source } = config
  return {
    name,
    policy,
    topic: source.topic,
    group: source.group,
    start: source.start,
    retentionHours: retentionOf(source.topic),
    deadLetterRetentionHours: deadLetter === undefined ? undefined : retentionOf(deadLetter),
  }
}

/** The same behind an event source mapping of Lambda, with what the section `infra` says of it. */
export function mappingSubjectOf(
  fn: PlacedFunction,
  platform: 'kinesis' | 'kafka',
  infra: InfraConfig,
  stage: Stage,
): MappingSubject {
  const settings = infra[platform] ?? {}
  const { failures, failureDays } = settings
  const { name, hosts } = fn.config
  const { timeoutSeconds, batchSize, batchWindowSeconds } = infra.functions?.[name] ?? {}
  return {
    ...subjectOf(fn, retentionIn(settings, stage)),
    marginMs: hosts?.[`lambda-${platform}`]?.marginMs,
    timeoutSeconds,
    batchSize,
    batchWindowSeconds,
    failures,
    failureDays,
  }
}
