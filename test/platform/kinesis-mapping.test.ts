import { describe, expect, it } from '@jest/globals'
import { createEvent } from '../../adapters/core/event.ts'
import type { LambdaKinesisEvent } from '../../functions/hosts/lambda-kinesis.ts'
import { lambdaKinesis } from '../../functions/hosts/lambda-kinesis.ts'
import { type Invoke, kinesisEvent, type MappingOptions, runKinesisMapping } from './index.ts'
import type { KinesisEventRecord } from './kinesis-event.ts'
import type { MappingRun } from './mapping.ts'

function records(count: number, time?: number): readonly KinesisEventRecord[] {
  const events = Array.from({ length: count }, (_, i) =>
    createEvent({ type: 'test', source: '/test', id: String(i + 1), partitionkey: 'a' }),
  )
  return kinesisEvent(events, time === undefined ? {} : { time }).Records
}

function idOf({ kinesis }: KinesisEventRecord): string {
  const { id } = JSON.parse(Buffer.from(kinesis.data, 'base64').toString())
  return id
}

const idsOf = (batch: readonly KinesisEventRecord[]) => batch.map(idOf).join('')

function told({ invocations, discarded }: MappingRun<KinesisEventRecord>) {
  return {
    invocations: invocations.map((each) => idsOf(each.records)),
    discarded: discarded.map((each) => `${each.condition} ${idsOf(each.records)}`),
  }
}

/** A function that fails on these, in the order of the shard. */
function poisoned(...poison: readonly string[]): Invoke<LambdaKinesisEvent> {
  return lambdaKinesis({
    name: 'poisoned',
    handler: async ({ id }) => {
      if (poison.includes(id)) throw new Error(`no ${id}`)
    },
  })
}

const run = async (count: number, invoke: Invoke<LambdaKinesisEvent>, options?: MappingOptions) =>
  told(await runKinesisMapping(records(count), invoke, options))

describe('the event source mapping for Kinesis', () => {
  it('with a function of ours repeats from the poison record on, gives that up alone, and goes on', async () => {
    const options = { maximumRetryAttempts: 2, bisectBatchOnFunctionError: true }
    expect(await run(5, poisoned('3'), options)).toEqual({
      invocations: ['12345', '345', '345', '345', '45'],
      discarded: ['RetryAttemptsExhausted 3'],
    })
  })

  it('gives batches of its size in order', async () => {
    expect(await run(7, poisoned(), { batchSize: 3 })).toEqual({
      invocations: ['123', '456', '7'],
      discarded: [],
    })
  })

  it('splits a batch whose function throws, down to the record', async () => {
    const throwing: Invoke<LambdaKinesisEvent> = async ({ Records }) => {
      if (idsOf(Records).includes('3')) throw new Error('boom')
    }
    const options = { maximumRetryAttempts: 1, bisectBatchOnFunctionError: true }
    expect(await run(4, throwing, options)).toEqual({
      invocations: ['1234', '12', '34', '3', '3', '4'],
      discarded: ['RetryAttemptsExhausted 3'],
    })
  })

  it('gives up all of a batch whose function throws, where it does not split', async () => {
    const throwing: Invoke<LambdaKinesisEvent> = async () => {
      throw new Error('boom')
    }
    expect(await run(3, throwing, { maximumRetryAttempts: 1 })).toEqual({
      invocations: ['123', '123'],
      discarded: ['RetryAttemptsExhausted 123'],
    })
  })

  it.each<[string, unknown, readonly string[]]>([
    ['nothing', undefined, ['12']],
    ['null', { batchItemFailures: null }, ['12']],
    ['an empty list', { batchItemFailures: [] }, ['12']],
    ['another object', { statusCode: 500 }, ['12']],
    ['an empty identifier', { batchItemFailures: [{ itemIdentifier: '' }] }, ['12', '12']],
    ['a wrong key', { batchItemFailures: [{ item: 'x' }] }, ['12', '12']],
    ['a stranger', { batchItemFailures: [{ itemIdentifier: '9' }] }, ['12', '12']],
  ])('reads %s in an answer as the service does', async (_, answer, invocations) => {
    const options = { maximumRetryAttempts: 1 }
    const times = invocations.length
    const { invocations: made } = await run(2, async () => answer, options)
    expect(made.slice(0, times)).toEqual(invocations)
  })

  it('ignores what the function reports where partial responses are off, and so loses it', async () => {
    expect(await run(3, poisoned('2'), { reportBatchItemFailures: false })).toEqual({
      invocations: ['123'],
      discarded: [],
    })
  })

  it('gives up what is too old', async () => {
    const now = 1_800_000_000_000
    const ran = await runKinesisMapping(records(2, now - 120_000), poisoned(), {
      maximumRecordAgeInSeconds: 60,
      now: () => now,
    })
    expect(told(ran)).toEqual({ invocations: [], discarded: ['RecordAgeExceeded 12'] })
  })

  it('ends a function at its time limit', async () => {
    let calls = 0
    const slowOnce: Invoke<LambdaKinesisEvent> = () => {
      calls++
      return calls === 1 ? new Promise(() => {}) : Promise.resolve()
    }
    const { invocations } = await runKinesisMapping(records(1), slowOnce, { timeoutMs: 30 })
    expect(invocations.map(({ error }) => error)).toEqual([
      new Error('Task timed out after 0.03 seconds'),
      undefined,
    ])
  })

  it('says so where it never ends', async () => {
    await expect(run(1, poisoned('1'), { maximumInvocations: 10 })).rejects.toThrow(
      'the mapping is not done after 10 invocations: set maximumRetryAttempts',
    )
  })
})
