import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createEvent } from '../adapters/core/event.ts'
import { whyUnavailable } from '../dev/index.ts'
import type { LambdaKafkaRecord } from '../functions/hosts/lambda-kafka.ts'
import { eventually } from './eventually.ts'
import {
  type KinesisEventRecord,
  kafkaRecords,
  kinesisEvent,
  lambdaContext,
  runKafkaMapping,
  runKinesisMapping,
} from './platform/index.ts'
import { type Bundles, buildFunctions } from './runtime/bundles.ts'
import { recordsOfStream, recordsOfTopic } from './runtime/records.ts'
import { lambdaClient, nodeReleases, type Runtime, startRuntime } from './runtime/runtime.ts'

interface Order {
  readonly fails?: boolean
  readonly takesMs?: number
  readonly blocksMs?: number
}

function order(id: string, data: Order = {}) {
  return createEvent({ type: 'order', source: '/shop', id, partitionkey: 'k', data })
}

/** Five events, the third of them poison. */
const orders = ['1', '2', '3', '4', '5'].map((id) => order(id, { fails: id === '3' }))
const limits = { maximumRetryAttempts: 2, bisectBatchOnFunctionError: true }

const idOf = ({ kinesis }: KinesisEventRecord): string =>
  JSON.parse(Buffer.from(kinesis.data, 'base64').toString()).id
const idsOf = (records: readonly KinesisEventRecord[]) => records.map(idOf).join('')
const offsetsOf = (records: readonly LambdaKafkaRecord[]) => records.map(({ offset }) => offset + 1).join('')

let bundles: Bundles
beforeAll(async () => {
  bundles = await buildFunctions()
}, 120_000)
afterAll(() => bundles?.[Symbol.dispose]())

const client =
  lambdaClient() === undefined
    ? "a loop of ours (npm run lambda-client fetches Lambda's own client)"
    : "Lambda's own client"

describe(`the bundle under ${client}`, () => {
  describe.each(nodeReleases)('on Node.js %s', (node) => {
    let running: Runtime | undefined
    afterAll(async () => {
      await running?.[Symbol.asyncDispose]()
    })

    async function runtime(options: Partial<Parameters<typeof startRuntime>[0]> = {}): Promise<Runtime> {
      await running?.[Symbol.asyncDispose]()
      running = await startRuntime({ node, folder: bundles.kinesis, ...options })
      return running
    }

    it('repeats from the poison record on, gives that up alone, and goes on', async () => {
      const { invoke } = await runtime()
      const { invocations, discarded } = await runKinesisMapping(kinesisEvent(orders).Records, invoke, limits)
      expect(invocations.map(({ records }) => idsOf(records))).toEqual(['12345', '345', '345', '345', '45'])
      expect(discarded.map(({ records }) => idsOf(records))).toEqual(['3'])
    }, 60_000)

    it('does the same behind Kafka', async () => {
      const { invoke } = await runtime({ folder: bundles.kafka })
      const { invocations, discarded } = await runKafkaMapping(kafkaRecords(orders), invoke, limits)
      expect(invocations.map(({ records }) => offsetsOf(records))).toEqual(['12345', '345', '345', '45'])
      expect(discarded.map(({ records }) => offsetsOf(records))).toEqual(['3'])
    }, 60_000)

    it('reports what is not done before its time is up, where a killed process would repeat the batch', async () => {
      const { invoke, starts } = await runtime({ timeoutMs: 3_000 })
      const slow = [order('1'), order('2', { takesMs: 60_000 }), order('3')]
      const { invocations } = await runKinesisMapping(kinesisEvent(slow).Records, invoke, {
        maximumRetryAttempts: 0,
        maximumInvocations: 3,
      })
      expect(idsOf(invocations[0]?.records ?? [])).toBe('123')
      expect(invocations[0]?.response).toMatchObject({ batchItemFailures: [{}] })
      expect(idsOf(invocations[1]?.records ?? [])).toBe('23')
      expect(starts()).toBe(1)
    }, 60_000)

    it('is given halves of a batch that killed it, until the poison record is alone', async () => {
      const { invoke } = await runtime({ timeoutMs: 1_000 })
      const batch = [order('1'), order('2'), order('3', { blocksMs: 60_000 }), order('4')]
      const settings = { maximumRetryAttempts: 1, bisectBatchOnFunctionError: true }
      const { invocations, discarded } = await runKinesisMapping(
        kinesisEvent(batch).Records,
        invoke,
        settings,
      )
      const done = invocations.filter(({ error }) => error === undefined)
      expect(idsOf(invocations[0]?.records ?? [])).toBe('1234')
      expect(done.map(({ records }) => idsOf(records))).toEqual(['12', '4'])
      expect(discarded.map(({ records }) => idsOf(records))).toEqual(['3'])
    }, 60_000)

    it('answers eight invocations at once in one process, each with its own records', async () => {
      const { invoke, starts } = await runtime({ concurrency: 8 })
      const events = Array.from({ length: 8 }, (_, i) =>
        kinesisEvent(
          [order('a', { takesMs: 20 }), order('b', { fails: i % 2 === 1, takesMs: 20 }), order('c')],
          {
            first: 10 * i,
          },
        ),
      )
      const answers = await Promise.all(events.map((event) => invoke(event, lambdaContext())))
      expect(answers).toEqual(
        events.map(({ Records }, i) => ({
          batchItemFailures: i % 2 === 1 ? [{ itemIdentifier: Records[1]?.kinesis.sequenceNumber }] : [],
        })),
      )
      expect(starts()).toBe(1)
    }, 60_000)

    it('is begun again where it was killed at its time limit, and hears the signal of its end', async () => {
      const { invoke, starts, signal, output } = await runtime({ timeoutMs: 1_000 })
      const { Records: records } = kinesisEvent([order('1', { blocksMs: 60_000 })])
      const { invocations, discarded } = await runKinesisMapping(records, invoke, { maximumRetryAttempts: 1 })
      expect(invocations.map(({ error }) => String(error))).toEqual([
        expect.stringContaining('the runtime ended (SIGKILL)'),
        expect.stringContaining('the runtime ended (SIGKILL)'),
      ])
      expect(discarded).toMatchObject([{ condition: 'RetryAttemptsExhausted' }])
      expect(await invoke(kinesisEvent([order('2')]), lambdaContext())).toEqual({ batchItemFailures: [] })
      expect(starts()).toBe(3)
      signal('SIGTERM')
      await eventually('the handler of the signal', () => output().includes('heard SIGTERM'))
    }, 60_000)
  })
})

describe('records of real servers', () => {
  it.each([['kinesis'], ['kafka']] as const)(
    'of %s reach the bundle as they are',
    async (kind) => {
      const reason = await whyUnavailable(kind)
      if (reason !== undefined) throw new Error(reason)
      const folder = kind === 'kinesis' ? bundles.kinesis : bundles.kafka
      await using runtime = await startRuntime({ node: nodeReleases[1], folder })
      const ids =
        kind === 'kinesis'
          ? await runKinesisMapping(await recordsOfStream(orders), runtime.invoke, limits).then(
              ({ invocations }) => invocations.map(({ records }) => idsOf(records)),
            )
          : await runKafkaMapping(await recordsOfTopic(orders), runtime.invoke, limits).then(
              ({ invocations }) => invocations.map(({ records }) => offsetsOf(records)),
            )
      expect(ids).toEqual(
        kind === 'kinesis' ? ['12345', '345', '345', '345', '45'] : ['12345', '345', '345', '45'],
      )
    },
    120_000,
  )
})
