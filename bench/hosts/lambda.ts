import { setImmediate } from 'node:timers/promises'
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch'
import middy from '@middy/core'
import partial from '@middy/sqs-partial-batch-failure'
import type { CloudEvent } from '../../adapters/core/event.ts'
import { isRecord } from '../../adapters/core/is-record.ts'
import { kinesisBinding } from '../../adapters/kinesis/binding.ts'
import {
  type LambdaKinesisEvent,
  type LambdaKinesisResponse,
  lambdaKinesis,
} from '../../functions/hosts/lambda-kinesis.ts'
import { kinesisEvent } from '../../test/platform/kinesis-event.ts'
import { metered, type Side } from '../brokers/paired.ts'
import { sampleEvents } from '../events.ts'

export type KinesisRecord = LambdaKinesisEvent['Records'][number]

/** As Lambda gives it, in the form that the others' types want. */
interface BatchEvent {
  Records: KinesisRecord[]
}
type Invoke = (event: BatchEvent) => Promise<LambdaKinesisResponse>

const recordsOfOne = 500
/** Different events in rotation, so that nothing is in the processor's caches from the time before. */
const invocations = 20
const context = { getRemainingTimeInMillis: () => 30_000 }
const binding = kinesisBinding()

let handled = 0
let sum = 0
const noop = async (_: unknown): Promise<void> => {
  handled++
}
const readData = async ({ data }: { readonly data?: unknown }): Promise<void> => {
  handled++
  if (isRecord(data) && typeof data.order === 'number') sum += data.order
}

/** What a careful user writes who keeps the order: nothing behind a failure is handled, and its number is reported. */
function byHand(handle: (record: KinesisRecord) => Promise<void>): Invoke {
  return async ({ Records: records }) => {
    for (const record of records) {
      try {
        await handle(record)
      } catch {
        return { batchItemFailures: [{ itemIdentifier: record.kinesis.sequenceNumber }] }
      }
    }
    return { batchItemFailures: [] }
  }
}

/** The event of a record, its four required attributes checked and nothing else. */
function parsed({ kinesis }: KinesisRecord): CloudEvent {
  const event: CloudEvent = JSON.parse(Buffer.from(kinesis.data, 'base64').toString())
  const { specversion, id, source, type } = event
  for (const value of [specversion, id, source, type])
    if (typeof value !== 'string' || value === '') throw new Error('no CloudEvent')
  return event
}

/** The event of a record by the library's codec. */
function decoded({ kinesis }: KinesisRecord): CloudEvent {
  return binding.decode({ body: Buffer.from(kinesis.data, 'base64'), headers: {}, key: kinesis.partitionKey })
}

const processor = new BatchProcessor(EventType.KinesisDataStreams)
const settle = middy<BatchEvent, unknown>()
  .use(partial())
  .handler((event: BatchEvent) => Promise.allSettled(event.Records.map((each) => readData(parsed(each)))))

const candidates = {
  ours: invoking(lambdaKinesis({ name: 'bench', handler: readData })),
  hand: byHand((record) => readData(parsed(record))),
  oursUnread: invoking(lambdaKinesis({ name: 'bench', handler: noop })),
  handUnread: byHand((record) => noop(decoded(record))),
  powertools: (event: BatchEvent) =>
    processPartialResponse(event, (record: KinesisRecord) => readData(parsed(record)), processor),
  powertoolsSerial: (event: BatchEvent) =>
    processPartialResponse(event, (record: KinesisRecord) => readData(parsed(record)), processor, {
      processInParallel: false,
    }),
  middy: (event: BatchEvent) => settle(event, context),
} satisfies Readonly<Record<string, (event: BatchEvent) => Promise<unknown>>>

function invoking(handler: ReturnType<typeof lambdaKinesis>): Invoke {
  return (event) => handler(event, context)
}

/** One side for each way to handle events of 500 records with `bytes` bytes of data, `passes` times all of them. */
export function lambdaSides(bytes: number, passes: number): Readonly<Record<keyof typeof candidates, Side>> {
  const events = Array.from({ length: invocations }, (_, i) => ({
    Records: [...kinesisEvent(sampleEvents(recordsOfOne, bytes), { first: i * recordsOfOne }).Records],
  }))
  const count = passes * invocations * recordsOfOne
  const side =
    (invoke: (event: BatchEvent) => Promise<unknown>): Side =>
    () =>
      metered(count, async () => {
        const before = handled
        for (let pass = 0; pass < passes; pass++)
          for (const event of events) {
            await invoke(event)
            // Invocations come in turns of their own.
            await setImmediate()
          }
        if (handled - before !== count)
          throw new Error(`${handled - before} of ${count} records were handled`)
      })
  const { ours, hand, oursUnread, handUnread, powertools, powertoolsSerial, middy: withMiddy } = candidates
  return {
    ours: side(ours),
    hand: side(hand),
    oursUnread: side(oursUnread),
    handUnread: side(handUnread),
    powertools: side(powertools),
    powertoolsSerial: side(powertoolsSerial),
    middy: side(withMiddy),
  }
}

/** What the handlers read, so that reading it cannot be left out. */
export const read = () => sum
