import { type Compiled, notes } from './compiled.ts'
import { type MappingSettings, mappingOf } from './mapping.ts'
import { groupChecked, topicChecked } from './names.ts'
import type { MappingSubject } from './source.ts'

/** An event source mapping in front of a Kinesis stream. */
export interface KinesisMapping extends MappingSettings {
  readonly parallelizationFactor: number
}

export interface KinesisSubject extends MappingSubject {
  readonly fanOut?: boolean | undefined
  /** Default 1. */
  readonly parallelPerShard?: number | undefined
}

/** Lambda, "Configure function timeout". */
const mostTimeoutSeconds = 900

/** A policy as Lambda obeys it behind a Kinesis stream. */
export function kinesisMapping(subject: KinesisSubject): Compiled<KinesisMapping> {
  const { name, topic, group, fanOut, parallelPerShard = 1 } = subject
  const noted = notes()
  topicChecked('kinesis', `functions.${name}.source.topic`, topic, noted)
  if (fanOut === true) groupChecked('kinesis', `functions.${name}.source.group`, group, noted)
  const mapping = mappingOf(subject, { service: 'kinesis', mostTimeoutSeconds }, noted)
  if (parallelPerShard > 1)
    noted.differ(
      `infra.functions.${name}.parallelPerShard`,
      'the order of a partition key is kept, that of a shard is not',
    )
  const { problems, differences } = noted
  return { settings: { ...mapping, parallelizationFactor: parallelPerShard }, problems, differences }
}
