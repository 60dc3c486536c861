import { describe, expect, it } from '@jest/globals'
import { createBroker } from '../../adapters/core/create-broker.ts'
import type { Deliver } from '../../adapters/core/driver.ts'
import type { Handler } from '../../adapters/core/handler.ts'
import { event } from './events.ts'
import { fakeDriver } from './fake-driver.ts'
import { binding, delivery, recordedRunner } from './recorded-runner.ts'

const answer = event({ id: 'answer' })

/** A broker over a fake driver, and what its driver delivers. */
function reading(handler: Handler, sink?: { readonly topic: string }) {
  const driver = fakeDriver()
  driver.answerAll()
  let deliver: Deliver = () => []
  const receive: typeof driver.receive = (source, given, signal, options) => {
    deliver = given
    return driver.receive(source, given, signal, options)
  }
  const broker = createBroker({ name: 'test', driver: { ...driver, receive }, binding })
  broker.subscribe({ topic: 'orders', group: 'g' }, handler, { sink, policy: { deadLetter: false } })
  return { driver, deliver: async (...given: Parameters<Deliver>) => deliver(...given) }
}

describe('a delivery whose sender waits for an answer', () => {
  it.each<[string, Handler]>([
    ['an event', () => answer],
    ['a list', async () => [answer]],
  ])('is answered with what the handler returned before it is acked: %s', async (_, handler) => {
    const { driver, deliver } = reading(handler)
    expect(await deliver([delivery('1', { replyTo: 'inbox.7' })])).toEqual([{ kind: 'ack' }])
    expect(driver.calls.map(({ topic }) => topic)).toEqual(['inbox.7'])
    expect(driver.calls[0]?.messages.map((message) => binding.decode(message).id)).toEqual(['answer'])
  })

  it('is not answered where there is a sink, which gets the result', async () => {
    const { driver, deliver } = reading(() => answer, { topic: 'answers' })
    await deliver([delivery('1', { replyTo: 'inbox.7' })])
    expect(driver.calls.map(({ topic }) => topic)).toEqual(['answers'])
  })

  it('is not answered with what is no event', async () => {
    const { driver, deliver } = reading((given) => JSON.parse(JSON.stringify([given.id])))
    expect(await deliver([delivery('1', { replyTo: 'inbox.7' })])).toEqual([{ kind: 'ack' }])
    expect(driver.calls).toEqual([])
  })

  it('is retried where the answer cannot be sent', async () => {
    let failures = 1
    const reply = async () => {
      if (failures-- > 0) throw new Error('away')
    }
    const run = recordedRunner(() => answer, { emit: undefined, reply })
    expect(await run.deliver([delivery('1', { replyTo: 'inbox.7' })])).toMatchObject([{ kind: 'nack' }])
    expect(await run.deliver([delivery('1', { replyTo: 'inbox.7', attempt: 2 })])).toEqual([{ kind: 'ack' }])
  })

  it('is the only one answered: without an address the event has nowhere to go', async () => {
    const { driver, deliver } = reading(() => answer)
    expect(await deliver([delivery('1')])).toMatchObject([{ kind: 'term' }])
    expect(driver.calls).toEqual([])
  })
})

describe('deliveries without a lane', () => {
  it('are settled without a promise where no handler waits', () => {
    const { runner } = recordedRunner(() => {})
    expect(runner([delivery('1'), delivery('2')])).toEqual([{ kind: 'ack' }, { kind: 'ack' }])
  })

  it('are settled by index where one of them waits', async () => {
    const run = recordedRunner(({ id }) => (id === '2' ? Promise.reject(new Error('no')) : undefined))
    const outcomes = await run.deliver(['1', '2', '3'].map((id) => delivery(id)))
    expect(outcomes.map(({ kind }) => kind)).toEqual(['ack', 'nack', 'ack'])
  })
})
