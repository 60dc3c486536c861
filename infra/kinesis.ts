import type { Problem } from '../cli/config/problems.ts'
import { type PlacedFunction, type Placement, strayNames } from './place.ts'
import type { Compiled } from './policy/compiled.ts'
import { hosting, withHosting } from './policy/hosting.ts'
import { type KinesisMapping, kinesisMapping } from './policy/kinesis.ts'
import type { Stage } from './stage.ts'
import { mappingSubjectOf, retentionIn } from './subject.ts'

/** A stream as it is made. */
export interface StreamPlan {
  readonly topic: string
  readonly retentionHours: number
  /** On demand where absent. */
  readonly shards: number | undefined
}

export interface KinesisFunction extends PlacedFunction {
  readonly compiled: Compiled<KinesisMapping>
  readonly memoryMb: number
}

/** All that is deployed for Kinesis, before anything of AWS is made of it. */
export interface KinesisPlan {
  readonly platform: 'kinesis'
  readonly stage: Stage
  readonly streams: readonly StreamPlan[]
  readonly functions: readonly KinesisFunction[]
  readonly fanOut: boolean
  readonly keyArn: string | undefined
  readonly problems: readonly Problem[]
}

/** Compiles every policy and every stream. */
export function kinesisPlan(placement: Placement, stage: Stage): KinesisPlan {
  const { infra = {} } = placement.config
  const settings = infra.kinesis ?? {}
  const { fanOut = false, keyArn, shards } = settings
  const retentionOf = retentionIn(settings, stage)
  const functions = placement.functions.map((fn): KinesisFunction => {
    const { config } = fn
    const { memoryMb = 512, parallelPerShard } = infra.functions?.[config.name] ?? {}
    const subject = mappingSubjectOf(fn, 'kinesis', infra, stage)
    const compiled = kinesisMapping({ ...subject, parallelPerShard, fanOut })
    const told = hosting(config, placement.config, { platform: 'kinesis', partialResponses: true })
    return { ...fn, compiled: withHosting(compiled, told), memoryMb }
  })
  return {
    platform: 'kinesis',
    stage,
    streams: placement.topics.map((topic) => ({
      topic,
      retentionHours: retentionOf(topic),
      shards: settings.topics?.[topic]?.shards ?? shards,
    })),
    functions,
    fanOut,
    keyArn,
    problems: [...strayNames(placement), ...functions.flatMap(({ compiled }) => compiled.problems)],
  }
}
