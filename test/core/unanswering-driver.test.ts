import { describe, expect, it } from '@jest/globals'
import { createBroker } from '../../adapters/core/create-broker.ts'
import { idle, manualClock } from '../manual-clock.ts'
import { event, rejectionOf } from './events.ts'
import { fakeDriver } from './fake-driver.ts'
import { binding } from './recorded-runner.ts'

function setUp() {
  const driver = fakeDriver()
  const clock = manualClock()
  return { driver, clock, broker: createBroker({ name: 'fake', driver, binding, clock, flushMs: 100 }) }
}

describe('a driver that answers no send and ignores the signal', () => {
  it('does not keep the broker from closing, and the publish fails with ERR_CLOSED', async () => {
    const { driver, clock, broker } = setUp()
    const publishing = rejectionOf(broker.publish('orders', [event(), event()]))
    await idle()
    let closed = false
    const closing = broker.close().then(() => {
      closed = true
    })
    await clock.advance(99)
    expect([driver.calls[0]?.signal?.aborted, closed]).toEqual([false, false])
    await clock.advance(1)
    expect([driver.calls[0]?.signal?.aborted, closed]).toEqual([true, false])
    await clock.advance(500)
    expect([driver.closed, closed]).toEqual([1, true])
    await closing
    expect(await publishing).toMatchObject({
      code: 'ERR_PUBLISH',
      failures: [
        { index: 0, error: { code: 'ERR_CLOSED' } },
        { index: 1, error: { code: 'ERR_CLOSED' } },
      ],
    })
  })

  it('has a moment for its results once it is told to stop', async () => {
    const { driver, clock, broker } = setUp()
    const publishing = broker.publish('orders', event())
    await idle()
    const closing = broker.close()
    await clock.advance(100)
    driver.calls[0]?.answer([{ position: '7' }])
    await closing
    expect(await publishing).toEqual([{ position: '7' }])
  })
})

it.each([[7], [null], [undefined], ['ok'], [true]])(
  'a driver whose result for a record is %j fails that record and goes on with the next call',
  async (result) => {
    const { driver, broker } = setUp()
    driver.answerAll(() => JSON.parse(JSON.stringify([result ?? null])))
    expect(await rejectionOf(broker.publish('orders', event()))).toMatchObject({
      code: 'ERR_PUBLISH',
      failures: [{ index: 0, error: { message: expect.stringContaining('gave no result') } }],
    })
    driver.answerAll(() => [{ position: '1' }])
    expect(await broker.publish('orders', event())).toEqual([{ position: '1' }])
    await broker.close()
  },
)
