import { describe, expect, it } from '@jest/globals'
import { createEvent } from '../../../adapters/core/event.ts'
import { httpFunction } from '../../../functions/hosts/http.ts'
import { lambdaKafka } from '../../../functions/hosts/lambda-kafka.ts'
import { lambdaKinesis } from '../../../functions/hosts/lambda-kinesis.ts'
import { idempotent, memoryStore } from '../../../functions/idempotency/index.ts'
import { kafkaEvent, kafkaRecords, kinesisEvent } from '../../platform/index.ts'

const events = ['1', '2'].map((id) => createEvent({ type: 't', source: '/test', id }))

/** A function whose store of handled events is down for so many looks. */
function behind(looks: number, timeoutMs: number) {
  const store = memoryStore()
  const handled: string[] = []
  let left = looks
  const claim: typeof store.claim = async (...call) => {
    if (left-- > 0) throw new Error('store down')
    return store.claim(...call)
  }
  return {
    handled,
    options: {
      name: 'f',
      handler: ({ id }: { readonly id: string }) => void handled.push(id),
      middleware: [idempotent({ ...store, claim }, { scope: 'f' })],
      policy: { maxAttempts: 1, timeoutMs, backoff: { initialMs: 1 } },
    },
  }
}

const always = Number.POSITIVE_INFINITY
const within = (ms: number) => {
  const end = performance.now() + ms
  return { getRemainingTimeInMillis: () => end - performance.now() }
}
const post = () =>
  new Request('http://localhost/', {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents+json' },
    body: JSON.stringify(events[0]),
  })

describe('a platform that brings events while the store of handled events is down', () => {
  it.each([
    ['the time of an attempt is over', 250, 60_000],
    ['the call has to end', 0, 450],
  ])('gets them back, all of them, when %s: Lambda', async (_, timeoutMs, callMs) => {
    const { handled, options } = behind(always, timeoutMs)
    const kinesis = kinesisEvent(events)
    const first = kinesis.Records[0]?.kinesis.sequenceNumber
    const marginMs = 100
    expect(await lambdaKinesis({ ...options, marginMs })(kinesis, within(callMs))).toEqual({
      batchItemFailures: [{ itemIdentifier: first }],
    })
    const kafka = kafkaEvent(kafkaRecords(events, { topic: 't', partition: 0, first: 7 }))
    const reply = await lambdaKafka({ ...options, marginMs })(kafka, within(callMs))
    expect(reply.batchItemFailures).toMatchObject([7, 8].map((offset) => ({ itemIdentifier: { offset } })))
    expect(handled).toEqual([])
  })

  it('is answered 503 where it pushes, and tries again', async () => {
    const { handled, options } = behind(always, 250)
    expect((await httpFunction(options)(post())).status).toBe(503)
    expect(handled).toEqual([])
  })

  it('notices nothing where the store is back in time', async () => {
    const { handled, options } = behind(2, 10_000)
    expect((await httpFunction(options)(post())).status).toBe(204)
    expect(handled).toEqual(['1'])
    const called = behind(2, 10_000)
    const reply = await lambdaKinesis(called.options)(kinesisEvent(events), within(60_000))
    expect([reply, called.handled]).toEqual([{ batchItemFailures: [] }, ['1', '2']])
  })
})
