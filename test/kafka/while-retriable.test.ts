import { describe, expect, it } from '@jest/globals'
import { KafkaJSAggregateError, KafkaJSConnectionError, KafkaJSProtocolError } from 'kafkajs'
import { problemOf } from '../../adapters/kafka/problem.ts'
import { whileRetriable } from '../../adapters/kafka/while-retriable.ts'

const loading = protocolError('GROUP_LOAD_IN_PROGRESS', true)
const denied = protocolError('GROUP_AUTHORIZATION_FAILED', false)

function protocolError(type: string, retriable: boolean): Error {
  return Object.assign(new KafkaJSProtocolError(new Error(type)), { type, retriable })
}

function failing(...errors: readonly Error[]) {
  const left = [...errors]
  const calls = { count: 0 }
  const work = async () => {
    calls.count++
    const error = left.shift()
    if (error !== undefined) throw error
    return 'done'
  }
  return { work, calls }
}

describe('work for a cluster that is not ready', () => {
  it('is done again until it is', async () => {
    const { work, calls } = failing(loading, protocolError('NOT_COORDINATOR_FOR_GROUP', true))
    expect(await whileRetriable(work, 5_000)).toBe('done')
    expect(calls.count).toBe(3)
  })

  it('is done again while the cluster has no controller', async () => {
    const none = Object.assign(new Error('Broker -1 not found in the cached metadata'), {
      name: 'KafkaJSBrokerNotFound',
    })
    const { work, calls } = failing(none)
    expect(await whileRetriable(work, 5_000)).toBe('done')
    expect(calls.count).toBe(2)
  })

  it('is done again where a part of it was not ready, and the rest was done before', async () => {
    const errors = [
      protocolError('TOPIC_ALREADY_EXISTS', false),
      protocolError('REQUEST_TIMED_OUT', true),
      denied,
    ]
    const { work, calls } = failing(new KafkaJSAggregateError('Topic creation errors', errors))
    expect(await whileRetriable(work, 5_000)).toBe('done')
    expect(calls.count).toBe(2)
  })

  it('names the first of several failures', () => {
    const several = new KafkaJSAggregateError('Topic creation errors', [denied])
    expect(problemOf('creating topics', several).message).toMatch(
      /^\[kafka\] creating topics is refused, GROUP_AUTHORIZATION_FAILED .*: check the rights/,
    )
  })

  it('fails with the answer of the cluster once the time is up', async () => {
    const { work } = failing(loading, loading, loading, loading, loading)
    await expect(whileRetriable(work, 250)).rejects.toBe(loading)
  })

  it('does not wait as long for a topic that does not exist', async () => {
    const missing = protocolError('UNKNOWN_TOPIC_OR_PARTITION', true)
    const { work, calls } = failing(loading, missing, missing)
    await expect(whileRetriable(work, 5_000, 250)).rejects.toBe(missing)
    expect(calls.count).toBe(2)
  })

  it.each([
    ['an answer that stays', denied],
    ['a connection that fails, which kafkajs has tried again itself', new KafkaJSConnectionError('gone', {})],
  ])('fails at once on %s', async (_, error) => {
    const { work, calls } = failing(error)
    await expect(whileRetriable(work, 5_000)).rejects.toBe(error)
    expect(calls.count).toBe(1)
  })
})
