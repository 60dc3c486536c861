import type { LambdaKinesisEvent } from '../../functions/hosts/lambda-kinesis.ts'
import type { KinesisEventRecord } from './kinesis-event.ts'
import {
  type Discarded,
  failuresIn,
  type Invoke,
  type MappingOptions,
  type MappingRun,
  noted,
  settingsOf,
} from './mapping.ts'

/**
 * Gives the records of one shard to a function as Lambda's event source mapping for Kinesis does, until each is handled or
 * given up: batches in order; a failure repeats the batch, or what is left of it from the lowest reported sequence number on;
 * a batch is split where that is on, which is no retry; what was tried too often, or is too old, goes to the destination
 * (Developer Guide, "Using Lambda with Kinesis": "Configuring partial batch response", "Retain discarded batch records").
 *
 * Of a batch that a report has shortened and a split cannot shorten any further, its first record alone is given up; the
 * guide does not say how the service goes on there. The service waits between retries, this does not.
 */
export async function runKinesisMapping(
  records: readonly KinesisEventRecord[],
  invoke: Invoke<LambdaKinesisEvent>,
  options: MappingOptions = {},
): Promise<MappingRun<KinesisEventRecord>> {
  const settings = settingsOf(options)
  const { batchSize, maximumRetryAttempts, bisectBatchOnFunctionError: bisects } = settings
  const { call, invocations } = noted<LambdaKinesisEvent, KinesisEventRecord>(invoke, settings)
  const discarded: Discarded<KinesisEventRecord>[] = []

  for (let i = 0; i < records.length; i += batchSize) await settle(records.slice(i, i + batchSize))
  return { invocations, discarded }

  async function settle(whole: readonly KinesisEventRecord[]): Promise<void> {
    let batch = young(whole)
    for (let retries = 0; batch.length > 0; ) {
      const { response, error } = await call({ Records: batch }, batch)
      const from = error === undefined ? lowestFailure(batch, response) : undefined
      if (error === undefined && from === undefined) return
      if (from !== undefined && from > 0) {
        // What is left is a batch of its own, with all its retries.
        batch = young(batch.slice(from))
        retries = 0
        continue
      }
      if (error !== undefined && bisects && batch.length > 1) {
        const half = Math.ceil(batch.length / 2)
        await settle(batch.slice(0, half))
        await settle(batch.slice(half))
        return
      }
      if (maximumRetryAttempts >= 0 && retries >= maximumRetryAttempts) {
        const given = bisects || from !== undefined ? 1 : batch.length
        discarded.push({ condition: 'RetryAttemptsExhausted', records: batch.slice(0, given) })
        batch = batch.slice(given)
        retries = 0
        continue
      }
      retries++
      batch = young(batch)
    }
  }

  /** Index of the record from which on the batch comes again; `undefined` where all of it is handled. */
  function lowestFailure(batch: readonly KinesisEventRecord[], response: unknown): number | undefined {
    if (!settings.reportBatchItemFailures) return undefined
    const failures = failuresIn(response)
    if (failures === undefined) return 0
    if (failures.length === 0) return undefined
    const places = failures.map((item) => batch.findIndex(({ kinesis }) => kinesis.sequenceNumber === item))
    return places.includes(-1) ? 0 : Math.min(...places)
  }

  function young(batch: readonly KinesisEventRecord[]): readonly KinesisEventRecord[] {
    const { maximumRecordAgeInSeconds: limit, now } = settings
    if (limit < 0) return batch
    const isOld = ({ kinesis }: KinesisEventRecord) =>
      now() / 1_000 - kinesis.approximateArrivalTimestamp >= limit
    const old = batch.filter(isOld)
    if (old.length > 0) discarded.push({ condition: 'RecordAgeExceeded', records: old })
    return batch.filter((record) => !isOld(record))
  }
}
