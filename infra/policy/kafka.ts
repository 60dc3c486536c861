import { resolvePolicy } from '../../adapters/core/policy.ts'
import { type Compiled, type Notes, notes } from './compiled.ts'
import { type MappingSettings, mappingOf } from './mapping.ts'
import { groupChecked, topicChecked } from './names.ts'
import { type MappingSubject, policyPath } from './source.ts'

/** Pollers of the provisioned mode. */
export interface Pollers {
  readonly min: number
  readonly max: number
  readonly group?: string | undefined
}

/** An event source mapping in front of a Kafka topic. Without `pollers` it is one on demand. */
export interface KafkaMapping extends MappingSettings {
  readonly pollers: Pollers | false
  /** What the function is told by `WAYBILL_PARTIAL_RESPONSES`. */
  readonly partialResponses: boolean
}

export interface KafkaSubject extends MappingSubject {
  readonly pollers: Pollers | false
}

/** Developer Guide, "Process Amazon MSK messages with Lambda": the limit of functions behind Kafka. */
const mostTimeoutSeconds = 840

/** A policy as Lambda obeys it behind a Kafka topic, of MSK or self-managed. */
export function kafkaMapping(subject: KafkaSubject): Compiled<KafkaMapping> {
  const { name, topic, group, pollers } = subject
  const noted = notes()
  topicChecked('kafka', `functions.${name}.source.topic`, topic, noted)
  groupChecked('kafka', `functions.${name}.source.group`, group, noted)
  const mapping = mappingOf(subject, { service: 'kafka', mostTimeoutSeconds }, noted)
  const settings =
    pollers === false
      ? onDemand(subject, mapping, noted)
      : { ...mapping, pollers: checkedPollers(pollers, noted), partialResponses: true }
  if (pollers !== false && mapping.maximumRetryAttempts === -1)
    noted.refuse(
      policyPath(name, 'maxAttempts'),
      'with a failure destination Lambda stops after 10 repetitions without saying so: give a whole number',
    )
  const { problems, differences } = noted
  return { settings, problems, differences }
}

function checkedPollers(pollers: Pollers, noted: Notes): Pollers {
  const { min, max } = pollers
  if (min > max)
    noted.refuse(
      'infra.kafka.pollers.min',
      `${min} is more than the ${max} of max: give at most ${max}, or raise pollers.max`,
    )
  return pollers
}

function endless(noted: Notes, subject: KafkaSubject): void {
  const { name, policy, group } = subject
  const { maxAttempts, maxAgeMs } = resolvePolicy(policy, group)
  const fix = 'give infra.kafka.pollers, such as { min: 1, max: 4 }'
  if (maxAttempts !== Number.POSITIVE_INFINITY)
    noted.refuse(
      policyPath(name, 'maxAttempts'),
      `Lambda on demand repeats a batch until it succeeds, and counts nothing: ${fix}, or Infinity attempts`,
    )
  if (maxAgeMs !== Number.POSITIVE_INFINITY)
    noted.refuse(policyPath(name, 'maxAgeMs'), `Lambda on demand knows no age: ${fix}, or leave maxAgeMs out`)
}

/** The mode on demand has none of the controls of errors, so a policy that needs one is refused. */
function onDemand(subject: KafkaSubject, mapping: MappingSettings, noted: Notes): KafkaMapping {
  endless(noted, subject)
  noted.differ(
    'infra.kafka.pollers',
    'one failed event repeats the whole batch until it succeeds or the topic forgets it',
  )
  return {
    ...mapping,
    maximumRetryAttempts: -1,
    maximumRecordAgeInSeconds: -1,
    bisectBatchOnFunctionError: false,
    functionResponseTypes: [],
    pollers: false,
    partialResponses: false,
  }
}
