import { describe, expect, it } from '@jest/globals'
import { createEvent } from '../../adapters/core/event.ts'
import {
  type LambdaKafkaEvent,
  type LambdaKafkaRecord,
  lambdaKafka,
} from '../../functions/hosts/lambda-kafka.ts'
import { type Invoke, type KafkaMappingOptions, kafkaRecords, runKafkaMapping } from './index.ts'

/** `a0 … a4` in one partition, `b0 … b2` in another. */
function records(): readonly LambdaKafkaRecord[] {
  const of = (name: string, partition: number, count: number) =>
    kafkaRecords(
      Array.from({ length: count }, (_, i) =>
        createEvent({ type: 'test', source: '/test', id: `${name}${i}` }),
      ),
      { topic: 'orders-1', partition },
    )
  return [...of('a', 0, 5), ...of('b', 1, 3)]
}

const names = ['a', 'b']
const shown = (all: readonly LambdaKafkaRecord[]) =>
  all.map(({ partition, offset }) => `${names[partition]}${offset}`).join(' ')

function poisoned(...poison: readonly string[]): Invoke<LambdaKafkaEvent> {
  return lambdaKafka({
    name: 'poisoned',
    handler: async ({ id }) => {
      if (poison.includes(id)) throw new Error(`no ${id}`)
    },
  })
}

async function run(invoke: Invoke<LambdaKafkaEvent>, options?: KafkaMappingOptions) {
  const { invocations, discarded } = await runKafkaMapping(records(), invoke, options)
  return {
    invocations: invocations.map((each) => shown(each.records)),
    discarded: discarded.map((each) => `${each.condition} ${shown(each.records)}`),
  }
}

describe('the event source mapping for Kafka', () => {
  it('with a function of ours repeats a partition from the poison record on, gives that up alone, and goes on', async () => {
    expect(await run(poisoned('a2'), { maximumRetryAttempts: 2 })).toEqual({
      invocations: ['a0 a1 a2 a3 a4 b0 b1 b2', 'a2 a3 a4', 'a2 a3 a4', 'a3 a4'],
      discarded: ['RetryAttemptsExhausted a2'],
    })
  })

  it('keeps poison in two partitions apart', async () => {
    expect(await run(poisoned('a3', 'b1'), { maximumRetryAttempts: 1 })).toEqual({
      invocations: ['a0 a1 a2 a3 a4 b0 b1 b2', 'a3 a4 b1 b2', 'a4 b2'],
      discarded: ['RetryAttemptsExhausted a3 b1'],
    })
  })

  it('repeats all of a batch for a report that names a stranger', async () => {
    const strange: Invoke<LambdaKafkaEvent> = async () => ({
      batchItemFailures: [{ itemIdentifier: { partition: 'orders-1-0', offset: 99 } }],
    })
    const { invocations } = await run(strange, { maximumRetryAttempts: 1, bisectBatchOnFunctionError: false })
    expect(invocations.slice(0, 2)).toEqual(['a0 a1 a2 a3 a4 b0 b1 b2', 'a0 a1 a2 a3 a4 b0 b1 b2'])
  })

  it('reads nothing in an answer on demand, and so loses what is reported', async () => {
    expect(await run(poisoned('a2'), { provisioned: false })).toEqual({
      invocations: ['a0 a1 a2 a3 a4 b0 b1 b2'],
      discarded: [],
    })
  })

  it('repeats a batch for ever on demand, where the function throws', async () => {
    const throwing = lambdaKafka({
      name: 'throwing',
      handler: async () => {
        throw new Error('boom')
      },
      partialResponses: false,
    })
    await expect(
      run(throwing, { provisioned: false, maximumRetryAttempts: 1, maximumInvocations: 5 }),
    ).rejects.toThrow('the mapping is not done after 5 invocations')
  })
})
