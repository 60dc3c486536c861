import type { LambdaKafkaEvent, LambdaKafkaRecord } from '../../functions/hosts/lambda-kafka.ts'
import { kafkaEvent } from './kafka-event.ts'
import {
  type Discarded,
  failuresIn,
  type Invoke,
  type MappingOptions,
  type MappingRun,
  noted,
  settingsOf,
} from './mapping.ts'

export interface KafkaMappingOptions extends MappingOptions {
  /**
   * Provisioned mode, without which there is no partial response, no limit of retries or age, no split: a batch comes again
   * until it succeeds. Default true.
   */
  readonly provisioned?: boolean | undefined
}

/**
 * Gives records to a function as Lambda's event source mapping for Kafka does, until each is handled or given up. The records
 * of several partitions travel in one batch; what the function reports by topic-partition and offset comes again, the rest is
 * done. A report that names a record which is not in the batch, or names none, repeats all of it (Developer Guide, "Using
 * Lambda with Apache Kafka": retry configurations).
 */
export async function runKafkaMapping(
  records: readonly LambdaKafkaRecord[],
  invoke: Invoke<LambdaKafkaEvent>,
  { provisioned = true, ...options }: KafkaMappingOptions = {},
): Promise<MappingRun<LambdaKafkaRecord>> {
  const settings = settingsOf(options)
  const { batchSize, maximumRetryAttempts, maximumRecordAgeInSeconds: oldest, now } = settings
  const { call, invocations } = noted<LambdaKafkaEvent, LambdaKafkaRecord>(invoke, settings)
  const discarded: Discarded<LambdaKafkaRecord>[] = []

  for (let i = 0; i < records.length; i += batchSize) await settle(records.slice(i, i + batchSize))
  return { invocations, discarded }

  async function settle(whole: readonly LambdaKafkaRecord[]): Promise<void> {
    let batch = young(whole)
    for (let retries = 0; batch.length > 0; retries++) {
      const { response, error } = await call(kafkaEvent(batch), batch)
      const failed = error === undefined ? failedIn(batch, response) : batch
      if (failed.length === 0) return
      if (provisioned && error !== undefined && settings.bisectBatchOnFunctionError && batch.length > 1) {
        const half = Math.ceil(batch.length / 2)
        await settle(batch.slice(0, half))
        await settle(batch.slice(half))
        return
      }
      if (provisioned && maximumRetryAttempts >= 0 && retries >= maximumRetryAttempts) {
        batch = giveUp(failed, error === undefined)
        retries = -1
        continue
      }
      batch = young(failed)
    }
  }

  /** Of each partition that a report named its first record, else all. Gives what is left. */
  function giveUp(failed: readonly LambdaKafkaRecord[], isReport: boolean): readonly LambdaKafkaRecord[] {
    const seen = new Set<string>()
    const given = failed.filter((record) => {
      const isFirst = !seen.has(partitionOf(record))
      seen.add(partitionOf(record))
      return isFirst || !isReport
    })
    discarded.push({ condition: 'RetryAttemptsExhausted', records: given })
    return failed.filter((record) => !given.includes(record))
  }

  function failedIn(batch: readonly LambdaKafkaRecord[], response: unknown): readonly LambdaKafkaRecord[] {
    // On demand the service does not look at the answer.
    if (!provisioned || !settings.reportBatchItemFailures) return []
    const failures = failuresIn(response)
    if (failures === undefined) return batch
    const named = failures.map((item) => batch.find((record) => isNamed(record, item)))
    return named.includes(undefined) ? batch : batch.filter((record) => named.includes(record))
  }

  function young(batch: readonly LambdaKafkaRecord[]): readonly LambdaKafkaRecord[] {
    if (!provisioned || oldest < 0) return batch
    const isOld = ({ timestamp }: LambdaKafkaRecord) => (now() - timestamp) / 1_000 >= oldest
    const old = batch.filter(isOld)
    if (old.length > 0) discarded.push({ condition: 'RecordAgeExceeded', records: old })
    return batch.filter((record) => !isOld(record))
  }
}

function isNamed(record: LambdaKafkaRecord, item: unknown): boolean {
  if (typeof item !== 'object' || item === null || !('partition' in item) || !('offset' in item)) return false
  return item.partition === partitionOf(record) && item.offset === record.offset
}

function partitionOf({ topic, partition }: LambdaKafkaRecord): string {
  return `${topic}-${partition}`
}
